"""The contract of a runner, fulfilled by a machine that shares no folder, no process and no clock with this one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, known_numbers
from tests.jobs.commands import STEPS, wait_for
from tests.jobs.elsewhere import Elsewhere
from tests.jobs.test_queue import SMALL
from tests.media.depths import heic, scene
from videoai.errors import Postponed, VideoAiError
from videoai.events import Notice, Stage, Step
from videoai.history.folder import NEAR, STATE, kept_bytes
from videoai.history.job import Job
from videoai.history.publishing import Publication
from videoai.jobs.artifacts import Received, receive
from videoai.jobs.submit import submit
from videoai.jobs.supervisor import Supervisor
from videoai.request import Request
from videoai.system import paths

GIVEN = {"width": 256, "height": 256, "frames": 4, "steps": STEPS, "guidance_max": 1, "seed": 7}


@pytest.fixture
def elsewhere(tmp_path):
    home = tmp_path / "their home"
    home.mkdir()
    (home / "numbers.json").write_text(known_numbers())
    runner = Elsewhere(home)
    yield runner
    for run in runner.began:
        run.machine.kill()
        run.machine.wait()


def ask(store, output: Path | None = None, **given: object) -> Job:
    wanted = Request(given, output=None if output is None else str(output))
    return submit(store, EXAMPLES / "coffee.png", wanted, lambda event: None)


def made(store, runner: Elsewhere, job: Job, on_event=lambda event: None) -> Job:
    return Supervisor(store, runner=runner).run(job.id, on_event)


def test_what_was_made_there_is_here(store, elsewhere, tmp_path):
    events: list[object] = []
    job = made(store, elsewhere, ask(store, tmp_path / "clip.png", **SMALL), events.append)
    assert (job.state, job.attempt, job.worker) == ("done", 1, {"machine": "elsewhere", "run": job.id})
    assert "encode" in job.seconds
    assert job.plan is not None
    assert job.peak_bytes > 10_000_000
    assert [event.name for event in events if isinstance(event, Stage)][-1] == "encode"
    assert any(isinstance(event, Notice) for event in events)
    folder = paths.job_folder(job.id)
    with Image.open(folder / "preview.webp") as strip, Image.open(folder / "poster.jpg") as poster:
        assert (strip.size, poster.size) == ((4 * 160, 160), (256, 256))
    assert {path.name for path in folder.iterdir()} == {
        "photo.png",
        "task.json",
        "preview.webp",
        "poster.jpg",
        "published.json",
        "frames-1.mkv",
    }
    assert job.output == str(tmp_path / "clip")
    assert len(list((tmp_path / "clip").glob("*.png"))) == 4
    told = json.dumps(elsewhere.began[0].work.task)
    assert str(tmp_path) not in told
    assert "coffee" not in told


def test_the_photos_depth_goes_there_too(store, elsewhere, tmp_path):
    portrait = tmp_path / "portrait.heic"
    portrait.write_bytes(heic(scene()))
    job = submit(store, portrait, Request(SMALL, output=str(tmp_path / "clip.mp4")), lambda event: None)
    near = (paths.job_folder(job.id) / NEAR).read_bytes()
    assert made(store, elsewhere, job).state == "done"
    assert elsewhere.began[0].given[NEAR] == near
    assert not (paths.job_folder(job.id) / NEAR).exists(), "only a run needs it"


@pytest.mark.slow
@pytest.mark.parametrize("who", ["the worker", "the machine"])
def test_what_died_there_goes_on_from_the_last_state_that_came_back(store, elsewhere, tiny, unbroken, tmp_path, who):
    job = ask(store, tmp_path / "clip.mp4", model=str(tiny), **GIVEN)
    saved = paths.job_folder(job.id) / STATE
    killed: list[int] = []

    def kill(event) -> None:
        if isinstance(event, Step) and saved.exists() and not killed:
            machine = psutil.Process(elsewhere.began[0].machine.pid)
            killed.append(machine.pid if who == "the machine" else machine.children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    told: list[str] = []
    done = made(store, elsewhere, job, lambda event: (kill(event), told.append(getattr(event, "message", ""))))
    assert (done.state, done.attempt) == ("done", 2)
    assert any("The video continues from its last step" in message for message in told)
    first, second = elsewhere.began
    assert first.work.state is None
    assert second.work.state is not None
    assert second.work.task["plan"] is not None
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken


def test_what_died_there_while_it_was_finished_takes_its_frames_along(store, elsewhere, tmp_path):
    job = ask(store, tmp_path / "clip.mp4", **SMALL, enlarge="2")
    killed: list[int] = []

    def kill(event) -> None:
        if isinstance(event, Step) and kept_bytes(job.id) and not killed:
            killed.append(psutil.Process(elsewhere.began[0].machine.pid).children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    done = made(store, elsewhere, job, kill)
    assert (done.state, done.attempt) == ("done", 2)
    first, second = elsewhere.began
    assert not first.work.frames
    assert [artifact.name for artifact in second.work.frames] == ["frames-1.mkv"]
    assert {"read", "enlarge"} <= {*done.seconds}
    assert "frames" not in done.seconds


def test_what_is_cancelled_there_keeps_its_state_here_and_goes_on(store, elsewhere, tiny, tmp_path):
    job = ask(store, tmp_path / "clip.mp4", model=str(tiny), **(GIVEN | {"steps": 50}))
    saved = paths.job_folder(job.id) / STATE
    stop = threading.Event()

    def cancel() -> None:
        wait_for(store, lambda job: saved.exists() or stop.is_set())
        store.cancel(job.id)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    try:
        assert made(store, elsewhere, job).state == "cancelled"
    finally:
        stop.set()
        canceller.join()
    assert saved.exists()
    store.retry(job.id)
    with pytest.raises(Postponed):  # one event of it will do
        made(store, elsewhere, job, postpone)
    assert elsewhere.began[1].work.state is not None
    assert store.get(job.id).state == "stopped"


def postpone(event) -> None:
    if isinstance(event, Stage) and event.name == "denoise":
        raise Postponed


def test_an_error_there_is_told_here(store, elsewhere, tiny, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny, model)
    job = ask(store, tmp_path / "clip.mp4", model=str(model), **GIVEN)
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    failed = made(store, elsewhere, job)
    assert (failed.state, failed.reason["code"]) == ("failed", "model_damaged")
    assert elsewhere.left_over == []


def test_what_a_lost_program_has_left_there_is_ended_by_its_runner(store, elsewhere):
    from tests.history.conftest import dead_process

    job = ask(store, **SMALL)
    owner = store.leases.claim(dead_process(), job.id).owner
    store.leases.computed_by(job.id, owner, {"machine": "elsewhere", "run": "before"})
    assert store.leases.requeue_lost(elsewhere.end_left_over)[0].state == "stopped"
    assert elsewhere.left_over == [{"machine": "elsewhere", "run": "before"}]


@pytest.mark.parametrize(
    "artifact",
    [
        Received("task.json", b"{}"),
        Received("../state.safetensors", b"x"),
        Received("published.json", b"[]"),
        Received("video.exe", b"x"),
        Received("frames-0.mkv", b"x"),
        Received("../frames-1.mkv", b"x"),
        Received("video", {"../../00001.png": b"x"}),
        Received("video", {"..": b"x"}),
    ],
    ids=lambda artifact: f"{artifact.name} {sorted(artifact.content) if isinstance(artifact.content, dict) else ''}",
)
def test_another_machine_writes_nothing_but_what_a_video_is_made_of(tmp_path, artifact):
    folder = tmp_path / "job"
    folder.mkdir()
    with pytest.raises(VideoAiError, match="does not belong to a video"):
        receive(artifact, folder)
    assert list(tmp_path.rglob("*")) == [folder]
    assert not Publication(folder).is_encoded()
