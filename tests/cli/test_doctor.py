"""videoai doctor, as a user runs it: in a pipe, on a terminal, in a container that is too small."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.disks import mounted, remount
from tests.system.trees import MIB, real_cgroup
from videoai.system import paths

LABELS = [
    *("Memory", "Pressure", "Swap", "Budget", "Python", "System"),
    *("torch", "Processor", "Numbers", "Models", "Folders", "Disk", "Kept", "Network"),
]


def names(output):
    return [match[0] for match in re.finditer(r"^[A-Za-z-]+", output, re.MULTILINE)]


def on_a_terminal(tmp_path, **environment):
    """What a terminal of 80 columns is sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "videoai", "doctor"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        output = b""
        try:
            while part := os.read(ours, 4096):
                output += part
        except OSError:  # Linux's way to say that the other end has gone
            pass
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def test_in_a_pipe_it_is_plain_and_each_line_fits(videoai):
    (paths.temporary() / "ab" / "model").mkdir(parents=True)  # as a proof that was killed leaves it
    (paths.temporary() / "ab.lock").touch()
    result = videoai("doctor")
    assert (result.returncode, result.stderr) == (0, "")
    assert list(paths.temporary().iterdir()) == []
    found = names(result.stdout)
    assert [name for name in found if name not in ("Limit", "Programs", "Tip")] == [*LABELS, "Status"]
    assert "\x1b" not in result.stdout
    assert "Folders    tried, files can be written and deleted: history, jobs, temporary" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 80
    assert "videoai models pull svd-xt\n" in result.stdout, "a command is not broken over two lines"
    assert result.stdout.endswith("Status     ready, with the notes above\n")


@pytest.mark.slow
def test_on_a_terminal_each_line_has_its_colour(tmp_path):
    output = on_a_terminal(tmp_path, NO_COLOR="")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    assert max(map(len, plain.splitlines())) < 80
    assert "\x1b[33m! none on this computer" in output, "yellow"
    assert re.search(r"\x1b\[32m[0-9.]+ GB, [0-9.]+ GB available", output), "green"


@pytest.mark.slow
def test_no_color_is_respected(tmp_path):
    output = on_a_terminal(tmp_path, NO_COLOR="1")
    assert "Status" in output
    assert "\x1b" not in output


def test_the_json_is_one_object_with_what_is_really_there(inside):
    result = inside("doctor", "--json")
    report = json.loads(result.stdout)
    assert set(report) == {"status", "memory", "device", "disk", "checks"}
    assert report["status"] == "yellow", "no model is here"
    memory = report["memory"]
    assert memory["total_bytes"] == psutil.virtual_memory().total
    assert 0 < memory["budget_bytes"] <= memory["total_bytes"] * 2 // 3
    sizes = [program["bytes"] for program in memory["programs"]]
    assert sizes == sorted(sizes, reverse=True) != []
    names = [check["name"] for check in report["checks"] if check["name"] != "Limit"]
    assert list(dict.fromkeys(names)) == LABELS
    assert names.count("Folders") == 7
    assert all(set(check) == {"id", "name", "status", "message", "hint"} for check in report["checks"])
    ids = [check["id"] for check in report["checks"]]
    assert len(set(ids)) == len(ids)
    documented = set(re.findall(r"^\| `([a-z-]+)` ", (ROOT / "docs/doctor.md").read_text("utf-8"), re.MULTILINE))
    assert set(ids) <= documented
    assert report["checks"][-1]["message"] == "used only for downloads you ask for"


def test_a_disk_for_the_videos_that_is_read_only_ends_it_with_1(inside, tmp_path, monkeypatch):
    with mounted(tmp_path / "disk") as disk:
        monkeypatch.setenv("VIDEOAI_OUTPUTS", str(disk))
        remount(disk, "ro")
        result = inside("doctor")
    assert (result.returncode, result.stderr) == (1, "")
    assert f"✗ videos: VideoAi cannot write files in the folder {disk}" in " ".join(result.stdout.split())
    assert "Folders    tried, files can be written and deleted: history, jobs, temporary" in result.stdout


def test_what_is_red_ends_it_with_1(videoai):
    with real_cgroup(700 * MIB) as folder:
        result = videoai("doctor", preexec_fn=lambda: Path(folder, "cgroup.procs").write_text("0"))
    assert (result.returncode, result.stderr) == (1, "")
    assert re.search(r"^Limit +734 MB for this group of processes", result.stdout, re.MULTILINE)
    assert re.search(r"✗ one video can use \d+ MB: too little for any model\n", result.stdout)
    assert "Give the container or service a higher memory limit." in result.stdout
    assert result.stdout.endswith("Status     not ready: fix what is red above\n")
