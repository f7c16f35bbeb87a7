"""What the doctor makes of a machine: the colour of each thing, and what to do about it."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from tests.system.trees import GIB
from videoai.catalogue import PARTS, STEMS
from videoai.models import store
from videoai.models.manifest import Manifest
from videoai.system.machine import Machine
from videoai.system.programs import Program
from videoai.upkeep import checkup
from videoai.upkeep.check import Check
from videoai.upkeep.checkup import Checkup, ProcessorInfo

CPU = ProcessorInfo("cpu", "float32", "cpu, 2 cores")
PROGRAMS = [Program("Google Chrome", 2 * GIB), Program("Slack", GIB), Program("Mail", GIB), Program("Notes", 9)]


def machine(**changes):
    values = {"total": 8 * GIB, "available": 6 * GIB, "swap_total": 0, "swap_used": 0, "pressure": "green"}
    return Machine(**(values | changes))


def memory(name, **changes):
    checks = {check.name: check for check in checkup.memory_checks(machine(**changes), PROGRAMS)}
    return checks.get(name)


def test_a_machine_at_ease():
    checks = list(checkup.memory_checks(machine(), PROGRAMS))
    assert [check.name for check in checks] == ["Memory", "Pressure", "Swap", "Budget"]
    assert {(check.status, check.hint) for check in checks} == {("green", "")}
    assert checks[0].message == "8.6 GB, 6.4 GB available"


@pytest.mark.parametrize("colour", ["yellow", "red"])
def test_pressure_names_what_to_close(colour):
    check = memory("Pressure", pressure=colour)
    assert (check.status, check.hint) == (colour, "Close what you don't need of Google Chrome, Slack, Mail.")


@pytest.mark.parametrize(
    ("available", "status", "words"),
    [
        (6.0, "green", "5.7 GB: enough for 16-bit weights"),
        (3.0, "green", "3.0 GB: enough for 16-bit weights"),
        (2.3, "green", "2.2 GB: enough for 16-bit weights"),
        (1.5, "yellow", "1.3 GB: too little for the default size"),
        (1.0, "red", "805 MB: too little for any model"),
    ],
)
def test_what_one_run_may_have(available, status, words):
    check = memory("Budget", available=int(available * GIB))
    assert (check.status, words in check.message) == (status, True), check.message
    assert ("Close" in check.hint) == (status != "green")


def test_a_narrow_limit_is_not_helped_by_closing_programs():
    check = memory("Budget", limit=GIB, limit_used=0)
    assert (check.status, check.hint) == ("red", "Give the container or service a higher memory limit.")
    assert memory("Limit", limit=GIB, limit_used=GIB // 2).message == (
        "1.1 GB for this group of processes (cgroup), 537 MB used"
    )
    assert memory("Limit") is None


def test_much_in_the_swap_is_a_remark():
    assert memory("Swap", swap_total=6 * GIB, swap_used=4 * GIB).status == "green"
    check = memory("Swap", swap_total=6 * GIB, swap_used=5 * GIB)
    assert (check.status, check.message) == ("yellow", "5.4 GB of 6.4 GB used")


def test_what_torch_does_not_run_on():
    assert checkup.macos_check("13.6.1").status == "red"
    assert checkup.macos_check("14.0").status == checkup.macos_check("26.2").status == "green"


def test_the_processor_and_python_in_translation():
    mps = ProcessorInfo("mps", "float16", "Apple M1 GPU (mps)", int(16 / 3 * GIB))
    assert checkup.processor_check(mps).message == "Apple M1 GPU (mps), at most 5.7 GB of memory"
    assert checkup.processor_check(CPU).status == "yellow"
    for rosetta, status in ((True, "red"), (False, "green")):
        assert next(checkup.system_checks(rosetta=rosetta)).status == status


def disks(monkeypatch, free, *, with_model):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    return list(checkup.disk_checks(with_model=with_model))


def test_one_disk_is_one_line_and_needs_room_for_a_model_until_there_is_one(monkeypatch, own_home):
    (check,) = disks(monkeypatch, 5_000_000_000, with_model=False)
    assert (check.id, check.status, check.message) == ("disk", "yellow", "5.0 GB free for models and videos")
    assert check.hint == f"Downloading a model takes 7.1 GB: free some space on the disk of {own_home}."
    assert disks(monkeypatch, 5_000_000_000, with_model=True)[0].status == "green"
    assert disks(monkeypatch, 100_000_000, with_model=True)[0].status == "red"


def test_two_disks_are_two_lines(monkeypatch, small_disk):
    monkeypatch.setenv("VIDEOAI_OUTPUTS", str(small_disk / "videos"))
    models, videos = checkup.disk_checks(with_model=True)
    assert (models.id, videos.id) == ("disk-downloads", "disk-videos")
    assert models.message.endswith("free for models")
    assert (videos.status, videos.message) == ("red", "66 kB free for videos")
    assert str(small_disk) in videos.hint


def put_model(model, bits):
    folder = store.own_folder(model, bits)
    for part in PARTS:
        (folder / part).mkdir(parents=True)
        (folder / part / "config.json").write_text("{}")
        (folder / part / f"{STEMS[part]}.fp16.safetensors").write_text("weights")
    Manifest.of_folder(folder, model, bits).write(folder)
    return folder


def test_the_models_that_are_here():
    (none,) = checkup.model_checks()
    assert (none.status, none.message) == ("yellow", "none on this computer")
    assert none.hint.endswith("videoai models pull svd-xt")
    for model, bits in (("svd", 8), ("svd-xt", 4), ("svd-xt", 8)):
        put_model(model, bits)
    assert list(checkup.model_checks()) == [Check("models", "Models", "green", "svd (8 bits), svd-xt (8, 4 bits)")]


def test_a_damaged_model_is_red_until_there_is_a_whole_one():
    folder = put_model("svd", 8)
    (folder / "unet/config.json").unlink()
    (check,) = checkup.model_checks()
    assert (check.status, "damaged" in check.message, "videoai models remove svd" in check.hint) == ("red", True, True)
    put_model("svd-xt", 8)
    assert [(one.id, one.status) for one in checkup.model_checks()] == [("models", "green"), ("model-svd", "yellow")]


def test_the_worst_check_is_the_status():
    def status(*colours):
        return Checkup(machine(), CPU, [], [Check("a", "A", colour, "m") for colour in colours]).status

    assert (status("green", "yellow", "red", "green"), status("yellow", "green"), status()) == (
        "red",
        "yellow",
        "green",
    )


def test_the_json_has_every_number():
    report = Checkup(
        machine(limit=4 * GIB, limit_used=GIB), CPU, PROGRAMS[:1], [Check("a", "A", "green", "m")]
    ).to_dict()
    assert set(report) == {"status", "memory", "device", "disk", "checks"}
    assert report["memory"] == {
        "total_bytes": 8 * GIB,
        "available_bytes": 6 * GIB,
        "swap_total_bytes": 0,
        "swap_used_bytes": 0,
        "pressure": "green",
        "limit_bytes": 4 * GIB,
        "limit_used_bytes": GIB,
        "budget_bytes": 3 * GIB - GIB // 8,
        "programs": [{"name": "Google Chrome", "bytes": 2 * GIB}],
    }
    numbers = {"best": "fp32", "rates": {}, "wrong": {}}
    assert report["device"] == {"name": "cpu", "dtype": "float32", "recommended_bytes": None, "numbers": numbers}
    assert report["checks"] == [{"id": "a", "name": "A", "status": "green", "message": "m", "hint": ""}]
