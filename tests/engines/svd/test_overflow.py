"""Half precision that overflows, network by network: the run says so, goes on in full precision, and loses nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import EXAMPLES
from videoai.engines.devices import CPU, Device
from videoai.engines.svd.generation import Generation, _Run
from videoai.errors import NotFinite
from videoai.events import Frame, Notice
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

HALF = Device("cpu", torch.float16)
SETTINGS = GenerationSettings(width=64, height=64, frames=3, steps=2, guidance_max=1.5, seed=7)
SAID = "The numbers overflowed in half precision; this stage continues in full precision."
FACTORS = (1.0, 2.0**12, 2.0**18)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_photo(EXAMPLES / "coffee.png").fitted(64, 64)


def scaled(original: Path, folder: Path, part: str, names: str, factor: float) -> Path:
    """A copy of the checkpoint with some of the weights of one network multiplied."""
    shutil.copytree(original, folder)
    path = next((folder / part).glob("*.safetensors"))
    tensors = load_file(path)
    assert any(names in name for name in tensors)
    save_file({name: tensor * (factor if names in name else 1.0) for name, tensor in tensors.items()}, path)
    return folder


def begin(folder: Path, photo: np.ndarray, device: Device) -> _Run:
    return _Run(Generation(ModelFiles.in_folder(folder), device=device), photo, SETTINGS)


def overflows(stage: Callable, device: Device) -> bool:
    try:
        list(stage(device))
    except NotFinite:
        return True
    return False


def scaled_until_it_overflows(quick, photo, tmp_path, part, names, stage, before=()) -> tuple[_Run, _Run]:
    """Two runs of the least scaled weights that overflow in fp16, in full and in half precision.

    The stages before are done by both, in full precision.
    """
    for factor in FACTORS:
        folder = scaled(quick, tmp_path / str(factor), part, names, factor)
        for device in (CPU, HALF):
            run = begin(folder, photo, device)
            for each in before:
                list(getattr(run, each)(CPU))
            if device == CPU:
                full = run
        if overflows(getattr(run, stage), HALF):
            assert factor > 1, "the weights as they are do not overflow"
            again = begin(folder, photo, HALF)
            for each in before:
                list(getattr(again, each)(CPU))
            return full, again
    raise AssertionError("never overflowed")


def said(events: list) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize("names", ["mlp.fc1.weight", "self_attn.v_proj.weight"])
def test_the_image_encoder(quick, photo, tmp_path, names):
    full, half = scaled_until_it_overflows(quick, photo, tmp_path, "image_encoder", names, "condition")
    list(full.condition(CPU))
    assert said(list(half.with_float32_fallback(half.condition))) == [SAID]
    assert torch.equal(half.image_embedding, full.image_embedding)
    assert torch.equal(half.image_latents, full.image_latents)


@pytest.mark.parametrize(
    "names", ["conv_in.weight", "attn1.to_v.weight", pytest.param("ff.net.0.proj.weight", marks=pytest.mark.slow)]
)
def test_the_denoiser(quick, photo, tmp_path, names):
    full, half = scaled_until_it_overflows(quick, photo, tmp_path, "unet", names, "denoise", ["condition"])
    list(full.denoise(CPU))
    assert said(list(half.with_float32_fallback(half.denoise))) == [SAID]
    assert half.state.step == full.state.step == SETTINGS.steps
    assert half.state.latents.isfinite().all()
    assert torch.equal(half.state.latents, full.state.latents)


@pytest.mark.parametrize(
    "names", ["decoder.conv_in.weight", "decoder.up_blocks.0.resnets.0.spatial_res_block.conv2.weight"]
)
def test_the_decoder(quick, photo, tmp_path, names):
    full, half = scaled_until_it_overflows(quick, photo, tmp_path, "vae", names, "decode")
    wanted = [event.pixels for event in full.decode(CPU) if isinstance(event, Frame)]
    events = list(half.with_float32_fallback(half.decode))
    assert said(events) == [SAID]
    found = [event.pixels for event in events if isinstance(event, Frame)]
    assert len(found) == SETTINGS.frames
    assert all(np.array_equal(*pair) for pair in zip(found, wanted, strict=True))
