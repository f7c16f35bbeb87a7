"""Whatever is sent, the server answers as its OpenAPI file says: never a 500, never a shape that is not described."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import EXAMPLES, ROOT
from tests.web.conftest import SECOND_ADDRESS
from videoai import own_presets
from videoai.jobs.queue import Queue
from videoai.models import by_id
from videoai.system import paths
from videoai.web import openapi
from videoai.web.app import create_app
from videoai.web.server import Server
from videoai.web.services import Options

FILE = openapi.document()

ENDLESS = "/api/events"
"""A stream ends with its listener; it is tested with real ones."""

THE_END = ("/api/phone/close", "/api/forget")
"""Nothing is there any more after these."""

OPERATIONS = sorted(  # and what is being verified cannot be removed
    ((method, path) for path, methods in FILE["paths"].items() for method in methods if path != ENDLESS),
    key=lambda operation: (operation[1] in THE_END, operation[0] == "delete", operation[1].endswith("/verify")),
)

NEVER_DONE = {("post", "/api/models/{id}/pull"), ("post", "/api/pair"), ("post", "/api/owner")} | {
    ("post", "/api/uploads/{id}"),
    ("post", "/api/models/import"),
}
"""What this server always refuses."""

OF_A_CLIP = ("/finish", "/finish/estimate", "/continue")
"""What is done with a clip: of a job that is not done, nothing."""

DRAFT = {"model": "draft"}

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all of them: making the first video takes a while."""
    home = tmp_path_factory.mktemp("contract")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("VIDEOAI_HOME", str(home / "data"))
        patch.setenv("VIDEOAI_OUTPUTS", str(home / "videos"))
        patch.setenv("HF_HOME", str(home / "hub"))
        yield home


@dataclass(frozen=True)
class There:
    """A server, and what exists on it, for requests that are about something."""

    schema: BaseSchema
    session: requests.Session
    of_path: dict[str, list[str]]
    of_body: dict[str, list[Any]]


@pytest.fixture(scope="module")
def there(own_home: Path) -> Iterator[There]:
    """With a video that is done and one that waits. Nobody works on the queue, and nothing is fetched."""
    command = ("-m", "videoai", "generate", EXAMPLES / "coffee.png", "--model", "draft", "--preset", "minimum", "-q")
    subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, check=True, timeout=120)
    with pytest.MonkeyPatch.context() as patch, requests.Session() as session:
        patch.setattr(Queue, "start", lambda self: None)
        patch.setattr(Queue, "stop", lambda self: None)
        patch.setattr("videoai.web.addresses.in_network", lambda: [SECOND_ADDRESS])
        server = Server(create_app(Options(offline=True)), "127.0.0.1", 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        url = f"http://127.0.0.1:{server.port}"
        with (EXAMPLES / "coffee.png").open("rb") as file:
            photo = session.post(f"{url}/api/photos", files={"photo": file}).json()["id"]
        for number in range(11):
            job = session.post(f"{url}/api/jobs", json={"photo_id": photo, "settings": DRAFT})
            assert job.status_code == 201, job.text
            if number % 2:
                session.post(f"{url}/api/jobs/{job.json()['id']}/cancel")
        jobs = [job["id"] for job in session.get(f"{url}/api/jobs").json()["jobs"]]
        videos, jobs = jobs[:3], jobs[3:]  # which are not deleted under each other's address
        videos += jobs[-1:] * 3
        jobs += jobs[-1:] * len(jobs)  # the one that is done as often as all others
        of_path = {"jobs": jobs, "photos": [photo], "models": list(by_id.IDS), "examples": ["coffee"], "words": ["it"]}
        server.phone.open()
        devices = [server.phone.devices.add("phone")[0].id for _ in range(8)]
        upload = session.post(f"{url}/api/uploads", json={"name": "model.gguf", "size": 9}).json()["id"]
        names = [f"Number {number}" for number in range(8)]
        for name in names[1:]:
            own_presets.keep(name, (512, 512), DRAFT)
        of_path |= {"uploads": [upload], "presets": names}
        of_path |= {"static": ["app.js"], "number": ["0"], "devices": devices, "videos": videos}
        video = next(paths.outputs().iterdir()).read_bytes()
        of_body = {
            "photo_id": [photo],
            "settings": [DRAFT],
            "photo": [small_photo()],
            "video": [video],
            "before": [None],
            "frame": [0],
            "name": ["model.gguf"],
            "size": [9],
            "input_reference": [small_photo()],
        }
        yield There(schemathesis.openapi.from_url(f"{url}/api/openapi.json"), session, of_path, of_body)
        server.stop()
        thread.join()


def small_photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(file, "PNG")
    return file.getvalue()


def about_something(case: Case, there: There, data: st.DataObject) -> None:
    """Often the id of something that exists instead of any text, a photo instead of any bytes.

    In the simplest case all of it exists: Hypothesis begins with that one, whatever it draws afterwards, which differs
    with the modules that are loaded.
    """
    partly = data.draw(st.booleans())
    for name in case.path_parameters or {}:
        kind = name if name in there.of_path else next(part for part in case.path.split("/") if part in there.of_path)
        if not partly or data.draw(st.booleans()):
            # Of a job that is done there is everything to look at, and of one that is not, most to do.
            of_a_clip = case.method == "GET" or case.path.endswith(OF_A_CLIP)
            ids = there.of_path[kind][:: -1 if of_a_clip else 1]
            case.path_parameters[name] = data.draw(st.sampled_from(ids))
    if not partly and "ids" in (case.query or {}):
        case.query["ids"] = there.of_path["jobs"][-1]  # the one that is done
    if not isinstance(case.body, dict):
        return
    if not partly and case.method == "PUT":
        case.body = {"settings": DRAFT}  # there is nothing else that a preset needs
    if not partly and {"photo_id", "frame"} & case.body.keys():
        case.body.setdefault("settings", None)  # without any it is about the usual model, which is not here
    if not partly and "input_reference" in case.body:
        case.body = {"input_reference": {"file_id": there.of_path["photos"][0]}, "model": "draft"}
        if case.media_type != "application/json":
            case.body["input_reference"] = there.of_body["input_reference"][0]
        return
    for name in case.body:
        if name == "input_reference" and case.media_type == "application/json":
            continue
        if name in there.of_body and (not partly or data.draw(st.booleans())):
            case.body[name] = data.draw(st.sampled_from(there.of_body[name]))
            if name == "settings" and "/finish" in case.path:
                case.body[name] = {"loop": "boomerang"}


def check(there: There, method: str, path: str, examples: int) -> None:
    """Of `examples` requests about half are as described, and half are not where there is anything to get wrong."""
    operation = there.schema[path][method]
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    cases = right | wrong if operation.query or operation.headers or operation.body else right

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases, data=st.data())
    def answers(case: Case, data: st.DataObject) -> None:
        about_something(case, there, data)
        response = case.call_and_validate(session=there.session, checks=CHECKS)
        seen.add(response.status_code)

    seen = set()
    answers()
    assert min(seen) < 400 or (method, path) in NEVER_DONE, f"nothing was about anything that exists: {seen}"


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(there, method, path):
    # Fewer would not meet each job in each state.
    check(there, method, path, examples=30 if path.startswith("/api/jobs") else 8)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described_many_times(there, method, path):
    check(there, method, path, examples=1000)
