"""The web app on a port of its own, asked over real sockets."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from tests.conftest import EXAMPLES
from tests.web import contract
from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.memory import processor
from videoai.system import paths
from videoai.web.app import create_app
from videoai.web.server import Server
from videoai.web.services import Options, Services

DRAFT = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}


def wait_until(that: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not that():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


class Site:
    """A running server and how to talk to it."""

    def __init__(self, server: Server, app: Flask) -> None:
        self.server, self.app = server, app
        self.services: Services = app.extensions["videoai"]
        self.url = f"http://127.0.0.1:{server.port}"
        self._photo: str | None = None

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer to a request, which is as the OpenAPI file says."""
        found = requests.request(method, self.url + path, timeout=60, **options)
        contract.check(self.app, method, path, found)
        return found

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> requests.Response:
        return self.ask("POST", path, json=body, **options)

    def give(self, photo: Path = EXAMPLES / "coffee.png", name: str | None = None) -> requests.Response:
        with photo.open("rb") as file:
            return self.ask("POST", "/api/photos", files={"photo": (name or photo.name, file)})

    def job(self, photo_id: str | None = None, **settings: object) -> dict[str, Any]:
        """Ask for a tiny draft, of a photo that is given once."""
        self._photo = photo_id or self._photo or self.give().json()["id"]
        found = self.post("/api/jobs", {"photo_id": self._photo, "settings": DRAFT | settings})
        assert found.status_code == 201, found.text
        return found.json()

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            job = self.get(f"/api/jobs/{job_id}").json()
            if job["state"] in ("done", "failed", "cancelled"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"it never ended: {job}")

    def events(self, **options: Any) -> Events:
        return Events(requests.get(f"{self.url}/api/events", stream=True, timeout=30, **options))


class Events:
    """What comes over a stream, one event after the other."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self._lines = response.iter_lines(chunk_size=1, decode_unicode=True)

    def __iter__(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        fields: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                yield int(fields["id"]), fields["event"], json.loads(fields["data"])
                fields = {}

    def until(self, name: str, that: Any = lambda data: True) -> tuple[int, dict[str, Any]]:
        """The next event of this name of whose data `that` is true."""
        for number, event, data in self:
            if event == name and that(data):
                return number, data
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self.response.close()


@pytest.fixture(autouse=True)
def known_machine(own_home, monkeypatch):
    """So that no test waits for the machine to be measured."""
    monkeypatch.setattr(processor, "_asked", lambda: Processor("cpu", Numbers("fp32"), 5e11))
    paths.home().mkdir(parents=True, exist_ok=True)
    known = {device: {"product": 5e11} for device in ("cpu", "mps", "cuda")}
    (paths.home() / "rates.json").write_text(json.dumps(known))


@pytest.fixture
def page(tmp_path) -> Path:
    """A page, for the tests to serve."""
    folder = tmp_path / "static"
    (folder / "deep").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Here</title>" + "<p>much</p>" * 100)
    (folder / "style.css").write_text("body { color: white }" * 50)
    (folder / "deep" / "small.js").write_text("1")
    (folder / "secret.py").write_text("no")
    return folder


@pytest.fixture
def start(page):
    """Start servers; all are stopped in the end."""
    running: list[tuple[Server, threading.Thread]] = []

    def begin(**options: Any) -> Site:
        app = create_app(Options(static=page, **options))
        server = Server(app, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return Site(server, app)

    yield begin
    for server, thread in running:
        server.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture
def site(start) -> Site:
    return start()


@pytest.fixture(scope="session")
def tiny_networks(tmp_path_factory) -> Path:
    """svd-xt at 8 bits, of tiny networks, as `videoai models import` has made it."""
    from tests.engines.svd import checkpoint
    from videoai.models import manager, store

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDEOAI_HOME", str(tmp_path_factory.mktemp("made")))
        manager.import_(checkpoint.save(tmp_path_factory.mktemp("tiny"), quick=True), "svd-xt", "8", lambda event: None)
        return store.own_folder("svd-xt", 8)


@pytest.fixture
def svd_xt(tiny_networks, own_home) -> Path:
    """The folder of the default model, which is here at 8 bits."""
    from videoai.models import store

    folder = store.own_folder("svd-xt", 8)
    shutil.copytree(tiny_networks, folder)
    return folder


@pytest.fixture
def idle(start, monkeypatch) -> Site:
    """A server that makes no videos: what is asked for waits."""
    monkeypatch.setattr("videoai.jobs.queue.Queue.start", lambda self: None)
    monkeypatch.setattr("videoai.jobs.queue.Queue.stop", lambda self: None)
    return start()


SECOND_ADDRESS = "127.0.0.2" if sys.platform == "linux" else "::1"


@pytest.fixture(autouse=True)
def second_address(monkeypatch) -> str:
    """Stands for the machine's address in its network: who asks there comes in by that door, wherever they are.

    So no test opens a door to a real network.
    """
    monkeypatch.setattr("videoai.web.addresses.in_network", lambda: [SECOND_ADDRESS])
    return SECOND_ADDRESS


@pytest.fixture
def open_site(idle, second_address) -> Site:
    """A server whose second door is open."""
    idle.services.phone.open()
    return idle
