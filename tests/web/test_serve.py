"""python app.py, as a process: it starts, it stops, and a video that was being made is gone on with."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import requests

from tests.conftest import EXAMPLES, ROOT
from tests.engines.svd import checkpoint
from tests.jobs.commands import denoising, wait_for, worker_of
from videoai.history.store import JobStore
from videoai.models import manager
from videoai.system import paths

HEAVY = {"torch", "av", "scipy", "skimage", "rich"}


class App:
    """`python app.py` on a port of its own."""

    def __init__(self, folder: Path, *words: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *map(str, words)],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = self.process.stdout.readline()
        self.url = self.said.strip().removeprefix("VideoAi is at ")

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def launch(tmp_path):
    """Start the app; whatever the test leaves of it is ended."""
    started: list[App] = []

    def begin(*words: object, port: int | None = None) -> App:
        started.append(App(tmp_path, "--port", port or free_port(), *words))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGHUP])
def test_it_says_where_it_is_answers_there_and_stops_cleanly(launch, number):
    port = free_port()
    app = launch(port=port)
    assert app.said == f"VideoAi is at http://localhost:{port}\n"
    assert requests.get(f"{app.url}/api/health", timeout=10).json()["status"] == "ok"
    assert requests.get(f"http://127.0.0.1:{port}/api/health", timeout=10).status_code == 200
    code, said = app.stop(number)
    assert code == 0
    assert said.split("\n") == ["  Press Ctrl-C to stop.", "", "Stopping", ""]


def test_a_taken_port_is_a_sentence(launch):
    port = free_port()
    launch(port=port)
    other = launch(port=port)
    _, said = other.process.communicate(timeout=30)
    assert other.process.returncode == 1
    assert said.startswith(f"Error: Another program is using the port {port}.")
    assert f"--port {port + 1}" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words", [("--port", "x"), ("--port", "70000"), ("--host", "0.0.0.0"), ("--host", "192.168.1.5"), ("photo.jpg",)]
)
def test_wrong_usage(tmp_path, words):
    command = [sys.executable, str(ROOT / "app.py"), *words]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: ")


def test_only_this_machine_can_reach_it(launch):
    app = launch()
    port = int(app.url.rpartition(":")[2])
    places = {each.laddr.ip for each in psutil.Process(app.process.pid).net_connections() if each.laddr.port == port}
    assert places <= {"127.0.0.1", "::1"}
    assert places


def test_nothing_heavy_is_loaded_in_the_server():
    code = "import sys, videoai.cli.app, videoai.web.app, videoai.web.server; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(result.stdout.split())


def test_nothing_heavy_is_loaded_by_anything_that_is_asked(launch):
    """What a process has loaded, its files say: torch and FFmpeg's libraries are mapped into memory."""
    if not Path("/proc/self/maps").exists():
        pytest.skip("needs /proc")
    app = launch()
    with (EXAMPLES / "coffee.png").open("rb") as file:
        photo = requests.post(f"{app.url}/api/photos", files={"photo": file}, timeout=30).json()["id"]
    requests.post(f"{app.url}/api/estimate", json={"photo_id": photo}, timeout=60)
    settings = {"model": "draft", "width": 256, "height": 256, "frames": 4}
    job = requests.post(f"{app.url}/api/jobs", json={"photo_id": photo, "settings": settings}, timeout=60).json()
    url = f"{app.url}/api/jobs/{job['id']}"
    end = time.monotonic() + 60
    while requests.get(url, timeout=10).json()["state"] != "done":
        assert time.monotonic() < end
        time.sleep(0.1)
    video = requests.get(f"{url}/video.mp4", timeout=10).content
    assert requests.get(f"{url}/video.gif", timeout=60).status_code == 200
    assert requests.post(f"{app.url}/api/videos", files={"video": video}, timeout=60).json()["from_history"]
    assert requests.delete(url, timeout=10).status_code == 200
    maps = Path(f"/proc/{app.process.pid}/maps").read_text()
    assert [name for name in HEAVY if re.search(f"/{name}[./-]", maps)] == []


@pytest.fixture
def tiny_model(tmp_path_factory) -> None:
    """svd-xt is here, with tiny networks."""
    tiny = checkpoint.save(tmp_path_factory.mktemp("tiny") / "tiny-svd", quick=True)
    manager.import_(tiny, "svd-xt", "16", lambda event: None)


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_video_that_was_being_made_is_gone_on_with(tiny_model, launch, outputs, end):
    app = launch("--offline")
    settings = {
        "model": "svd-xt",
        "precision": "16",
        "width": 256,
        "height": 256,
        "frames": 4,
        "steps": 6,
        "guidance_max": 1,
        "seed": 7,
    }
    with (EXAMPLES / "coffee.png").open("rb") as file:
        asked = requests.post(
            f"{app.url}/api/jobs", data=settings | {"force": "true"}, files={"photo": file}, timeout=60
        )
    assert asked.status_code == 201, asked.text
    store = JobStore(paths.database())
    job = wait_for(store, denoising(1))
    child = psutil.Process(worker_of(job).pid)
    app.stop(end)
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert store.get(job.id).state == ("queued" if end == signal.SIGINT else "running")
    launch("--offline")
    job = wait_for(store, lambda job: job.state in ("done", "failed"))
    assert job.state == "done", job.reason
    assert job.attempt == 2
    assert [path.name for path in outputs.iterdir()] == ["coffee-svd-xt-7.mp4"]


def test_being_asked_to_end_once_more_cuts_nothing_short(launch):
    app = launch()
    app.process.send_signal(signal.SIGHUP)
    app.process.send_signal(signal.SIGTERM)  # SIGHUP again, so soon, would be the same one
    assert app.process.wait(timeout=20) == 0


def test_a_second_ctrl_c_hurries_and_is_no_crash_of_the_video(launch, own_home):
    app = launch()
    with (EXAMPLES / "coffee.png").open("rb") as file:
        large = {"model": "draft", "width": 1024, "height": 576, "frames": 25}
        assert requests.post(f"{app.url}/api/jobs", data=large, files={"photo": file}, timeout=60).status_code == 201
    with closing(JobStore(paths.database())) as store:
        wait_for(store, lambda job: job.state == "running" and job.worker)
        app.process.send_signal(signal.SIGINT)
        time.sleep(0.05)  # two at the same moment are one to the system
        app.process.send_signal(signal.SIGINT)
        assert app.process.wait(timeout=20) in (0, 130)
        (job,) = store.jobs()
        assert (job.state, job.crash_count) == ("queued", 0)


def test_a_history_of_a_newer_version_is_a_sentence(launch):
    store = JobStore(paths.database())
    with store.database.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    store.close()
    app = launch()
    _, said = app.process.communicate(timeout=30)
    assert app.process.returncode == 1
    assert "newer version" in said
