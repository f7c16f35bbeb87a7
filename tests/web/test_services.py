"""What works in the background goes on, whatever comes."""

from __future__ import annotations

import threading

import pytest

from tests.web.conftest import wait_until
from videoai.system.programs import Program
from videoai.web import machine, services
from videoai.web.audience import answering
from videoai.web.services import Options, Services


def test_a_device_that_cannot_be_found_out_is_a_line_in_the_log(monkeypatch, caplog):
    """Which has no paths of the user in it; what a thread dies of is printed as it is."""

    def fail():
        raise RuntimeError("nobody has foreseen this")

    monkeypatch.setattr(machine, "this_processor", fail)
    watch = machine.MachineMonitor(lambda: 0)
    watch.find_device()
    assert watch.to_dict()["device"] is None
    assert "could not be found out" in caplog.text


def test_only_the_first_waits_for_the_list_of_programs(monkeypatch):
    """It takes a hundred times as long as all else that the page asks for at its beginning."""
    listed, release = [], threading.Event()

    def largest():
        listed.append(1)
        if len(listed) > 1:
            release.wait(30)
        return [Program("Safari", len(listed))]

    monkeypatch.setattr(machine, "largest", largest)
    monkeypatch.setattr(machine, "_PROGRAMS_SECONDS", 0.0)
    watch = machine.MachineMonitor(lambda: 0)
    watch.list_programs()
    with answering(owner=True):
        assert watch.to_dict()["programs"] == [{"name": "Safari", "bytes": 1}], "while it is added up anew"
        release.set()
        wait_until(lambda: watch.to_dict()["programs"][0]["bytes"] > 1)


@pytest.mark.parametrize("error", [OSError("no"), RuntimeError("nobody has foreseen this")])
def test_a_sweep_that_fails_is_not_the_last(monkeypatch, caplog, error):
    swept = []

    def sweep():
        swept.append(1)
        raise error

    monkeypatch.setattr(services, "clean_temporary", sweep)
    monkeypatch.setattr(services, "_SWEEP_SECONDS", 0.01)
    served = Services(Options())
    served.start()
    wait_until(lambda: len(swept) > 2)
    served.stop()
    served.close()
    assert "could be removed" in caplog.text
