"""How fast the machine is: guessed once, then learnt from runs."""

import json

import pytest

from videoai.engines.base import Workload
from videoai.memory import speed
from videoai.memory.speed import MachineSpeed, learn, learn_run
from videoai.system import paths

pytestmark = pytest.mark.usefixtures("unknown_speed")

WORK = Workload("denoise", 1e12, efficiency=0.7)


@pytest.fixture
def probes(monkeypatch):
    """Each probe that was made; none takes its two seconds."""
    made = []

    def probe(device):
        made.append(device)
        return 1e12

    monkeypatch.setattr(speed, "probe", probe)
    return made


def test_a_machine_is_measured_once(probes):
    first, again = MachineSpeed.load("cpu"), MachineSpeed.load("cpu")
    assert probes == ["cpu"]
    assert first == again
    assert first.rate(WORK) == 1e12 * WORK.efficiency


def test_each_device_has_its_own_rates(probes):
    learn("mps", "denoise", 1e12, 2)
    assert MachineSpeed.load("mps").rate(WORK) == 0.5e12
    assert MachineSpeed.load("cpu").rate(WORK) == 1e12 * WORK.efficiency
    assert probes == ["mps", "cpu"]


def test_after_a_run_the_same_again_takes_the_same(probes):
    workloads = {
        "condition": Workload("condition", 1e12, read_bytes=2_000_000_000),
        "denoise": Workload("denoise", 5e13, read_bytes=3_000_000_000, loads_apart=True),
        "decode": Workload("decode", 1e13, read_bytes=100_000_000),
    }
    took = {"photo": 1.0, "condition": 5.0, "load": 4.0, "denoise": 100.0, "decode": 40.0, "encode": 2.0}
    learn_run("cpu", workloads, took)
    known = MachineSpeed.load("cpu")
    assert known.seconds(workloads["condition"]) == pytest.approx(5)
    assert known.seconds(workloads["denoise"]) == pytest.approx(104)
    assert known.seconds(workloads["decode"]) == pytest.approx(40)


def test_the_latest_runs_count_most(probes):
    for seconds in (10, 10, 10, 20, 20):
        learn("cpu", "denoise", 1e12, seconds)
    assert 18 < MachineSpeed.load("cpu").seconds(Workload("denoise", 1e12)) < 20


def test_streamed_weights_are_read_while_the_stage_computes(probes):
    learn("cpu", "load", 1e9, 1)
    learn("cpu", "denoise", 1e12, 1)
    known = MachineSpeed.load("cpu")
    assert known.seconds(Workload("denoise", 10e12, streamed_bytes=5_000_000_000)) == pytest.approx(10)
    assert known.seconds(Workload("denoise", 1e12, streamed_bytes=5_000_000_000)) == pytest.approx(5)


@pytest.mark.parametrize(("flop", "seconds"), [(0, 1), (1, 0), (-1, 1), (float("nan"), 1), (1, float("inf"))])
def test_nothing_is_learnt_from_a_run_that_was_none(flop, seconds, probes):
    learn("cpu", "denoise", flop, seconds)
    assert not (paths.home() / "rates.json").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"cpu": 3}', '{"cpu": {"product": -1, "denoise": "fast", "decode": NaN}}']
)
def test_a_damaged_file_is_measured_anew(text, probes):
    paths.home().mkdir(parents=True)
    (paths.home() / "rates.json").write_text(text)
    assert MachineSpeed.load("cpu").product == 1e12
    assert json.loads((paths.home() / "rates.json").read_text())["cpu"] == {"product": 1e12}


def test_a_home_that_cannot_be_written_to_only_means_that_nothing_is_learnt(probes, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VIDEOAI_HOME", str(tmp_path / "file" / "home"))
    learn("cpu", "denoise", 1e12, 1)
    assert MachineSpeed.load("cpu").product == 1e12


def test_the_probe_finds_a_rate():
    assert 1e8 < speed.probe("cpu", seconds=0.01) < 1e16


def test_a_run_of_a_smaller_network_than_was_counted_says_nothing(probes):
    known = MachineSpeed.load("cpu")
    workloads = {"load": WORK, "denoise": WORK}
    assert known.believes(workloads, {"denoise": 0.5})  # twice as fast as a product: much is folded away
    assert not known.believes(workloads, {"denoise": 0.05})


def test_a_rate_that_nothing_reaches_is_not_believed(probes):
    """One that an earlier version learnt from such a run."""
    learn("cpu", "denoise", 1e12, 0.05)
    assert MachineSpeed.load("cpu").rate(WORK) == 1e12 * WORK.efficiency
