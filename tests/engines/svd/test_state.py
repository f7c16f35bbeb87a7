import hashlib
import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from videoai.engines.checkpoints import load_checkpoint, save_checkpoint
from videoai.engines.svd.noise import initial_latents, step_noise
from videoai.engines.svd.sampler import SAMPLERS, State
from videoai.engines.svd.schedule import sigmas_for
from videoai.engines.svd.state import (
    CheckpointUnusable,
    Origin,
    from_checkpoint,
    has_fewer_bits,
    to_checkpoint,
)
from videoai.errors import WriteFailed
from videoai.events import Checkpoint
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

SETTINGS = GenerationSettings(width=256, height=320, frames=4, steps=6, seed=11, focus=(0.1, 0.7))
SHAPE = (4, 4, 40, 32)
ORIGIN = Origin("photo", "weights", 16)


def a_state(step=3, denoised=True):
    latents = torch.randn(SHAPE, generator=torch.Generator().manual_seed(step))
    return State(step, latents, latents * 0.3 if denoised else None)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "state.safetensors"
    save_checkpoint(to_checkpoint(a_state(), SETTINGS, ORIGIN), path)
    return path


@pytest.mark.parametrize("denoised", [True, False])
def test_a_state_comes_back_from_its_file_bit_for_bit(tmp_path, denoised):
    path, state = tmp_path / "state.safetensors", a_state(denoised=denoised)
    save_checkpoint(to_checkpoint(state, SETTINGS, ORIGIN), path)
    again = from_checkpoint(load_checkpoint(path), SETTINGS, ORIGIN)
    assert again.step == state.step
    assert torch.equal(again.latents, state.latents)
    assert (again.denoised is None) == (state.denoised is None)
    assert state.denoised is None or torch.equal(again.denoised, state.denoised)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_video_resumed_from_the_file_of_any_step_is_the_same_video(tmp_path, name):
    chosen = replace(SETTINGS, scheduler=name)
    sigmas = sigmas_for(name, "karras", chosen.steps)

    def run(state):
        return list(SAMPLERS[name](lambda x, s: torch.tanh(x), state, sigmas, lambda i: step_noise(11, i, SHAPE)))

    whole = run(State(0, initial_latents(11, SHAPE, float(sigmas[0]))))
    for state in whole[:-1]:
        path = tmp_path / "state.safetensors"
        save_checkpoint(to_checkpoint(state, chosen, ORIGIN), path)
        resumed = run(from_checkpoint(load_checkpoint(path), chosen, ORIGIN))
        assert torch.equal(resumed[-1].latents, whole[-1].latents)


def test_saving_again_replaces_the_file_and_leaves_nothing_else(saved):
    save_checkpoint(to_checkpoint(a_state(step=4), SETTINGS, ORIGIN), saved)
    assert load_checkpoint(saved).values["step"] == 4
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]


def test_a_failed_save_says_so_and_keeps_the_file_before_it(saved, monkeypatch):
    def no_space(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(WriteFailed, match="disk is full"):
        save_checkpoint(to_checkpoint(a_state(step=4), SETTINGS, ORIGIN), saved)
    assert load_checkpoint(saved).values["step"] == 3
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]


def test_saving_makes_the_folder_that_is_not_there_yet(tmp_path):
    path = tmp_path / "new" / "state.safetensors"
    save_checkpoint(to_checkpoint(a_state(step=2), SETTINGS, ORIGIN), path)
    assert load_checkpoint(path).values["step"] == 2


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damaged_byte_goes_unnoticed(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "state.safetensors"
    save_checkpoint(to_checkpoint(a_state(), SETTINGS, ORIGIN), path)
    content = bytearray(path.read_bytes())
    whole = load_checkpoint(path)
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        read = from_checkpoint(load_checkpoint(path), SETTINGS, ORIGIN)
    except CheckpointUnusable:
        return
    # Only spaces and the like in the header can change and leave every value as it was.
    assert read.step == whole.values["step"]
    assert torch.equal(read.latents, torch.tensor(whole.arrays["latents"]))


@settings(max_examples=30, deadline=None)
@given(fraction=st.floats(0, 0.999))
def test_a_file_that_was_cut_off_is_refused(tmp_path_factory, fraction):
    path = tmp_path_factory.mktemp("cut") / "state.safetensors"
    save_checkpoint(to_checkpoint(a_state(), SETTINGS, ORIGIN), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * fraction)])
    with pytest.raises(CheckpointUnusable):
        load_checkpoint(path)


def test_a_state_that_version_0_1_saved_is_gone_on_from(tmp_path):
    """Its digest was over the arrays alone, and it knew of fewer settings."""
    checkpoint = to_checkpoint(a_state(), SETTINGS, ORIGIN)
    values = checkpoint.values | {
        "settings": {k: v for k, v in SETTINGS.to_dict().items() if k not in ("loop", "reuse")}
    }
    digest = hashlib.sha256()
    for name in sorted(checkpoint.arrays):
        array = checkpoint.arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    metadata = {"format": "videoai-checkpoint-2", "values": json.dumps(values), "sha256": digest.hexdigest()}
    save_file(checkpoint.arrays, tmp_path / "state.safetensors", metadata)
    read = from_checkpoint(load_checkpoint(tmp_path / "state.safetensors"), SETTINGS, ORIGIN)
    assert read.step == 3
    assert torch.equal(read.latents, a_state().latents)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CheckpointUnusable, match="cannot be read"):
        load_checkpoint(tmp_path / "none.safetensors")


def test_another_programs_safetensors_are_refused(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"latents": np.zeros(SHAPE, np.float32)}, path)
    with pytest.raises(CheckpointUnusable, match="cannot read the saved state"):
        load_checkpoint(path)


def test_the_state_of_other_settings_is_refused(saved):
    with pytest.raises(CheckpointUnusable, match="other settings"):
        from_checkpoint(load_checkpoint(saved), replace(SETTINGS, seed=12), ORIGIN)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (replace(ORIGIN, photo="another"), "another photo"),
        (replace(ORIGIN, weights="others"), "weights have changed"),
        (replace(ORIGIN, bits=32), "weights have changed"),
    ],
)
def test_the_state_of_another_photo_or_of_other_weights_is_refused(saved, origin, words):
    with pytest.raises(CheckpointUnusable, match=words):
        from_checkpoint(load_checkpoint(saved), SETTINGS, origin)


def test_a_run_may_go_on_with_fewer_bits(saved):
    """After a death for memory the plan may have no other way."""
    fewer, checkpoint = replace(ORIGIN, weights="packed", bits=8), load_checkpoint(saved)
    assert from_checkpoint(checkpoint, SETTINGS, fewer).step == 3
    assert has_fewer_bits(checkpoint, fewer)
    assert not has_fewer_bits(checkpoint, ORIGIN)


def test_fewer_bits_of_other_weights_are_refused(saved):
    known = replace(ORIGIN, exact="these")
    checkpoint = to_checkpoint(a_state(), SETTINGS, known)
    fewer = Origin("photo", "packed", 8, "these")
    assert from_checkpoint(checkpoint, SETTINGS, fewer).step == 3
    with pytest.raises(CheckpointUnusable, match="weights have changed"):
        from_checkpoint(checkpoint, SETTINGS, replace(fewer, exact="others"))
    assert from_checkpoint(checkpoint, SETTINGS, replace(fewer, exact="")).step == 3, "nobody knows"
    assert from_checkpoint(load_checkpoint(saved), SETTINGS, fewer).step == 3, "nobody knew"


def test_a_photo_is_known_by_its_pixels_and_shape(quick):
    photo, files = np.arange(60, dtype=np.uint8).reshape(4, 5, 3), ModelFiles.in_folder(quick)
    assert Origin.of(photo, files, None) == Origin.of(photo.copy(), files, 16)
    others = [photo + 1, photo.reshape(5, 4, 3)]
    assert all(Origin.of(other, files, 16) != Origin.of(photo, files, 16) for other in others)


@pytest.mark.parametrize("step", [-1, 7, 2.0, True, None])
def test_a_step_that_the_video_does_not_have_is_refused(step):
    checkpoint = to_checkpoint(a_state(), SETTINGS, ORIGIN)
    checkpoint.values["step"] = step
    with pytest.raises(CheckpointUnusable, match=r"which this video doesn.t have"):
        from_checkpoint(checkpoint, SETTINGS, ORIGIN)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"denoised": np.zeros(SHAPE, np.float32)},
        {"latents": np.zeros(SHAPE, np.float64)},
        {"latents": np.zeros((1, *SHAPE), np.float32)},
        {"latents": np.zeros(SHAPE, np.float32), "denoised": np.zeros((4, 4, 32, 40), np.float32)},
        {"latents": np.zeros(SHAPE, np.float32), "more": np.zeros(SHAPE, np.float32)},
    ],
    ids=["none", "no latents", "doubles", "a batch", "on its side", "one too many"],
)
def test_arrays_that_are_not_the_videos_are_refused(arrays):
    values = to_checkpoint(a_state(), SETTINGS, ORIGIN).values
    with pytest.raises(CheckpointUnusable):
        from_checkpoint(Checkpoint(arrays, values), SETTINGS, ORIGIN)


def test_a_state_of_a_version_that_knew_fewer_settings_goes_on(saved):
    checkpoint = load_checkpoint(saved)
    del checkpoint.values["settings"]["decoder"]
    checkpoint.values["settings"]["of the future"] = 1
    assert from_checkpoint(checkpoint, SETTINGS, ORIGIN).step == 3
    with pytest.raises(CheckpointUnusable):
        from_checkpoint(checkpoint, replace(SETTINGS, decoder="tiny"), ORIGIN)
