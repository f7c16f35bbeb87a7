"""Who an owner is: a pid alone does not say."""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
import subprocess
import time

import pytest

from videoai.history import owner as owners
from videoai.history.owner import Owner
from videoai.system import machine_id


def test_a_process_is_known_by_its_pid_and_start():
    process = subprocess.Popen(["sleep", "60"])
    owner = Owner.of(process.pid)
    try:
        assert owner.alive()
        assert not dataclasses.replace(owner, started="0").alive()
        assert dataclasses.replace(owner, boot_id="another").alive() is None
        assert dataclasses.replace(owner, namespace="another").alive() is None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, but not collected: a zombie
        assert not owner.alive()
        assert Owner.of(process.pid) is None
    finally:
        process.kill()
        process.wait()
    assert not owner.alive()


@pytest.mark.skipif(shutil.which("ps") is None, reason="ps is not installed: apt-get install procps")
def test_where_there_is_no_proc_ps_tells_the_same():
    process = subprocess.Popen(["sleep", "60"])
    try:
        assert owners.from_ps(process.pid) == owners.from_ps(process.pid) != ""
        assert str(time.gmtime().tm_year) in owners.from_ps(os.getpid())
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert owners.from_ps(process.pid) is None
    finally:
        process.kill()
        process.wait()
    assert owners.from_ps(process.pid) is None


def test_a_system_that_does_not_answer_is_one_that_does_not_say(monkeypatch):
    """As ps on a Mac that swaps: nobody's run ends for that."""
    monkeypatch.setattr(machine_id, "_ANSWER_SECONDS", 0.1)
    slow = functools.partial(machine_id.said_by, shutil.which("sleep"), "60")
    monkeypatch.setattr(owners, "start_time", lambda pid: slow())
    assert Owner(1, "then", machine_id.boot_id(), machine_id.namespace()).alive() is None
    with pytest.raises(OSError, match="timed out"):
        Owner.of(os.getpid())
