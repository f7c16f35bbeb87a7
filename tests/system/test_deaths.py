"""Why a process died: real processes, real signals, a real memory limit, and counters laid out in files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.trees import GIB, MIB, real_cgroup, v1, v2, write
from videoai.errors import NotEnoughMemory, NotFinite, VideoAiError, WriteFailed
from videoai.system.cgroups import vmstat_kills
from videoai.system.deaths import Watch
from videoai.system.machine import Heartbeat
from videoai.system.programs import Program

PROGRAMS = [Program("Google Chrome", 2 * GIB), Program("Slack", 600 * MIB), Program("tiny", 3 * MIB)]


def run(code, **options):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, **options)


def dies_of(number):
    code = f"import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.kill(os.getpid(), {number:d})"
    return run(code).returncode


def why(returncode, stderr="", last=None, sent=(), error=None, watch=None, programs=PROGRAMS):
    watch = watch or Watch.start(Path("/nowhere"))
    death = watch.explain(returncode, stderr, last, set(sent), error, programs=lambda: list(programs))
    assert death.message.endswith("."), death
    assert death.hint, death
    return death


def beat(pressure):
    return Heartbeat(rss=3 * GIB, available=GIB // 4, pressure=pressure)


def test_the_kernel_kills_for_memory_in_a_real_group():
    with real_cgroup(48 * MIB) as folder:
        watch = Watch.start(cgroup=folder)
        code = f"open('{folder}/cgroup.procs', 'w').write('0'); hold = [bytearray(1 << 20) for _ in range(200)]"
        returncode = run(code).returncode
        assert returncode == -signal.SIGKILL
        death = why(returncode, watch=watch, last=beat("green"))
        assert (death.kind, death.memory) == ("memory-kill", True)
        assert death.message == (
            "The system stopped the process because memory ran out. The process used 3.2 GB, and 268 MB were available."
        )
        assert (
            death.hint
            == "Close what you don't need of Google Chrome (2.1 GB), Slack (629 MB), or choose a smaller preset."
        )
        assert why(dies_of(signal.SIGKILL), watch=Watch.start(cgroup=folder)).kind == "killed", "that was before"


@pytest.mark.parametrize(
    ("lay", "name", "rows"),
    [(v2, "memory.events", "max 9\noom_kill {}"), (v1, "memory.oom_control", "under_oom 0\noom_kill {}")],
)
def test_a_counter_of_the_group_that_rises(tmp_path, lay, name, rows):
    root = lay(tmp_path, {"/a": {name: rows.format(4)}}, "/a")
    watch, killed = Watch.start(root), dies_of(signal.SIGKILL)
    assert why(killed, watch=watch).kind == "killed"
    next(root.glob(f"sys/fs/cgroup/**/a/{name}")).write_text(rows.format(5))
    assert why(killed, watch=watch).kind == "memory-kill"
    assert why(killed, watch=watch, sent=[signal.SIGKILL]).kind == "killed", "we sent it ourselves"
    assert why(dies_of(signal.SIGTERM), watch=watch).kind == "killed", "the kernel sends SIGKILL"


def test_a_counter_of_the_whole_machine(tmp_path):
    root = write(tmp_path, {"/proc/vmstat": "oom_kill 1"})
    watch, killed = Watch.start(root), dies_of(signal.SIGKILL)
    assert why(killed, watch=watch).kind == "killed"
    write(root, {"/proc/vmstat": "oom_kill 2"})
    assert why(killed, watch=watch).message == "The system stopped the process because memory ran out."


def test_the_group_knows_better_which_program_the_machine_killed(tmp_path):
    root = v2(tmp_path, {"/a": {"memory.events": "oom_kill 0"}}, "/a")
    write(root, {"/proc/vmstat": "oom_kill 1"})
    watch, killed = Watch.start(root), dies_of(signal.SIGKILL)
    write(root, {"/proc/vmstat": "oom_kill 2"})
    assert why(killed, watch=watch).message == "The system probably stopped it because memory ran out."


def test_without_counters_the_last_sign_of_life_decides():
    """macOS: nothing counts, so a kill of unknown origin under pressure is probably the system's."""
    killed = dies_of(signal.SIGKILL)
    for colour in ("yellow", "red"):
        death = why(killed, last=beat(colour))
        assert (death.kind, death.memory) == ("memory-kill", True)
        assert death.message.startswith("The system probably stopped it because memory ran out.")
    for last in (beat("green"), None):
        death = why(killed, last=last)
        assert (death.kind, death.memory) == ("killed", False)
        assert "SIGKILL" in death.message


def test_with_counters_only_a_thrashing_machine_raises_suspicion(tmp_path):
    """systemd-oomd kills without the kernel's counting."""
    watch = Watch.start(write(tmp_path, {"/proc/vmstat": "oom_kill 0"}))
    assert why(dies_of(signal.SIGKILL), watch=watch, last=beat("yellow")).kind == "killed"
    assert why(dies_of(signal.SIGKILL), watch=watch, last=beat("red")).kind == "memory-kill"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_killed_by_others_and_by_us(name):
    number = signal.Signals[name]
    returncode = dies_of(number)
    assert why(returncode).kind == "killed"
    assert name in why(returncode).message
    ours = why(returncode, sent=[number])
    assert (ours.kind, ours.message) == ("killed", "VideoAi itself stopped the process.")


def test_a_shell_says_it_with_128():
    shell = subprocess.run(["/bin/sh", "-c", "kill -KILL $$; true"])
    through = subprocess.run(["/bin/sh", "-c", "/bin/sh -c 'kill -KILL $$'; exit $?"], capture_output=True)
    assert (shell.returncode, through.returncode) == (-9, 137)
    assert why(137) == why(-9)


METAL = "-[MPSNDArrayDescriptor sliceDimension:]:1: failed assertion `[MPSNDArray] total bytes of NDArray > 2**32'"


@pytest.mark.parametrize(
    ("last_words", "kind", "words"),
    [
        (METAL, "abort", "Metal"),
        ("terminate called after throwing an instance of 'std::bad_alloc'", "out-of-memory", "memory"),
        ("Abort trap", "abort", "SIGABRT"),
    ],
)
def test_aborts_are_told_apart_by_their_last_words(last_words, kind, words):
    child = run(f"import os, sys; print({last_words!r}, file=sys.stderr, flush=True); os.abort()")
    death = why(child.returncode, child.stderr)
    assert (death.kind, death.memory) == (kind, kind == "out-of-memory")
    assert words in death.message


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE"])
def test_crashes(name):
    death = why(dies_of(signal.Signals[name]))
    assert (death.kind, death.message) == ("crash", f"The process crashed ({name}).")


def test_writing_to_a_mapped_file_on_a_full_disk(small_disk):
    watch = Watch.start(Path("/nowhere"), folders=[small_disk / "later"])
    code = (
        "import mmap, sys; f = open(sys.argv[1] + '/f', 'w+b'); f.truncate(1 << 20)\n"
        "mmap.mmap(f.fileno(), 0)[:] = b'x' * (1 << 20)"
    )
    child = subprocess.run([sys.executable, "-c", code, small_disk], capture_output=True)
    assert child.returncode == -signal.SIGBUS
    assert why(child.returncode, watch=watch).kind == "disk-full"
    assert why(child.returncode).kind == "crash", "nothing is known of that disk"


def test_writing_to_a_full_disk(small_disk):
    child = run(f"open('{small_disk}/f', 'wb').write(bytes(1 << 20))")
    assert why(child.returncode, child.stderr).kind == "disk-full"


@pytest.mark.parametrize(
    "code",
    [
        "bytearray(1 << 60)",
        "import numpy; numpy.ones(1 << 50)",
        pytest.param("import torch; torch.ones(1 << 50)", marks=pytest.mark.slow),
        "raise RuntimeError('MPS backend out of memory (MPS allocated: 8.88 GB, max allowed: 9.07 GB)')",
        "raise RuntimeError('CUDA out of memory. Tried to allocate 2.00 GiB')",
        "raise RuntimeError('Invalid buffer size: 12.50 GB')",
        "raise OSError(12, 'Cannot allocate memory')",
        "raise RuntimeError('Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)')",
    ],
)
def test_the_ways_to_say_that_memory_ran_out(code):
    child = run(code)
    assert child.returncode == 1
    death = why(child.returncode, child.stderr)
    assert (death.kind, death.memory) == ("out-of-memory", True), child.stderr
    assert death.message == "There was not enough memory."


@pytest.mark.parametrize(
    ("error", "kind", "memory"),
    [
        (NotEnoughMemory("m.", "h."), "out-of-memory", True),
        (WriteFailed("m.", "h."), "disk-full", False),
        (NotFinite("m.", "h."), "error", False),
        (VideoAiError("m.", "h."), "error", False),
    ],
)
def test_what_the_child_said_itself_is_passed_on(error, kind, memory):
    for said in (error.to_dict(), error.to_dict()["error"]):
        death = why(1, "Traceback of no interest", error=said)
        assert (death.kind, death.message, death.hint, death.memory) == (kind, "m.", "h.", memory)


def test_a_defect_that_is_a_lack_of_memory():
    said = VideoAiError("MPS backend out of memory.", "h.").to_dict()
    assert why(1, error=said).kind == "out-of-memory"


def test_an_end_that_says_nothing():
    child = run("import sys; print('a b c', file=sys.stderr); sys.exit(7)")
    death = why(child.returncode, child.stderr + "\n \n")
    assert (death.kind, death.memory) == ("unknown", False)
    assert death.message == "The process ended with exit code 7 without giving a reason."
    assert death.hint == "Try again. Its last message was: a b c"
    assert why(0).message == "The process ended too early without giving a reason."


def test_nothing_worth_closing_is_not_named():
    assert why(1, "MemoryError", programs=PROGRAMS[2:]).hint == "Choose a smaller preset, or weights with fewer bits."


def test_the_programs_are_asked_for_only_when_memory_was_the_trouble():
    def asked():
        raise AssertionError

    assert Watch.start().explain(-signal.SIGSEGV, programs=asked).kind == "crash"


def test_on_this_machine_a_kill_by_hand_is_not_taken_for_the_systems():
    before, watch = vmstat_kills(), Watch.start()
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    death = watch.explain(child.returncode, "", beat("green"))
    if vmstat_kills() == before:  # another test may make the kernel kill meanwhile
        assert death.kind == "killed"
