"""kill -9 of a download, at any moment: the next one goes on, and the file is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from tests.conftest import ROOT
from tests.models.hub import server as hub_server
from tests.models.hub.server import Fault, HubServer
from videoai.catalogue import Remote
from videoai.events import Notice
from videoai.models.hub import cache
from videoai.models.hub.download import fetch

REPO = "owner/name"
CONFIG, WEIGHTS = Remote(REPO, "config.json"), Remote(REPO, "model.safetensors")
SIZE = 2_000_000
PIECE = 2_000

FETCH = f"""
from videoai.catalogue import Remote
from videoai.models.hub.download import fetch
fetch([Remote({REPO!r}, {CONFIG.path!r}), Remote({REPO!r}, {WEIGHTS.path!r})], on_event=lambda event: None)
"""


@pytest.fixture
def server(tmp_path, monkeypatch):
    folder = tmp_path / "hub" / REPO
    folder.mkdir(parents=True)
    (folder / CONFIG.path).write_text("{}")
    (folder / WEIGHTS.path).write_bytes(random.Random(1).randbytes(SIZE))
    with HubServer(tmp_path / "hub") as server:
        hub_server.use(monkeypatch, server, tmp_path / "hf")
        yield server


def start():
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", FETCH], env=environment, stderr=subprocess.PIPE)


def part_length(server):
    path = cache.blob_path(REPO, server.blob(REPO, WEIGHTS.path))
    part = path.with_name(path.name + cache.PART)
    return part.stat().st_size if part.exists() else 0


def finish(server):
    """The last download: no notice of anything damaged, the right bytes, and nothing else left."""
    events = []
    places = fetch([CONFIG, WEIGHTS], on_event=events.append)
    assert [event for event in events if isinstance(event, Notice)] == []
    for remote, place in places.items():
        assert place.read_bytes() == (server.root / REPO / remote.path).read_bytes()
        assert cache.find(remote) == place
    base = cache.folder(REPO)
    assert sorted(path.name for path in (base / "blobs").iterdir()) == sorted(
        server.blob(REPO, remote.path) for remote in places
    )
    assert sorted(path.name for path in base.rglob("*") if path.name.startswith(".")) == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kills", [8, pytest.param(20, marks=pytest.mark.slow)])
def test_kill_9_at_many_moments_costs_no_byte_that_was_on_the_disk(server, kills):
    """Half of the moments are counted in bytes, so that they are in the transfer; half in time, from the start on."""
    chance = random.Random(20)
    server.faults[WEIGHTS.path] = Fault(drip=(PIECE, 0.01))
    kept = [0]
    for number in range(kills):
        before = server.served(WEIGHTS.path)
        process = start()
        if number % 2:
            time.sleep(chance.uniform(0, 0.5))
        else:
            server.wait_served(WEIGHTS.path, before + chance.randrange(3 * PIECE, SIZE // 50))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
        kept.append(part_length(server))
    assert kept == sorted(kept)
    starts = [request.headers.get("range", "bytes=0-") for request in server.gets(WEIGHTS.path)]
    assert set(starts) <= {f"bytes={length}-" for length in kept}
    server.faults.clear()
    finish(server)
    assert sum(before < after for before, after in pairwise(kept)) >= kills // 4, "too few moments in the transfer"
    assert server.served(WEIGHTS.path) <= SIZE + len(server.gets(WEIGHTS.path)) * 8 * PIECE


KILL_AT_EACH = f"""
import os, signal, sys
from pathlib import Path
import requests.adapters, urllib3, encodings.idna  # imported once, so that their files are not counted below
from videoai.catalogue import Remote
from videoai.models.hub.download import fetch

STEPS = {{"open", "os.truncate", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "fcntl.flock"}}

def fetch_and_die_at(last):
    count = 0
    def watch(event, arguments):
        nonlocal count
        if event in STEPS and os.environ["HF_HOME"] in str(arguments) or event in ("os.truncate", "fcntl.flock"):
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
    fetch([Remote({REPO!r}, {CONFIG.path!r}), Remote({REPO!r}, {WEIGHTS.path!r})], on_event=lambda event: None)

killed = True
step = 0
while killed:
    step += 1
    os.environ["HF_HOME"] = f"{{sys.argv[1]}}/{{step}}"
    child = os.fork()
    if not child:
        try:
            fetch_and_die_at(step)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status)
    assert killed or status == 0
print(step)
"""


@pytest.mark.timeout(120)
def test_kill_9_before_each_change_of_the_disk(server, tmp_path, monkeypatch):
    """The moments that are too short to be hit by chance: one run for each, until one comes through."""
    (server.root / REPO / WEIGHTS.path).write_bytes(random.Random(2).randbytes(100_000))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    code = [sys.executable, "-c", KILL_AT_EACH, str(tmp_path / "homes")]
    result = subprocess.run(code, env=environment, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    steps = int(result.stdout)
    assert steps > 30
    for step in range(1, steps + 1):
        monkeypatch.setenv("HF_HOME", str(tmp_path / "homes" / str(step)))
        finish(server)
