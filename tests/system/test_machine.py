"""What there is, on machines that are laid out in files, on a Mac that answers sysctl, and on this one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from tests.conftest import ROOT
from tests.system.trees import GIB, MIB, linux, real_cgroup, v1, v2
from videoai.system import machine as module
from videoai.system.machine import Machine, free_disk, read_sysctl


def machine(**changes):
    values = {"total": 8 * GIB, "available": 8 * GIB, "swap_total": 0, "swap_used": 0, "pressure": "green"}
    return Machine(**(values | changes))


def test_linux_is_read_from_its_files(tmp_path):
    found = Machine.now(linux(tmp_path, available=3 * GIB, swap=2 * GIB, swap_free=GIB // 2), system="linux")
    assert (found.total, found.available) == (8 * GIB, 3 * GIB)
    assert (found.swap_total, found.swap_used) == (2 * GIB, 3 * GIB // 2)
    assert (found.limit, found.limit_used, found.recommended, found.idle) == (None, None, None, 0)
    assert found.own == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)


@pytest.mark.parametrize(
    ("some", "available", "colour"),
    [
        (0, 4 * GIB, "green"),
        (9.9, 4 * GIB, "green"),
        (10, 4 * GIB, "yellow"),
        (39.9, 4 * GIB, "yellow"),
        (40, 4 * GIB, "red"),
        (0, 1100 * MIB, "yellow"),
        (0, 400 * MIB, "red"),
    ],
)
def test_the_pressure_on_linux(tmp_path, some, available, colour):
    assert Machine.now(linux(tmp_path, available=available, some=some), system="linux").pressure == colour


def test_a_kernel_without_stall_figures(tmp_path):
    assert Machine.now(linux(tmp_path, available=4 * GIB), system="linux").pressure == "green"


def test_the_group_with_the_least_room_is_the_limit(tmp_path):
    """The outer one has the larger limit here, and is nearly full."""
    groups = {
        "/a/b": {"memory.max": 3 * GIB, "memory.current": GIB},
        "/a": {"memory.max": 6 * GIB, "memory.current": 5 * GIB},
    }
    found = Machine.now(linux(v2(tmp_path, groups, "/a/b")), system="linux")
    assert (found.limit, found.limit_used) == (6 * GIB, 5 * GIB)


@pytest.mark.parametrize("limit", [9223372036854771712, 8 * GIB, "garbage", ""])
def test_a_limit_that_limits_nothing_is_none(tmp_path, limit):
    groups = {"/a": {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": GIB}}
    assert Machine.now(linux(v1(tmp_path, groups, "/a")), system="linux").limit is None


def mac(**changes):
    values = {
        "hw.memsize": str(8 * GIB),
        "hw.optional.arm64": "1",
        "iogpu.wired_limit_mb": "0",
        "kern.memorystatus_vm_pressure_level": "1",
    } | {name.replace("__", "."): value for name, value in changes.items()}
    return Machine.now(system="darwin", sysctl=lambda *names: {name: values[name] for name in names if name in values})


@pytest.mark.parametrize(("level", "colour"), [("1", "green"), ("2", "yellow"), ("4", "red"), ("", "green")])
def test_the_pressure_on_a_mac(level, colour):
    assert mac(kern__memorystatus_vm_pressure_level=level).pressure == colour


def test_what_an_apple_graphics_processor_may_use():
    assert mac().recommended / GIB == pytest.approx(5.33, abs=0.01)
    assert mac(hw__memsize=str(36 * GIB)).recommended == 24 * GIB
    assert mac(hw__memsize=str(64 * GIB)).recommended == 48 * GIB
    assert mac(iogpu__wired_limit_mb="6144").recommended == 6 * GIB
    assert mac(iogpu__wired_limit_mb="999999").recommended == 8 * GIB
    assert mac(hw__optional__arm64="").recommended is None, "an Intel Mac has no unified memory"


def test_a_mac_that_does_not_answer_is_still_looked_at():
    found = Machine.now(system="darwin", sysctl=lambda *names: {})
    assert found.total == psutil.virtual_memory().total
    assert (found.pressure, found.recommended) == ("green", None)


@pytest.fixture
def sysctl(tmp_path, monkeypatch):
    """A program in the place of macOS's own."""

    def make(script):
        path = tmp_path / "sysctl"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(module, "_SYSCTL", str(path))

    return make


def test_sysctl_is_read_as_it_prints(sysctl):
    sysctl(
        '[ "$*" = "-i hw.memsize kern.level no.such" ] && printf "hw.memsize: 8589934592\\nkern.level: 4\\n"; exit 1'
    )
    assert read_sysctl("hw.memsize", "kern.level", "no.such") == {"hw.memsize": "8589934592", "kern.level": "4"}


def test_a_sysctl_that_does_not_answer_is_not_waited_for(sysctl, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    sysctl("sleep 2; echo hw.memsize: 1")
    assert read_sysctl("hw.memsize") == {}
    monkeypatch.setattr(module, "_SYSCTL", "/no/such/sysctl")
    assert read_sysctl("hw.memsize") == {}


def test_the_budget_is_the_least_of_its_bounds():
    assert machine().budget == 8 * GIB * 2 // 3
    assert machine(recommended=5 * GIB).budget == 5 * GIB
    assert machine(available=3 * GIB).budget == 3 * GIB - GIB // 4
    assert machine(total=64 * GIB, available=30 * GIB).budget == 28 * GIB, "1/32 of all memory is left to the rest"
    assert machine(limit=4 * GIB, limit_used=GIB).budget == 3 * GIB - GIB // 8
    assert machine(limit=GIB, limit_used=0).budget == GIB - 64 * MIB


def test_what_this_process_has_is_part_of_its_budget():
    assert machine(available=3 * GIB, own=GIB).budget == 4 * GIB - GIB // 4
    assert machine(limit=4 * GIB, limit_used=3 * GIB, own=2 * GIB).budget == 3 * GIB - GIB // 8
    assert machine(limit=4 * GIB, limit_used=GIB, own=2 * GIB).budget == 4 * GIB - GIB // 8


def test_a_child_still_to_be_started_has_nothing_of_ours():
    assert replace(machine(available=3 * GIB, own=GIB), own=0).budget == 3 * GIB - GIB // 4


def test_the_budget_is_never_negative():
    assert machine(available=0).budget == 0
    assert machine(limit=GIB, limit_used=2 * GIB).budget == 0


def test_a_mac_can_compress_idle_programs_until_it_is_under_pressure():
    assert machine(available=2 * GIB, idle=2 * GIB).budget == 3 * GIB - GIB // 4
    assert machine(available=2 * GIB, idle=2 * GIB, pressure="yellow").budget == 2 * GIB + GIB // 4
    assert machine(available=2 * GIB, idle=2 * GIB, pressure="red").budget == 2 * GIB - GIB // 4
    assert machine(available=2 * GIB, idle=2 * GIB, own=2 * GIB).budget == 4 * GIB - GIB // 4, "not what is ours"


def test_the_free_space_of_a_folder_still_to_be_made(tmp_path):
    free = free_disk(tmp_path / "not" / "yet")
    assert free == pytest.approx(psutil.disk_usage(str(tmp_path)).free, rel=0.2)


_LOOK = """
import pathlib, sys
if sys.argv[1:]: (pathlib.Path(sys.argv[1]) / "cgroup.procs").write_text("0")
from videoai.system.machine import Machine
found = Machine.now()
print(found.limit, found.limit_used, found.budget, "torch" in sys.modules)
"""


def test_a_process_in_a_real_group_sees_its_limit():
    with real_cgroup(256 * MIB) as folder:
        command = [sys.executable, "-c", _LOOK, str(folder)]
        output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    limit, used, budget = map(int, output[:3])
    assert limit == 256 * MIB
    assert 0 < used < 64 * MIB
    assert 128 * MIB < budget <= 192 * MIB


def test_looking_does_not_load_torch():
    output = subprocess.run([sys.executable, "-c", _LOOK], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert output.split()[-1] == "False"
