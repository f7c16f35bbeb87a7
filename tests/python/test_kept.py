"""Weights that are loaded once: what stays in memory, and that nobody can tell it from the frames."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import videoai
from tests.conftest import ROOT
from tests.python.conftest import PHOTO
from videoai.engines.base import AvailableWeights
from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.events import Step
from videoai.memory.keeping import kept_networks
from videoai.memory.planner import Planner
from videoai.memory.speed import MachineSpeed
from videoai.settings import GenerationSettings
from videoai.weights.safetensors_file import SafetensorsFile

SETTINGS = {"width": 256, "height": 256, "frames": 4, "steps": 5, "guidance_max": 1, "seed": 3}
NETWORKS = ["image_encoder", "unet", "vae_decoder", "vae_encoder"]


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the tensors that are read from files of weights."""
    names: list[str] = []
    really = SafetensorsFile.read

    def counted(file: SafetensorsFile, name: str) -> object:
        names.append(name)
        return really(file, name)

    monkeypatch.setattr(SafetensorsFile, "read", counted)
    return names


@pytest.fixture
def model(tiny) -> videoai.LoadedModel:
    return videoai.load(tiny, compute="fp32")


def test_a_second_call_loads_nothing_again_and_makes_the_same_bytes_as_a_fresh_process(model, tiny, read):
    """Only what the photo decides is read: the layers that are folded into constants with its description."""
    first = model(PHOTO, **SETTINGS)
    assert len(read) > 400
    other = model(PHOTO, **SETTINGS | {"width": 320, "motion": 7, "seed": 4})
    read.clear()
    again = model(PHOTO, **SETTINGS)
    assert {name.rsplit("attn2.", 1)[-1] for name in read} == {"to_v.weight", "to_out.0.weight"}
    assert np.array_equal(first.frames, again.frames)
    assert not np.array_equal(first.frames.shape, other.frames.shape)
    code = (
        "import videoai, hashlib; "
        f"made = videoai.load({str(tiny)!r}, compute='fp32')({str(PHOTO)!r}, **{SETTINGS!r}); "
        "print(hashlib.sha256(made.frames.tobytes()).hexdigest())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == sha256(again.frames.tobytes()).hexdigest()


def test_weights_that_have_changed_are_loaded_anew(tiny, tmp_path, read):
    mine = shutil.copytree(tiny, tmp_path / "mine")
    model = videoai.load(mine, compute="fp32")
    before = model(PHOTO, **SETTINGS)
    weights = next((mine / "unet").glob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-4096:] = bytes(4096)
    weights.write_bytes(content)
    read.clear()
    assert not np.array_equal(model(PHOTO, **SETTINGS).frames, before.frames)
    assert len(read) > 400


def test_within_a_limit_with_no_room_nothing_stays(model, tiny):
    peak = model(PHOTO, **SETTINGS).planned.peak_bytes
    assert sorted(model._networks._there) == NETWORKS
    limited = videoai.load(tiny, compute="fp32", memory_limit=peak)
    limited(PHOTO, **SETTINGS)
    assert limited._networks.bytes == 0
    model.close()
    assert model._networks.bytes == 0


def test_what_is_cancelled_between_two_steps_leaves_its_networks_to_the_next(model, read):
    events = model.events(PHOTO, **SETTINGS)
    steps = 0
    for event in events:
        steps += isinstance(event, Step)
        if steps == 5:  # of denoising
            break
    events.close()
    assert sorted(model._networks._there) == ["image_encoder", "unet", "vae_encoder"]
    read.clear()
    made = model(PHOTO, **SETTINGS)
    assert not [name for name in read if "down_blocks.0.resnets" in name and "encoder" not in name]
    assert len(made.frames) == 4


FULL = replace(GenerationSettings(), width=640, height=384)
CPU = Processor("cpu", Numbers("fp32"), 1e11)


def planner(precision: str, numbers: str = "fp32") -> Planner:
    asked = replace(FULL, precision=precision, compute=numbers)
    return Planner(asked, AvailableWeights(), CPU, {numbers: MachineSpeed("cpu", 1e11)})


@given(st.sampled_from(["16", "8", "4"]), st.integers(3 << 30, 16 << 30))
def test_what_is_kept_fits_beside_every_stage(precision, budget):
    at_work = planner(precision)
    planned = at_work.make_plan(budget)
    kept = kept_networks(at_work, planned)
    if not planned.fits:
        assert kept == {}
        return
    peaks = at_work.peaks(planned.plan)
    assert peaks["denoise"] + sum(kept.values()) - kept.get("unet", 0) <= budget
    assert peaks["decode"] + sum(kept.values()) - kept.get("vae_decoder", 0) <= budget
    assert set(kept) <= set(NETWORKS)


def test_with_more_memory_more_stays_and_with_enough_all_of_it():
    kept = [kept_networks(planner("8"), planner("8").make_plan(gigabytes << 30)) for gigabytes in range(3, 20)]
    sizes = [sum(each.values()) for each in kept]
    assert sizes[0] < sizes[-1]
    assert sorted(kept[-1]) == NETWORKS


def test_networks_that_are_streamed_are_not_kept():
    at_work = planner("16")
    streamed = next(plan for plan in at_work.plans() if plan.streamed)
    assert "unet" not in kept_networks(at_work, at_work.planned(streamed, 100 << 30))
