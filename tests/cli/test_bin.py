"""videoai jobs and the bin: what was deleted on the page is listed apart, restored, and deleted for good."""

from __future__ import annotations

import json
import time
from contextlib import closing

import pytest

from videoai.history import bin
from videoai.history.recovery import open_store
from videoai.upkeep import disk


@pytest.fixture
def binned(done) -> str:
    """A clip that the page has put into the bin."""
    with closing(open_store(print)) as store:
        bin.put_in(store, done, time.time())
    return done


def test_what_is_in_the_bin_is_listed_apart_and_restored(binned, inside):
    assert json.loads(inside("jobs", "list", "--json").stdout) == []
    assert "In the bin until " in inside("jobs", "show", binned).stdout
    assert binned in inside("jobs", "bin").stdout
    (row,) = json.loads(inside("jobs", "bin", "--json").stdout)
    assert (row["id"], row["bytes"] > 0, row["until"] > row["binned"]) == (binned, True, True)
    refused = inside("finish", binned, "--loop", "boomerang")
    assert (refused.returncode, "is in the bin" in refused.stderr) == (2, True)
    assert inside("jobs", "restore", binned[:8]).stdout == f"Restored {binned}.\n"
    assert [job["id"] for job in json.loads(inside("jobs", "list", "--json").stdout)] == [binned]
    assert inside("jobs", "bin").stdout == "The bin is empty.\n"
    again = inside("jobs", "restore", binned)
    assert (again.returncode, "is not in the bin" in again.stderr) == (2, True)


def test_emptying_it_is_confirmed(binned, inside):
    refused = inside("jobs", "empty-bin")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert binned in inside("jobs", "bin").stdout
    assert next(share.bytes for share in disk.shares() if share.id == "bin") > 0
    assert json.loads(inside("jobs", "empty-bin", "--yes", "--json").stdout) == {"jobs": [binned], "left": []}
    assert inside("jobs", "show", binned).returncode == 2
    assert inside("jobs", "empty-bin").stdout == "Deleted. Jobs: 0.\n"


def test_a_command_that_does_something_deletes_what_had_its_time_and_one_that_looks_does_not(
    binned, inside, monkeypatch
):
    now = time.time()
    with closing(open_store(print)) as store:
        bin.purge(store, now + 6.5 * bin.DAY)  # its time is seen to be nearly up
    monkeypatch.setattr("videoai.cli.jobs.time.time", lambda: now + 8 * bin.DAY)
    assert inside("jobs", "show", binned).returncode == 0
    inside("jobs", "cancel", binned)
    with closing(open_store(print)) as store:
        assert store.binned() == []
