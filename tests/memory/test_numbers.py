"""What is remembered of the processor's numbers, what is said of wrong ones, and what a run makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.jobs.conftest import tiny  # noqa: F401
from videoai.cli.app import videoai
from videoai.engine_run import RunConfig, StageClock
from videoai.engines.base import Workload
from videoai.engines.devices import CPU
from videoai.engines.numbers import SHARES, Numbers
from videoai.engines.svd import number_probe
from videoai.engines.svd.layers import Conv
from videoai.engines.svd.plan import SVDPlan
from videoai.errors import BadSettings
from videoai.events import Checkpoint, Notice, VideoFrame
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.metadata import read_metadata
from videoai.memory import numbers as remembered
from videoai.memory.estimate import planner_for
from videoai.memory.numbers import as_text, key_of, numbers_of
from videoai.memory.processor import this_processor
from videoai.memory.run_plan import plan_for
from videoai.memory.speed import MachineSpeed, learn_run, rates_name
from videoai.pipeline import MadeClip, make_clip
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.upkeep.checkup import numbers_check

GIB = 1 << 30
FAST = Numbers.of({"fp32": dict.fromkeys(SHARES, 1e11), "bf16": dict.fromkeys(SHARES, 3e11)}, {})
WRONG = Numbers("fp32", {}, {"bf16": "convolution"})
SMALL = {"width": 128, "height": 64, "frames": 2, "steps": 2, "guidance_max": 1.0, "seed": 3}


def know(found: Numbers) -> None:
    """Have this processor be one of which that was found."""
    path = paths.home() / "numbers.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text({key_of("cpu", torch.get_num_threads()): found}))


@pytest.fixture
def probes(monkeypatch):
    """Each probe that was made; none takes its seconds, and there is `time` for each."""
    made, time = [], [True]

    def probe(device):
        made.append(device.name)
        return FAST, time[0]

    monkeypatch.setattr(number_probe, "probe", probe)
    (paths.home() / "numbers.json").unlink()
    return made, time


def test_a_processor_is_probed_once(probes):
    assert numbers_of(CPU) == numbers_of(CPU) == FAST
    assert probes[0] == ["cpu"]


@pytest.mark.parametrize("changed", ["processor", "__version__", "threads"])
def test_it_is_probed_again_when_what_it_holds_for_changes(probes, monkeypatch, changed):
    numbers_of(CPU)
    if changed == "threads":
        monkeypatch.setattr(torch, "get_num_threads", lambda: 96)
    else:
        monkeypatch.setattr(remembered, changed, (lambda: "another") if changed == "processor" else "99.0")
    numbers_of(CPU)
    assert probes[0] == ["cpu", "cpu"]
    assert len(json.loads((paths.home() / "numbers.json").read_text())["found"]) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "found": 7}', "{}"])
def test_a_damaged_file_is_written_anew(probes, text):
    (paths.home() / "numbers.json").write_text(text)
    assert numbers_of(CPU) == numbers_of(CPU) == FAST
    assert probes[0] == ["cpu"]


def test_a_damaged_finding_is_measured_anew_and_the_others_stay(probes):
    numbers_of(CPU)
    path = paths.home() / "numbers.json"
    values = json.loads(path.read_text())
    (key,) = values["found"]
    values["found"] = {"another": FAST.to_dict(), key: {"best": "fp8"}}
    path.write_text(json.dumps(values))
    numbers_of(CPU)
    assert probes[0] == ["cpu", "cpu"]
    assert json.loads(path.read_text())["found"].keys() == {"another", key}


def test_what_a_busy_machine_had_no_time_for_is_tried_again(probes):
    made, time = probes
    time[0] = False
    numbers_of(CPU)
    assert not (paths.home() / "numbers.json").exists()
    time[0] = True
    numbers_of(CPU)
    numbers_of(CPU)
    assert made == ["cpu", "cpu"]


def test_a_home_that_cannot_be_written_to_only_means_that_nothing_is_remembered(probes, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VIDEOAI_HOME", str(tmp_path / "file" / "home"))
    assert numbers_of(CPU) == FAST


def settings(**given: object) -> GenerationSettings:
    return GenerationSettings(**{"model": "svd-xt", "seed": 1} | given)


def test_the_plan_has_the_best_numbers_or_those_that_were_asked_for():
    know(FAST)
    assert plan_for(settings(), budget=16 * GIB).plan.compute == "bf16"
    assert [plan_for(settings(compute=name), budget=16 * GIB).plan.compute for name in ("fp32", "fp16")] == [
        "fp32",
        "fp16",
    ]
    know(Numbers("fp32"))
    assert plan_for(settings(), budget=16 * GIB).plan.compute == "fp32"


def test_half_the_bytes_of_a_number_need_less_memory():
    exact, half = (plan_for(settings(compute=name), budget=16 * GIB) for name in ("fp32", "bf16"))
    peaks = [{stage.name: stage.peak_bytes for stage in planned.stages} for planned in (exact, half)]
    assert all(peaks[1][stage] < peaks[0][stage] for stage in ("denoise", "decode"))


@pytest.mark.parametrize("previous", [None, SVDPlan(16, compute="bf16")], ids=["fresh", "resumed"])
def test_numbers_that_are_wrong_here_are_refused_by_name_only(previous):
    """And what to do about it is no option of a command that has none, as "resume"."""
    know(WRONG)
    assert plan_for(settings(), budget=16 * GIB).plan.compute == "fp32"
    with pytest.raises(BadSettings, match="computes wrongly in bf16") as refused:
        plan_for(settings(compute="bf16"), previous_plan=previous, budget=16 * GIB)
    assert refused.value.hint == "Let VideoAi choose others: --compute auto"


def test_numbers_that_are_far_slower_here_are_warned_of_and_their_time_is_known():
    know(Numbers("fp32", FAST.rates | {"fp16": {"product": 1e9}}))
    assert planner_for(settings(compute="fp16")).remark == "In fp16 this computer is far slower than in fp32."
    assert planner_for(settings(compute="bf16")).remark is planner_for(settings()).remark is None
    exact, slow = (plan_for(settings(compute=name), budget=16 * GIB).seconds for name in ("fp32", "fp16"))
    assert slow > 50 * exact


def test_a_run_goes_on_in_the_numbers_it_began_with():
    know(FAST)
    first = plan_for(settings(), budget=16 * GIB).plan
    know(replace(FAST, best="fp32"))
    assert plan_for(settings(), previous_plan=first, budget=16 * GIB).plan == first
    smaller = plan_for(settings(), previous_plan=first, budget=2 * GIB)
    assert (smaller.plan.compute, smaller.fits) == ("bf16", True)
    assert first.frames_key() != first.with_compute("fp32").frames_key()
    after_death = plan_for(settings(), previous_plan=first, out_of_memory=True, budget=16 * GIB).plan
    assert after_death.compute == "bf16"


def test_a_plan_of_a_version_that_knew_no_other_was_computed_in_fp32_here():
    know(FAST)
    old = SVDPlan.from_dict({key: value for key, value in SVDPlan(16).to_dict().items() if key != "compute"})
    assert old.compute is None
    assert plan_for(settings(), previous_plan=old, budget=16 * GIB).plan == SVDPlan(16, compute="fp32")
    with pytest.raises(ValueError, match="fp8"):
        SVDPlan.from_dict(SVDPlan(16).to_dict() | {"compute": "fp8"})


def test_a_run_of_another_computer_goes_on_in_what_this_one_can():
    know(WRONG)
    assert plan_for(settings(), previous_plan=SVDPlan(16, compute="bf16"), budget=16 * GIB).plan.compute == "fp32"


def test_each_type_has_its_own_rates():
    know(FAST)
    exact, fast = (MachineSpeed.of(this_processor(), name) for name in ("fp32", "bf16"))
    assert fast.product == pytest.approx(3 * exact.product)
    work = {"denoise": Workload("denoise", 1e12)}
    learn_run(rates_name("cpu", "bf16"), work, {"denoise": 20.0})
    learn_run(rates_name("cpu", "fp32"), work, {"denoise": 80.0})
    assert [round(MachineSpeed.load("cpu", name).seconds(work["denoise"]), 3) for name in ("fp32", "bf16")] == [
        80.0,
        20.0,
    ]
    assert MachineSpeed.load("cpu").learned == MachineSpeed.load("cpu", "fp32").learned
    assert rates_name("mps", "fp16") == "mps"


def clip_of(
    asked: GenerationSettings, folder: Path, config: RunConfig | None = None, hear=lambda event: None
) -> MadeClip:
    """The clip; its frames went to the encoder as VideoFrames."""
    photo = np.random.default_rng(1).integers(0, 255, (asked.height, asked.width, 3), dtype=np.uint8)
    return make_clip(FittedPhoto(photo), asked, folder / "video.mp4", StageClock(hear), config or RunConfig())


def frames_of(asked: GenerationSettings, folder: Path, config: RunConfig | None = None) -> list:
    heard: list[object] = []
    clip_of(asked, folder, config, heard.append)
    return [event.pixels for event in heard if isinstance(event, VideoFrame)]


def test_a_video_names_the_numbers_it_was_computed_in(tiny, tmp_path):  # noqa: F811
    know(FAST)
    clip = clip_of(GenerationSettings(model=str(tiny), **SMALL), tmp_path)
    assert clip.settings.compute == clip.planned.plan.to_dict()["compute"] == "bf16"
    assert read_metadata(clip.path)["settings"]["compute"] == "bf16"


def test_a_resumed_run_gives_the_same_bytes_though_another_type_is_best_by_then(tiny, tmp_path):  # noqa: F811
    asked = GenerationSettings(model=str(tiny), **SMALL)
    know(FAST)
    state, begun = tmp_path / "state", plan_for(asked, budget=16 * GIB).plan
    whole = frames_of(asked, tmp_path)

    class Stopped(Exception):
        pass

    def stop(event: object) -> None:
        if isinstance(event, Checkpoint):
            raise Stopped

    with pytest.raises(Stopped):
        clip_of(asked, tmp_path, RunConfig(previous_plan=begun, state=state), stop)
    know(replace(FAST, best="fp32"))
    resumed = frames_of(asked, tmp_path, RunConfig(previous_plan=begun, state=state))
    assert np.array_equal(whole, resumed)
    assert not np.array_equal(whole, frames_of(asked, tmp_path)), "those of fp32"


def test_a_run_that_has_to_go_on_in_other_numbers_says_so(tiny, tmp_path):  # noqa: F811
    asked, state, heard = GenerationSettings(model=str(tiny), **SMALL), tmp_path / "state", []
    clip_of(asked, tmp_path, RunConfig(previous_plan=SVDPlan(16, compute="bf16"), state=state))
    know(WRONG)
    clip_of(asked, tmp_path, RunConfig(previous_plan=SVDPlan(16, compute="bf16"), state=state), heard.append)
    said = [event.message for event in heard if isinstance(event, Notice)]
    assert "This computer continues in fp32: the video comes out slightly different." in said


def test_where_a_kind_of_work_is_wrong_the_doctor_says_so_and_a_run_computes_in_fp32(
    tiny,  # noqa: F811
    tmp_path,
    monkeypatch,
    capsys,
):
    """The real probe, of a torch whose convolutions are wrong in bf16."""
    (paths.home() / "numbers.json").unlink()
    monkeypatch.setattr(number_probe, "_HALVES", ("bf16",))  # fp16 is wrong on some processors, too
    right = Conv.__call__

    def call(self, x):
        found = right(self, x)
        if x.dtype == torch.bfloat16:
            found.view(-1)[-1] += 0.2 * found.abs().max()
        return found

    monkeypatch.setattr(Conv, "__call__", call)
    heard = []
    clip = clip_of(GenerationSettings(model=str(tiny), **SMALL), tmp_path, hear=heard.append)
    said = [event.message for event in heard if isinstance(event, Notice)]
    sentence = "In bf16 (convolution) this version of torch gives wrong results here, so VideoAi computes in fp32."
    assert (said.count(sentence), clip.settings.compute) == (1, "fp32")

    assert videoai(["doctor", "--json"], standalone_mode=False) in (0, 1)
    report = json.loads(capsys.readouterr().out)
    assert report["device"]["numbers"]["wrong"] == {"bf16": "convolution"}
    (check,) = (check for check in report["checks"] if check["name"] == "Numbers")
    assert (check["status"], check["message"]) == ("yellow", sentence)
    assert check["hint"] == "Update torch: pip install -U 'torch<2.14'", "what is wrong cannot be chosen either"


def test_two_types_that_are_wrong_are_told_of_together():
    both = Numbers("fp32", {}, {"bf16": "product", "fp16": "attention"})
    message = numbers_check(both).message
    assert message.startswith("In bf16 (matrix product) and fp16 (attention) this version of torch gives wrong results")
    assert message.count("VideoAi computes in fp32") == 1
    know(both)
    assert planner_for(settings()).remark == message


def test_the_doctor_says_what_is_best_and_why():
    found = Numbers.of(FAST.rates | {"fp16": {"product": 1e9}}, {})
    check = numbers_check(found)
    assert check.message == ("computes in bf16, which is faster: fp32 100 GFLOP/s, bf16 300 GFLOP/s, fp16 far slower")
    assert numbers_check(Numbers("fp16")).message == "computes in fp16"
    assert "as nothing is clearly faster" in numbers_check(replace(FAST, best="fp32")).message


def test_what_was_measured_is_known_without_torch_and_for_any_number_of_threads(own_home, monkeypatch):
    found = {
        key_of("cpu", 7): Numbers("bf16"),
        key_of("mps", 7): Numbers("fp16"),
        key_of("cpu", 7).replace("torch ", "torch 0."): Numbers("fp16"),
    }
    paths.home().mkdir(parents=True, exist_ok=True)
    (paths.home() / "numbers.json").write_text(as_text(found))
    assert remembered.remembered("cpu") == Numbers("bf16")
    assert planner_for(GenerationSettings(model="draft", seed=1)).processor.numbers == Numbers("bf16")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    assert remembered.remembered("cpu") is None
    (paths.home() / "numbers.json").unlink()
    assert planner_for(GenerationSettings(model="draft", seed=1)).processor.numbers == Numbers("fp32")
