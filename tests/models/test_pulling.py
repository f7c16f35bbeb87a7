"""A pull in the background: however its process ends, the next can begin."""

from __future__ import annotations

import subprocess

import pytest

from tests.web.conftest import wait_until
from videoai.models.pulling import Pulls


@pytest.fixture
def children(monkeypatch):
    """What the processes of the next pulls do, as commands of a shell; those that were started come into the list."""
    commands: list[str] = []
    started: list[subprocess.Popen[bytes]] = []

    def start(module, *words, errors):
        command = ["sh", "-c", commands.pop(0)]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors))
        return started[-1]

    monkeypatch.setattr("videoai.system.processes.start", start)
    return commands, started


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("""printf '["Stage", {"name": "fe'; kill -9 $$""", "download_failed"),
        ("echo nonsense; cat", "failed"),
        ("""echo '["Heartbeat", {}]'; cat""", "failed"),
    ],
    ids=["killed in the middle of a line", "no message", "not one of its messages"],
)
def test_what_nobody_understands_is_told_and_holds_up_no_other_pull(children, own_home, command, code):
    commands, started = children
    commands += [command, "exit 0"]
    pulls = Pulls()
    pulls.pull("svd-xt", "16")
    pulls.pull("svd", "16")
    wait_until(lambda: not pulls.is_active("svd-xt") and not pulls.is_active("svd"))
    failed = pulls.progress("svd-xt")
    assert (failed.state, failed.error["code"]) == ("failed", code)
    assert failed.error["hint"]
    assert pulls.progress("svd") is None, "that one has come to its end"
    assert all(process.returncode is not None for process in started)
    commands.append("exit 0")
    pulls.pull("svd-xt", "16")
    wait_until(lambda: pulls.progress("svd-xt") is None)
    pulls.stop()
