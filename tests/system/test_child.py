"""What processes of ours do for their parents: real ones, started as all are."""

from __future__ import annotations

import os
import select
import subprocess

import pytest

from videoai.errors import EXIT_INTERRUPTED, BadInput
from videoai.events import Notice, Stage, Step
from videoai.system import processes
from videoai.system.child import NICENESS
from videoai.system.messages import Failed, decode, encode, read_all

WORKER = """
import os, sys
from videoai.errors import BadInput
from videoai.events import Notice, Preview, Stage, Step
from videoai.system import child

def do(on_event):
    on_event(Stage("denoise", 2))
    os.write(1, b"a library has something to say\\n")
    print("and Python too", flush=True)
    on_event(Preview([]))
    on_event(Step(1))
    on_event(Notice(f"nice {os.nice(0)}"))
    if sys.argv[1] == "fail":
        raise BadInput("It cannot be.", "Try something else.")
    if sys.argv[1] == "wait":
        import time
        time.sleep(600)

child.leave(child.work(do))
"""

ANSWERER = """
import os
from videoai.system import child

def hear(more):
    with out:
        out.write(b" heard " + more)
    child.leave(0)

said, out = child.first_line(), child.take_stdout()
os.write(1, b"noise")
out.write(said["word"].encode())
child.end_with_parent(hear)
import time
time.sleep(600)
"""


DONE = """
import sys
from videoai.system import child

child.end_with_parent()
with child.take_stdout() as out:
    out.write(b"this is all")
print("done", file=sys.stderr, flush=True)
import time
time.sleep(600)
"""


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Start a process of such code, with these words."""
    monkeypatch.syspath_prepend(tmp_path)
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *words: str) -> subprocess.Popen[bytes]:
        (tmp_path / "some_work.py").write_text(code)
        process = processes.start("some_work", *words, errors=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_only_messages_reach_the_parent(begin):
    process = begin(WORKER, "succeed")
    nice = Notice(f"nice {os.nice(0) + NICENESS}")
    assert list(read_all(process.stdout)) == [Stage("denoise", 2), Step(1), nice]
    assert process.stderr.read() == b"a library has something to say\nand Python too\n"
    assert process.wait() == 0


def test_its_error_is_told_and_is_its_exit_code(begin):
    process = begin(WORKER, "fail")
    *_, last = read_all(process.stdout)
    error = BadInput("It cannot be.", "Try something else.")
    assert last == Failed(error.to_dict()["error"])
    assert process.wait() == error.exit_code


def test_it_ends_with_its_parent_whatever_it_is_doing(begin):
    process = begin(WORKER, "wait")
    assert decode(process.stdout.readline()) == Stage("denoise", 2)
    process.stdin.close()
    process.stdin = None
    assert process.wait(60) == EXIT_INTERRUPTED


def test_it_takes_no_more_than_a_line_for_its_task_and_hears_the_rest(begin):
    process = begin(ANSWERER)
    os.write(process.stdin.fileno(), b'{"word": "so"}\nand this')
    assert process.stdout.read() == b"so heard and this"


def test_what_it_says_ends_with_itself(begin):
    """A parent that has read all lets go of its own pipe, with which a process that is not yet at its end would end."""
    process = begin(DONE)
    assert process.stderr.readline() == b"done\n"
    assert os.read(process.stdout.fileno(), 100) == b"this is all"
    assert select.select([process.stdout], [], [], 0) == ([], [], [])


def test_a_parent_that_ended_before_it_said_what_to_do_is_not_waited_for(begin):
    process = begin(ANSWERER)
    os.write(process.stdin.fileno(), b'{"word": ')
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == EXIT_INTERRUPTED


def test_half_a_message_of_one_that_was_killed_is_left_out(tmp_path):
    whole, half = encode(Step(1)), encode(Step(2))[:-3]
    (tmp_path / "said").write_bytes(whole + half)
    with (tmp_path / "said").open("rb") as out:
        assert list(read_all(out)) == [Step(1)]
