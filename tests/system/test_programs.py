"""Which programs have the most memory: real processes with real memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest

from tests.system.trees import MIB
from videoai.system import programs
from videoai.system.programs import application, largest, script

HOLD = "import sys; data = bytearray(int(sys.argv[1])); print('ready', flush=True); sys.stdin.read()"
FORK = r"""
import os, sys
data = bytearray(int(sys.argv[1]))
for _ in range(3):
    if os.fork() == 0: break
os.write(1, b'ready\n'); sys.stdin.read()
"""


@contextmanager
def running(*command, ready=1):
    """A program of another family: its parent has ended, so it is nobody's child here."""
    wrapped = ["/bin/sh", "-c", 'exec 3<&0; "$@" <&3 &', "sh", *map(str, command)]
    with subprocess.Popen(wrapped, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert [shell.stdout.readline() for _ in range(ready)] == ["ready\n"] * ready
        shell.wait()
        yield
        shell.stdin.close()  # the end of its input: it ends by itself
        shell.stdout.read()


def named(name, **options):
    return [program.bytes for program in largest(500, **options) if program.name == name]


def test_a_script_is_named_and_measured(tmp_path):
    path = tmp_path / "hungry.py"
    path.write_text(HOLD)
    with running(sys.executable, path, 300 * MIB):
        assert named("hungry.py") == [pytest.approx(305 * MIB, abs=15 * MIB)]
        assert "hungry.py" in [program.name for program in largest(5)]
    assert named("hungry.py") == []


def test_processes_of_one_program_are_one_row(tmp_path):
    path = tmp_path / "twins.py"
    path.write_text(HOLD)
    with running(sys.executable, path, 60 * MIB), running(sys.executable, path, 90 * MIB):
        assert named("twins.py") == [pytest.approx(160 * MIB, abs=20 * MIB)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory is shared")
def test_shared_memory_is_counted_once(tmp_path):
    path = tmp_path / "family.py"
    path.write_text(FORK)
    with running(sys.executable, path, 200 * MIB, ready=4):
        assert named("family.py") == [pytest.approx(210 * MIB, abs=30 * MIB)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory is shared")
def test_it_stops_reading_where_nothing_can_change(monkeypatch):
    """What is resident orders the list; the dear figure is read only as far as it can matter."""
    groups = {"a": [(1, 900)], "b": [(2, 800)], "c": [(3, 300)], "d": [(4, 100)]}
    fair, read = {1: 200, 2: 700, 3: 250, 4: 100}, []
    monkeypatch.setattr(programs, "_groups", lambda without: groups)
    monkeypatch.setattr(programs, "_fair", lambda process, rss: read.append(process) or fair[process])
    assert [(program.name, program.bytes) for program in largest(2)] == [("b", 700), ("c", 250)]
    assert read == [1, 2, 3]


def test_we_are_not_among_them():
    mine = psutil.Process()
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(MIB)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    try:
        groups = programs._groups(programs._tree([]))
        pids = [process.pid for members in groups.values() for process, _ in members]
        assert mine.pid not in pids
        assert child.pid not in pids
        assert mine.ppid() in pids
        assert mine.ppid() not in programs._groups(programs._tree([mine.ppid()]))
    finally:
        child.communicate()


def test_a_process_that_is_gone_or_hidden_is_passed_over(monkeypatch):
    class Hidden:
        pid = 1

        def memory_info(self):
            raise psutil.AccessDenied(1)

    class Gone(Hidden):
        def memory_info(self):
            raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(psutil, "process_iter", lambda: [Hidden(), Gone()])
    assert largest() == []


@pytest.mark.parametrize(
    ("executable", "name", "expected"),
    [
        ("/Applications/Safari.app/Contents/MacOS/Safari", "Safari", "Safari"),
        (
            "/Applications/Google Chrome.app/Contents/Frameworks/Google Chrome Framework.framework/Versions/1/Helpers/"
            "Google Chrome Helper (Renderer).app/Contents/MacOS/Google Chrome Helper (Renderer)",
            "Google Chrome Helper (Renderer)",
            "Google Chrome",
        ),
        ("/usr/lib/firefox/firefox", "Isolated Web Co", "firefox"),
        ("/usr/lib/firefox/firefox (deleted)", "Isolated Web Co", "firefox"),
        ("/memfd:runner (deleted)", "runner", "runner"),
        ("", "WindowServer", "WindowServer"),
    ],
)
def test_what_a_user_calls_a_program(executable, name, expected):
    assert application(executable, name) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python3 /usr/bin/jupyter-lab --no-browser", "jupyter-lab"),
        ("python3 -u -m pytest -q", "pytest"),
        ("node --inspect server.js", "server.js"),
        ("python3 -c 1", ""),
        ("python3", ""),
    ],
)
def test_what_an_interpreter_runs(command, expected):
    assert script(command.split()) == expected


def test_a_program_with_its_own_file_keeps_its_name(tmp_path):
    tool = shutil.copy(shutil.which("cat"), tmp_path / "purring")
    process = subprocess.Popen([tool], stdin=subprocess.PIPE)
    try:
        assert programs._application(psutil.Process(process.pid)) == "purring"
    finally:
        process.communicate()
