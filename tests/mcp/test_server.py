"""videoai mcp, asked by the reference client over real standard streams."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import psutil
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from tests.jobs.commands import wait_for, worker_of
from tests.privacy.test_no_network import alone, sent_elsewhere, written_down
from videoai.history.store import JobStore
from videoai.jobs.local import LocalRunner
from videoai.settings import PARAMETERS
from videoai.system import paths

DRAFT = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}
LONG = {"model": "draft", "width": 1024, "height": 1024, "frames": 25, "extend": 8, "seed": 1}

pytestmark = pytest.mark.usefixtures("known_rates")


@pytest.fixture
def known_rates(own_home):
    """So that no test waits for the machine to be measured."""
    paths.home().mkdir(parents=True, exist_ok=True)
    (paths.home() / "rates.json").write_text('{"cpu": {"product": 5e11}}')


@pytest.fixture
def pictures(tmp_path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(EXAMPLES / "rocket.jpg", folder)
    (folder / "notes.jpg").write_text("no photo")
    return folder


@asynccontextmanager
async def talking(pictures: Path, *more: str, through: Callable[[list[str]], list[Any]] = list):
    command = [sys.executable, "-m", "videoai", "mcp", "--photos", str(pictures), *more]
    words = [str(word) for word in through(command)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = StdioServerParameters(command=words[0], args=words[1:], env=environment, cwd=str(pictures.parent))
    async with Client(stdio_client(server)) as client:
        yield client


async def asked(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    found = await client.call_tool(tool, arguments)
    assert not found.is_error, found.content
    assert found.content[0].type == "text"
    return found.structured_content


def run(test: Callable[[], Awaitable[None]]) -> None:
    anyio.run(test)


def test_an_assistant_makes_follows_lists_and_fetches_a_video(pictures):
    async def test() -> None:
        async with talking(pictures) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"make", "follow", "list", "fetch", "cancel"}
            arguments = tools["make"].input_schema["properties"]
            assert set(arguments) == {"photo", "preset", "gentle", *PARAMETERS}
            assert str(pictures) in arguments["photo"]["description"]

            made = await asked(client, "make", photo="rocket.jpg", **DRAFT)
            assert (made["state"], made["photo"], made["video"]["width"]) == ("queued", "rocket.jpg", 256)
            heard: list[float] = []

            async def on_progress(percent: float, total: float | None, state: str | None) -> None:
                heard.append(percent)

            followed = await client.call_tool("follow", {"job": made["job"]}, progress_callback=on_progress)
            assert followed.structured_content["state"] == "done", followed
            assert heard[-1] == 100

            fetched = await client.call_tool("fetch", {"job": made["job"]})
            told = fetched.structured_content
            assert told["settings"] | DRAFT == told["settings"]
            assert Path(told["path"]).parent == paths.outputs()
            assert Path(told["path"]).read_bytes()[4:8] == b"ftyp"
            picture = fetched.content[1]
            assert picture.mime_type == "image/jpeg"
            assert Image.open(io.BytesIO(base64.b64decode(picture.data))).size == (256, 256)
            without = await client.call_tool("fetch", {"job": made["job"], "thumbnail": False})
            assert len(without.content) == 1

            listed = await asked(client, "list", limit=1)
            assert ([video["job"] for video in listed["videos"]], listed["more"]) == ([made["job"]], False)
            assert (await asked(client, "list", words="comet"))["videos"] == []
            assert (await asked(client, "cancel", job=made["job"]))["state"] == "done", "it had ended"
            await refuses(client)

    run(test)
    assert [path.name for path in paths.photos().iterdir() if path.suffix == ".jpg"] == [
        f"{JobStore(paths.database()).jobs()[0].origin['photo_id']}.jpg"
    ], "of what was refused nothing is kept"


async def refuses(client: Client) -> None:
    """What is wrong comes back as a sentence and a hint, and the next call is answered."""
    calls = [
        ("make", {}, "photo"),
        ("make", {"photo": 1}, "wrong type"),
        ("make", {"photo": "../data/owner.token"}, "no photo"),
        ("make", {"photo": "/etc/passwd"}, "no photo"),
        ("make", {"photo": "notes.jpg", "model": "draft"}, "notes.jpg"),
        ("make", {"photo": "rocket.jpg", "steps": 1000, "motion": "wild"}, "steps"),
        ("make", {"photo": "rocket.jpg", "model": "/etc/passwd"}, "no model"),
        ("make", {"photo": "rocket.jpg", "preset": "huge"}, "preset"),
        ("make", {"photo": "rocket.jpg", "output": "/etc/x.mp4"}, "output"),
        ("make", {"photo": "rocket.jpg", "force": True}, "force"),
        ("make", {"photo": "rocket.jpg"}, "not on this computer"),
        ("follow", {"job": "../../x"}, "job"),
        ("follow", {"job": "0" * 14, "seconds": 1e9}, "seconds"),
        ("fetch", {"job": "0" * 14}, "job"),
        ("list", {"limit": 0}, "limit"),
        ("list", {"limit": True}, "wrong type"),
        ("cancel", {"job": None}, "job"),
        ("delete", {}, "no tool"),
    ]
    for tool, arguments, word in calls:
        refused = await client.call_tool(tool, arguments)
        said = refused.content[0].text
        assert refused.is_error, (tool, arguments, said)
        assert word in said, (tool, arguments, said)
        error = refused.structured_content["error"]
        assert error["hint"], (tool, arguments)
        assert said == f"{error['message']} {error['hint']}"
        assert "Traceback" not in said


def test_a_video_outlives_its_client_whatever_ends_the_server(pictures):
    """The client goes, the server is asked to end, the server is killed: the video waits and goes on."""
    store, worker = JobStore(paths.database()), None

    def running() -> psutil.Process:
        nonlocal worker
        job = wait_for(store, lambda job: job.state == "running" and job.worker)
        worker = worker_of(job)
        (server,) = [child for child in psutil.Process().children() if "mcp" in child.cmdline()]
        return server

    async def leaves() -> None:
        async with talking(pictures) as client:
            await asked(client, "make", photo="rocket.jpg", **LONG)
            await anyio.to_thread.run_sync(running)

    async def is_ended_by(number: int) -> None:
        async with talking(pictures):
            server = await anyio.to_thread.run_sync(running)
            server.send_signal(number)
            await anyio.to_thread.run_sync(server.wait, 30)

    def at_rest() -> None:
        end = time.monotonic() + 30
        while worker.alive():
            assert time.monotonic() < end, "its child goes on"
            time.sleep(0.02)

    try:
        run(leaves)
        at_rest()
        assert (store.jobs()[0].state, store.jobs()[0].crash_count) == ("queued", 0)
        run(lambda: is_ended_by(signal.SIGTERM))
        at_rest()
        assert (store.jobs()[0].state, store.jobs()[0].crash_count) == ("queued", 0)
        run(lambda: is_ended_by(signal.SIGKILL))
        at_rest()
        assert store.jobs()[0].state == "running", "nobody could say it"
        (job,) = store.leases.requeue_lost(LocalRunner().end_left_over)  # as the next one does at its start
        assert (job.state, job.crash_count) == ("queued", 1)
    finally:
        store.close()


@pytest.mark.parametrize("number", [0, signal.SIGINT])
def test_a_client_that_hears_no_more_and_ctrl_c_end_it_without_a_word(pictures, number):
    command = [sys.executable, "-m", "videoai", "mcp", "--photos", str(pictures)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as server:
        ask(
            server,
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "x", "version": "1"},
        )
        assert "VideoAi" in server.stdout.readline()
        if number:
            server.send_signal(number)
        else:
            server.stdout.close()
            ask(server, "tools/list")
            server.stdin.close()
        assert server.wait(30) == (130 if number else 0)
        assert server.stderr.read() == ""


def ask(server: subprocess.Popen[str], method: str, **params: object) -> None:
    server.stdin.write(json.dumps({"jsonrpc": "2.0", "id": method, "method": method, "params": params}) + "\n")
    server.stdin.flush()


def test_no_picture_is_shown_where_the_user_does_not_want_it(pictures):
    from videoai.jobs.queue import Queue
    from videoai.mcp.folders import Folders
    from videoai.mcp.tools import Desk

    store = JobStore(paths.database())
    desk = Desk(store, Queue(store), Folders([pictures]), gentle=False, thumbnails=False)
    job = desk.make("rocket.jpg", **DRAFT).values["job"]
    (paths.job_folder(job) / "poster.jpg").write_bytes(b"picture")
    assert desk.fetch(job).picture is None
    shown = Desk(store, Queue(store), Folders([pictures]), gentle=False, thumbnails=True)
    assert shown.fetch(job).picture == b"picture"
    store.close()


def test_of_a_video_that_waits_in_a_paused_queue_it_is_said(pictures):
    from videoai.history.line import pause
    from videoai.jobs.queue import PAUSED, Queue
    from videoai.mcp.folders import Folders
    from videoai.mcp.tools import Desk

    store = JobStore(paths.database())
    desk = Desk(store, Queue(store), Folders([pictures]), gentle=False, thumbnails=False)
    job = desk.make("rocket.jpg", **DRAFT).values["job"]
    assert "trouble" not in desk.look(job).values
    pause(store, True)
    assert desk.look(job).values["trouble"] == PAUSED
    store.cancel(job)
    assert "trouble" not in desk.look(job).values
    store.close()


def test_without_the_package_a_sentence_says_how_to_get_it():
    code = "import sys; sys.modules['mcp'] = None; from videoai.cli import main; sys.exit(main(['mcp']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 1
    assert "pip install 'mcp>=2.3,<3'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path):
    command = [sys.executable, "-m", "videoai", "mcp", "--photos", str(tmp_path / "nothere")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no folder" in done.stderr


def test_a_folder_of_no_name_is_not_the_current_one():
    command = [sys.executable, "-m", "videoai", "mcp", "--photos", ""]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.slow
def test_nothing_is_sent_and_no_network_is_needed(pictures, tmp_path):
    log = tmp_path / "calls"

    async def test() -> None:
        async with talking(pictures, through=lambda words: alone(written_down(words, log))) as client:
            made = await asked(client, "make", photo="rocket.jpg", **DRAFT)
            assert (await asked(client, "follow", job=made["job"], seconds=60))["state"] == "done"

    run(test)
    assert log.exists()
    assert sent_elsewhere(log) == []
