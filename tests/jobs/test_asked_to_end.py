"""A terminal that is closed for real, and streams that are gone: the video is stopped, without a traceback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.history.conftest import dead_process
from tests.jobs.commands import start, wait_for
from videoai.history.search import queue_of
from videoai.jobs.queue import Queue

COFFEE = EXAMPLES / "coffee.png"
DRAFT = ("--model", "draft", "--width", 768, "--height", 512, "--seed", 1)
"""Its frames take a second and more, so that nobody who looks can miss them."""

WATCHED = """
import os, sys, traceback
told = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.dup2(told, 50)  # a stream that is closed stays so
os.close(told)
out = os.fdopen(50, "w")
sys.unraisablehook = lambda lost: print("unraisable", lost.exc_value, file=out, flush=True)
from videoai.cli import main
try:
    print("ended with", main(sys.argv[2:]), file=out, flush=True)
except BaseException:
    traceback.print_exc(file=out)
"""
"""The command, which says elsewhere how it ended: nobody reads its own streams."""


def watched(told: Path, *words: object) -> list[str]:
    return [sys.executable, "-c", WATCHED, str(told), *map(str, words)]


def computing(job):
    return job.state == "running" and job.worker and job.step


def on_a_terminal(command: list[str]) -> tuple[int, int]:
    """The process, and the other end of its terminal, which is read as somebody who looks on does."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"})
    return pid, terminal


def read(terminal: int, said: bytearray) -> None:
    try:
        while piece := os.read(terminal, 1 << 16):
            said += piece
    except OSError:
        return  # the other end is closed


@pytest.mark.parametrize("moment", ["reading", "computing"])
def test_a_terminal_that_is_closed_stops_the_video(store, tmp_path, moment):
    words = (COFFEE, *DRAFT, "--frames", 25, "--output", tmp_path / "a.mp4")
    pid, terminal = on_a_terminal(watched(tmp_path / "told", *words))
    said = bytearray()
    if moment == "reading":
        while b"Reading the photo" not in said:
            said += os.read(terminal, 1 << 16)
    else:
        reader = threading.Thread(target=read, args=(terminal, said), daemon=True)
        reader.start()
        wait_for(store, computing)
    os.kill(pid, signal.SIGSTOP)  # so that what it writes next goes nowhere
    os.close(terminal)
    os.kill(pid, signal.SIGHUP)  # what the system sends of itself where nobody else has the terminal open
    os.kill(pid, signal.SIGCONT)
    os.waitpid(pid, 0)
    assert (tmp_path / "told").read_text() == "ended with 130\n"
    assert [job.state for job in store.jobs()] == ([] if moment == "reading" else ["stopped"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_before_the_first_video_there_is_an_object_of_each_too(tmp_path, store, number):
    process = start(COFFEE, "none.jpg", *DRAFT, "--json", "--output", tmp_path / "{n}.mp4")
    while "Reading the photo" not in process.stderr.readline():
        pass
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    state = "stopped" if number == signal.SIGTERM else "cancelled"
    told = [json.loads(line) for line in out.splitlines()]
    assert [(each["index"], each["photo"], each["job"], each["state"]) for each in told] == [
        (1, str(COFFEE), None, state),
        (2, "none.jpg", None, state),
    ]
    assert store.jobs() == []


@pytest.mark.parametrize("gone", ["closed", "broken"])
def test_asked_to_end_without_anybody_to_tell_it_is_stopped(store, tmp_path, gone):
    command = watched(tmp_path / "told", COFFEE, *DRAFT, "--frames", 25, "--json", "--output", tmp_path / "a.mp4")
    ours, theirs = os.pipe()
    os.close(ours)
    with subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$@" >&- 2>&-' if gone == "closed" else 'exec "$@"', "sh", *command],
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        os.close(theirs)
        wait_for(store, computing)
        process.terminate()
    assert (tmp_path / "told").read_text() == "ended with 130\n"
    assert [job.state for job in store.jobs()] == ["stopped"]


@pytest.mark.parametrize(
    ("number", "state"), [(signal.SIGTERM, "stopped"), pytest.param(signal.SIGINT, "cancelled", marks=pytest.mark.slow)]
)
def test_of_several_each_is_told_and_the_next_server_begins_none(store, videoai, tmp_path, number, state):
    words = (COFFEE, *DRAFT, "--frames", 25, "--seeds", 3, "--json", "--output", tmp_path / "{seed}.mp4")
    process = start(*words)
    wait_for(store, lambda newest: computing(store.jobs()[-1]))
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    told = [json.loads(line) for line in out.splitlines()]
    ids = [job.id for job in reversed(store.jobs())]
    assert [(each["index"], each["photo"], each["job"], each["state"]) for each in told] == [
        (index, str(COFFEE), id, state) for index, id in enumerate(ids, start=1)
    ]
    assert {(each["error"]["code"], each["error"]["hint"]) for each in told} == {
        (state, f"To continue: videoai resume {id}") for id in ids
    }
    assert said.endswith("Interrupted: 0 of 3 videos are done; to continue with the others: videoai resume.\n")
    assert [job.state for job in store.jobs()] == [state] * 3
    server = Queue(store)
    server.start()
    try:
        waiting = store.add("page.jpg", {})  # whose folder is not there: it fails as soon as its turn comes
        wait_for(store, lambda job: job.id == waiting.id and job.state == "failed")
    finally:
        server.stop()
    store.remove(waiting.id)
    assert [job.state for job in store.jobs()] == [state] * 3, "the next server has begun none of them"
    if state == "cancelled":
        return
    again = videoai("resume", "--json")
    assert again.returncode == 0, again.stderr
    done = [json.loads(line) for line in again.stdout.splitlines()]
    assert [(each["index"], each["photo"], each["job"], each["state"]) for each in done] == [
        (index, str(COFFEE), id, "done") for index, id in enumerate(ids, start=1)
    ]


def test_what_a_killed_call_has_left_is_stopped_and_listed_so(store, videoai):
    for _ in range(2):
        store.add("photo.jpg", {}, keeper=dead_process())
    listed = json.loads(videoai("jobs", "list", "--json").stdout)
    assert [row["state"] for row in listed] == ["stopped"] * 2
    assert queue_of(store) == []
    job = listed[0]["id"]
    assert "stopped" in videoai("jobs", "show", job).stdout
    assert videoai("jobs", "cancel", job).stdout == f"{job} is cancelled.\n"
    assert videoai("jobs", "remove", listed[1]["id"]).returncode == 0
    assert [found.id for found in store.jobs()] == [job]


def test_a_run_that_another_terminal_follows_is_taken_over_when_the_first_is_closed(store, tmp_path):
    first = start(COFFEE, *DRAFT, "--frames", 25, "--output", tmp_path / "a.mp4")
    job = wait_for(store, computing)
    second = start("resume", job.id)
    while "Another program has already started this video" not in second.stderr.readline():
        pass
    first.terminate()
    first.communicate(timeout=60)
    assert first.returncode == 130
    _, said = second.communicate(timeout=60)
    assert second.returncode == 0, said
    assert (tmp_path / "a.mp4").exists()
    assert store.get(job.id).state == "done"
