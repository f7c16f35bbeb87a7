"""kill -9 of a process that writes to the database: what it was told is written, is; and the file is whole."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.conftest import ROOT
from tests.history.conftest import requeue_lost
from videoai.history.store import JobStore
from videoai.system import paths

# All kinds of writes, so that a kill meets each; a line is written only after the commit it speaks of.
WRITE = """
import itertools, os, sys
from pathlib import Path
from videoai.history.owner import Owner
from videoai.history.store import JobStore
store = JobStore(Path(sys.argv[1]))
me = Owner.this_process()
say = lambda *words: os.write(1, (" ".join(words) + "\\n").encode())
sys.stdin.read()
while True:
    job = store.add("photo.jpg", {"steps": 20})
    say("added", job.id)
    job = store.leases.claim(me, job.id)
    say("claimed", job.id)
    store.leases.progress(job.id, job.owner, "denoise", 1, 20, 3.0)
    store.leases.finish(job.id, job.owner, "video.mp4", {"denoise": 1.5}, 1)
    say("done", job.id)
"""


@pytest.mark.parametrize("kills", [30, pytest.param(100, marks=pytest.mark.slow)])
def test_kills_lose_nothing_that_was_acknowledged(kills):
    command = [sys.executable, "-S", "-c", WRITE, str(paths.database())]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    chance = random.Random(1)
    acknowledged: dict[str, str] = {}
    waiting: list[subprocess.Popen[bytes]] = []
    for _ in range(kills):
        while len(waiting) < 3:  # they start up while others are killed
            waiting.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        process = waiting.pop(0)
        process.stdin.close()
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 6))]
        waiting[0].stdin.close()  # so that the kill comes while another writes
        time.sleep(chance.uniform(0, 0.01))  # anywhere in a write, not only where one has ended
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        for line in lines:
            word, id = line.decode().split()
            acknowledged[id] = word
        with closing(sqlite3.connect(paths.database())) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for process in waiting:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()
    with closing(JobStore(paths.database())) as store:
        found = {job.id: job for job in store.jobs()}
        assert len(acknowledged) >= kills
        assert acknowledged.keys() <= found.keys()
        reached = {"added": ("queued", "running", "done"), "claimed": ("running", "done"), "done": ("done",)}
        wrong = {id: word for id, word in acknowledged.items() if found[id].state not in reached[word]}
        assert wrong == {}
        unfinished = {job.id for job in store.jobs(["running"])}
        assert {job.id for job in requeue_lost(store)} == unfinished
