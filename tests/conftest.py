"""What all tests share: an isolated home, the example photos, the command line as a process."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from videoai.engines.numbers import Numbers, usual
from videoai.memory.numbers import as_text, key_of
from videoai.system import environment

# How long an example takes on a shared machine says nothing about it.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
environment.prepare()
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # as in an activated environment
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests' workers are as many as the cores already

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.gallery import Gallery

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


_IN_MEMORY = Path("/dev/shm")
_ROOM = 3_000_000_000
"""What the tests of one run leave behind is a fifth of it."""


def pytest_configure() -> None:
    """Keep the tests' files in memory where there is room: on a disk they wait for it thousands of times.

    What a full, a small or a lost disk does is shown on mounted ones.
    """
    if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK):
        disk = os.statvfs(_IN_MEMORY)
        if disk.f_bavail * disk.f_frsize > _ROOM and not disk.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collections that each run of the engine asks for pass it over."""
    gc.collect()
    gc.freeze()


@functools.cache
def known_numbers() -> str:
    """What the program remembers of a machine that computes best in what is usual: tests compare with references in
    fp32, and each process would measure it for seconds."""
    threads = range(1, 1 + (os.cpu_count() or 1))
    found = {key_of(device, count): Numbers(usual(device)) for device in ("mps", "cuda", "cpu") for count in threads}
    return as_text(found)


_HOMES = itertools.count()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees or touches the user's own data, and none depends on it."""
    # Numbered here: pytest would look through the folders of all tests before for the next number.
    home = tmp_path_factory.mktemp(f"home{next(_HOMES)}", numbered=False)
    for name in [name for name in os.environ if name.startswith("VIDEOAI_") and name != "VIDEOAI_REQUIRE_TOOLS"]:
        monkeypatch.delenv(name)
    of_the_hub = ("HF_", "HUGGING", "TRANSFORMERS_")
    for name in [name for name in os.environ if name.startswith(of_the_hub) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIDEOAI_LANG", "en")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("VIDEOAI_HOME", str(home / "data"))
    monkeypatch.setenv("VIDEOAI_OUTPUTS", str(home / "videos"))
    # A machine whose speed is known: each process of a test would measure it for two seconds.
    (home / "data").mkdir()
    (home / "data" / "rates.json").write_text('{"cpu": {"product": 1e11}}')
    (home / "data" / "numbers.json").write_text(known_numbers())
    return home


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a worker."""
    from playwright.sync_api import sync_playwright

    from tests.support.site import chromium, open_chromium

    if chromium() is None:
        message = "Chromium is not installed: apt-get install chromium, or brew install --cask google-chrome"
        (pytest.fail if os.environ.get("VIDEOAI_REQUIRE_TOOLS") else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """One for all tests of a worker, to be copied."""
    from tests.support.gallery import Gallery

    return Gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture
def done(gallery: Gallery, own_home: Path) -> str:
    """The id of a draft that is done, in this test's own home. Before a server of the test starts."""
    return gallery.copy()


@pytest.fixture
def unknown_speed(own_home: Path) -> None:
    """As before the first run."""
    shutil.rmtree(own_home / "data")


@pytest.fixture
def outputs(own_home: Path) -> Path:
    return own_home / "videos"


@pytest.fixture
def one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft whose camera does not come round: a finisher closes its loop, as it does those of other models."""
    monkeypatch.setattr("videoai.engines.draft.engine.DraftEngine.comes_round", False)


def find_tool(name: str, package: str) -> str:
    """The path of a program that a test needs: without it the test is skipped, or fails where CI must have it."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not installed: apt-get install {package}, or brew install {package}"
        if os.environ.get("VIDEOAI_REQUIRE_TOOLS"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def measured(*command: object) -> tuple[float, int, int, str]:
    """Processor seconds (a busy machine does not count), peak bytes, exit code and stderr of a command."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.measured", *map(str, command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak, code = json.loads(result.stdout)
    return seconds, peak, code, result.stderr


@pytest.fixture
def cli(tmp_path: Path) -> Run:
    """Run `python generate_video.py …` in an empty folder, as a user would."""

    def run(
        *arguments: object, script: str = "generate_video.py", **options: object
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / script), *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, **options)

    return run


@pytest.fixture
def videoai(tmp_path: Path) -> Run:
    """Run the `videoai` command."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "videoai", *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, timeout=120, env=environment, **{"text": True} | options
        )

    return run


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """As `videoai`, but in this process, where what is slow to load is loaded: for what it says and how it ends.

    Not for what lasts as long as a process: its network being closed, or a lock.
    """
    from videoai.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # which the program replaces

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        words, environment = list(map(str, arguments)), dict(os.environ)
        assert "--offline" not in words, "there is no way back from it"
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = main(words)
        os.environ.clear()  # of what it has set for its own process
        os.environ.update(environment)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB, mounted for real."""
    if os.geteuid() != 0 or shutil.which("mount") is None or sys.platform != "linux":
        pytest.skip("mounting a small disk needs root on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
