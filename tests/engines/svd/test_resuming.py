"""A run that was stopped goes on with the photo and the weights it began with, and with no others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from videoai.engine_run import RunConfig, StageClock
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation
from videoai.engines.svd.plan import SVDPlan
from videoai.errors import CheckpointUnusable
from videoai.events import Checkpoint, Notice, Pixels, VideoFrame
from videoai.media.fitted_photo import FittedPhoto
from videoai.models.convert import convert
from videoai.pipeline import make_clip
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

PHOTO = np.random.default_rng(1).integers(0, 255, (64, 128, 3), dtype=np.uint8)
STEPS = 3


class Stopped(Exception):
    """As a crash right after a step."""


@pytest.fixture
def model(quick, tmp_path) -> Path:
    """A checkpoint that a test may change."""
    return shutil.copytree(quick, tmp_path / "model")


def asked(model: Path) -> GenerationSettings:
    return GenerationSettings(
        model=str(model), width=128, height=64, frames=4, steps=STEPS, guidance_max=1.0, seed=7, precision="auto"
    )


class Attempt:
    """One run of a video, to its end or to the first step: its frames, its steps, and what it said."""

    def __init__(
        self, model: Path, state: Path | None, photo: Pixels = PHOTO, *, bits: int = 16, stopped: bool = False
    ) -> None:
        self.frames: list[Pixels] = []
        self.steps: list[int] = []
        self.notices: list[str] = []
        stage = StageClock(self._hear)
        self._stop_at = state if stopped else None
        config = RunConfig(previous_plan=SVDPlan(bits), state=state)
        try:
            make_clip(FittedPhoto(photo), asked(model), model.parent / "video.mp4", stage, config)
        except Stopped:
            assert state is not None
            assert state.exists()

    def _hear(self, event: object) -> None:
        if isinstance(event, VideoFrame):
            self.frames.append(event.pixels)
        if isinstance(event, Checkpoint):
            self.steps.append(event.values["step"])
            if self._stop_at is not None:
                raise Stopped
        if isinstance(event, Notice):
            self.notices.append(event.message)


def same(one: Attempt, other: Attempt) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.frames, other.frames, strict=True))


def begun(model: Path) -> Path:
    """The state after the first step."""
    state = model.parent / "state"
    Attempt(model, state, stopped=True)
    return state


def replaced(model: Path, part: str, name: str) -> None:
    """One tensor is another, in a file of the same size."""
    path = next((model / part).glob("*.safetensors"))
    size, tensors = path.stat().st_size, load_file(path)
    tensors[name] = tensors[name] * 1.01
    save_file(tensors, path, {"format": "pt"})  # as diffusers writes
    assert path.stat().st_size == size


def test_the_same_weights_go_on_wherever_their_files_went_meanwhile(model):
    whole = Attempt(model, None)
    state = begun(model)
    shutil.copytree(model, model.parent / "copy")
    shutil.rmtree(model)
    (model.parent / "copy").rename(model)
    resumed = Attempt(model, state)
    assert (resumed.steps, resumed.notices) == ([2, 3], [])
    assert same(resumed, whole)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("unet", "mid_block.resnets.1.time_mixer.mix_factor"),
        ("vae", "decoder.conv_out.bias"),
        ("image_encoder", "visual_projection.weight"),
    ],
)
def test_other_weights_begin_again(model, part, name):
    state = begun(model)
    replaced(model, part, name)
    resumed = Attempt(model, state)
    assert resumed.steps == [1, 2, 3]
    assert resumed.notices == ["The model's weights have changed since this video began. The video starts over."]
    assert same(resumed, Attempt(model, None))


def test_another_configuration_of_the_same_weights_begins_again(model):
    state = begun(model)
    path = model / "vae" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scaling_factor": 0.13025}))
    resumed = Attempt(model, state)
    assert (resumed.steps, len(resumed.notices)) == ([1, 2, 3], 1)


def test_another_photo_begins_again(model):
    state = begun(model)
    other = PHOTO.copy()
    other[0, 0, 0] ^= 1
    resumed = Attempt(model, state, other)
    assert resumed.steps == [1, 2, 3]
    assert resumed.notices == ["The saved state belongs to another photo. The video starts over."]
    assert same(resumed, Attempt(model, None, other))


def test_fewer_bits_of_the_same_weights_go_on_and_those_of_others_begin_again(model):
    state = begun(model)
    kept = state.read_bytes()
    resumed = Attempt(model, state, bits=8)
    assert resumed.steps == [2, 3]
    assert ["8-bit weights" in notice for notice in resumed.notices] == [True]
    state.write_bytes(kept)
    replaced(model, "unet", "conv_norm_out.bias")
    resumed = Attempt(model, state, bits=8)
    assert resumed.steps == [1, 2, 3]
    assert "starts over" in resumed.notices[0]


def test_a_converted_model_goes_on_with_what_began_with_the_one_it_was_made_of(model):
    def steps_of(files: ModelFiles, bits: int, resume: Checkpoint | None = None) -> list[Checkpoint]:
        run = Generation(files, device=CPU, plan=SVDPlan(bits)).run(PHOTO, asked(model), resume)
        return [event for event in run if isinstance(event, Checkpoint)]

    def converted(bits: int, files: ModelFiles) -> ModelFiles:
        return ModelFiles.in_folder(convert("svd", bits, files, lambda event: None))

    exact = ModelFiles.in_folder(model)
    first = steps_of(exact, 16)[0]
    eight = converted(8, exact)
    assert len(steps_of(eight, 8, first)) == STEPS - 1
    assert len(steps_of(converted(4, eight), 4, first)) == STEPS - 1
    replaced(model, "unet", "conv_norm_out.bias")
    others = ModelFiles.in_folder(convert("svd-xt", 8, exact, lambda event: None))
    with pytest.raises(CheckpointUnusable, match="weights have changed"):
        steps_of(others, 8, first)
