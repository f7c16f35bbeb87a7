"""A model computes with the same numbers whether it was converted or is packed while it is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.svd import checkpoint
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation
from videoai.engines.svd.plan import SVDPlan
from videoai.events import Frame
from videoai.models import local, store
from videoai.models.convert import convert
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles, PartFiles

PHOTO = np.random.default_rng(1).integers(0, 255, (64, 128, 3), dtype=np.uint8)
SETTINGS = GenerationSettings(width=128, height=64, frames=4, steps=2, guidance_max=1.0, seed=7)
UNET = "unet/diffusion_pytorch_model.fp16.safetensors"


def clip(files: ModelFiles, bits: int, **plan: object) -> bytes:
    """All frames, made with weights of `bits`."""
    events = Generation(files, device=CPU, plan=SVDPlan(bits, **plan)).run(PHOTO, SETTINGS)
    return b"".join(event.pixels.tobytes() for event in events if isinstance(event, Frame))


def converted(files: ModelFiles, bits: int) -> ModelFiles:
    return ModelFiles.in_folder(convert("svd-xt", bits, files, lambda event: None))


@pytest.fixture(scope="session")
def quick_fp32(tmp_path_factory) -> Path:
    return checkpoint.save(tmp_path_factory.mktemp("quick"), quick=True)


@pytest.mark.parametrize("bits", [16, pytest.param(8, marks=pytest.mark.slow), 4])
def test_a_converted_model_gives_the_video_of_one_packed_while_loading(quick_fp32, bits):
    source = ModelFiles.in_folder(quick_fp32)
    packed = clip(source, bits)
    assert packed == clip(converted(source, bits), bits)
    if bits == 16:
        assert packed == clip(source, bits, streamed=True)


@pytest.mark.parametrize("bits", [pytest.param(8, marks=pytest.mark.slow), 4])
def test_the_weights_in_halves_give_the_video_of_those_in_full_precision(quick_fp32, quick_fp16, bits):
    """And so does what is converted to 16 bits first, and then to fewer."""
    expected = clip(ModelFiles.in_folder(quick_fp32), bits)
    halves = ModelFiles.in_folder(quick_fp16)
    assert clip(halves, bits) == expected
    assert clip(converted(halves, bits), bits) == expected
    shutil.rmtree(store.own_folder("svd-xt", bits))
    by_way_of_16 = converted(ModelFiles.in_folder(quick_fp32), 16)
    assert clip(converted(by_way_of_16, bits), bits) == expected


def test_fewer_bits_of_a_packed_model_are_those_it_would_be_converted_to(quick_fp16):
    eight = converted(ModelFiles.in_folder(quick_fp16), 8)
    assert clip(eight, 4) == clip(converted(eight, 4), 4)
    assert clip(eight, 16) == clip(eight, 8), "more bits than it has are of no use"


@pytest.mark.parametrize("bits", [8, pytest.param(4, marks=pytest.mark.slow)])
def test_quantised_gguf_files_are_repacked_in_the_same_way(tiny_fp16, tmp_path, tiny_standard, bits):
    path = tmp_path / "svd-xt.gguf"
    writer = gguf.GGUFWriter(path, "svd")
    for name, tensor in load_file(tiny_fp16 / UNET).items():
        values = tensor.float().numpy()
        values = values.reshape(-1, *values.shape[2:]) if values.ndim > 4 else values
        kind = gguf.GGMLQuantizationType.F32
        if values.ndim == 2 and values.shape[1] % 32 == 0:
            kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    base = ModelFiles.in_folder(tiny_fp16)
    source = ModelFiles(base.image_encoder, base.vae, PartFiles(path))
    assert clip(source, bits) == clip(converted(source, bits), bits)


def test_eight_bit_floats_are_taken_as_other_numbers(quick_fp16, tmp_path):
    """As ComfyUI's users keep them, to save disk."""
    path = shutil.copytree(quick_fp16, tmp_path / "model") / UNET
    table = load_file(path)
    save_file({name: t.to(torch.float8_e4m3fn) if t.ndim > 1 else t for name, t in table.items()}, path)
    source = ModelFiles.in_folder(tmp_path / "model")
    assert clip(source, 16) == clip(converted(source, 16), 16)
    assert clip(source, 8) == clip(converted(source, 8), 8)


@pytest.mark.slow
def test_an_original_file_is_packed_as_its_conversion(tensors, tmp_path, tiny_standard):
    path = tmp_path / "svd_xt.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    source = local.files_of(path)
    assert clip(source, 8) == clip(converted(source, 8), 8)
