"""A model to make videos with, and those who make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.jobs.commands import STEPS, Command
from videoai.history.store import JobStore
from videoai.jobs.queue import Queue
from videoai.system import paths


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A tiny checkpoint, in the layout that diffusers writes."""
    from tests.engines.svd import checkpoint  # with diffusers, which most tests here do without

    return checkpoint.save(tmp_path_factory.mktemp("tiny") / "tiny-svd", quick=True)


@pytest.fixture
def store(own_home) -> JobStore:
    return JobStore(paths.database())


@pytest.fixture
def command(tiny, tmp_path):
    """Start a run; whatever the test leaves of it is ended."""
    started: list[Command] = []

    def begin(*more: object, model: Path | str = tiny, output: Path = tmp_path / "clip.mp4") -> Command:
        started.append(Command(model, output, *more))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.fixture(scope="session")
def unbroken(tiny, tmp_path_factory) -> bytes:
    """The bytes of the video of a run that nothing happened to."""
    from videoai import generate

    path = tmp_path_factory.mktemp("unbroken") / "clip.mp4"
    generate(
        EXAMPLES / "coffee.png",
        path,
        model=str(tiny),
        width=256,
        height=256,
        frames=4,
        steps=STEPS,
        guidance_max=1,
        seed=7,
        compute="fp32",  # as the processes of the tests remember it
    )
    return path.read_bytes()


@pytest.fixture
def queue(store):
    queue = Queue(store)
    yield queue
    queue.stop()
