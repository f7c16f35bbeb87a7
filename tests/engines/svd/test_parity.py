"""Every network gives what the reference gives."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from transformers import CLIPVisionModelWithProjection

from tests.engines.svd import checkpoint
from tests.engines.svd.conftest import error
from videoai.engines.svd import clip, kernels, unet, vae
from videoai.engines.svd.weights import Weights
from videoai.weights.config import UNetConfig
from videoai.weights.tensor_source import MemorySource

BOUND = 1e-5


@pytest.fixture(params=["plain", "onednn"])
def backend(request, monkeypatch) -> str:
    """With torch's own products and, where there is one, with the CPU's; these attend as long sequences do."""
    monkeypatch.setattr("videoai.engines.svd.attention._LONG", 20)
    if request.param == "plain":
        monkeypatch.setattr(kernels, "_HAS_ONEDNN", False)
    elif not kernels._HAS_ONEDNN:
        pytest.skip("no oneDNN products on this processor")
    return request.param


def test_the_image_tower(tiny, backend):
    reference = CLIPVisionModelWithProjection.from_pretrained(tiny / "image_encoder")
    pixels = torch.randn(1, 3, 224, 224)
    assert error(clip.load(tiny / "image_encoder")(pixels), reference(pixels).image_embeds) <= BOUND


@pytest.mark.parametrize(
    ("height", "width"), [(72, 104), *(pytest.param(*size, marks=pytest.mark.slow) for size in ((64, 96), (16, 24)))]
)
def test_the_encoder(tiny, backend, height, width):
    reference = AutoencoderKLTemporalDecoder.from_pretrained(tiny / "vae")
    image = torch.rand(1, 3, height, width) * 2 - 1
    assert error(vae.load_encoder(tiny / "vae")(image), reference.encode(image).latent_dist.mode()) <= BOUND


@pytest.mark.parametrize(
    ("frames", "height", "width"), [(5, 6, 10), (2, 3, 7), pytest.param(1, 4, 4, marks=pytest.mark.slow)]
)
def test_the_decoder_over_all_frames(tiny, backend, frames, height, width):
    reference = AutoencoderKLTemporalDecoder.from_pretrained(tiny / "vae")
    latents = torch.randn(frames, 4, height, width)
    expected = reference.decode(latents / reference.config.scaling_factor, num_frames=frames).sample
    assert error(torch.stack(list(vae.load_decoder(tiny / "vae").frames(latents))), expected) <= BOUND


@pytest.mark.parametrize(
    ("frames", "height", "width"),
    [
        (5, 8, 16),
        (4, 9, 13),
        *(pytest.param(*size, marks=pytest.mark.slow) for size in ((14, 8, 8), (1, 16, 16), (3, 6, 10))),
    ],
)
def test_a_pass_of_the_denoiser(tiny, backend, frames, height, width):
    reference = UNetSpatioTemporalConditionModel.from_pretrained(tiny / "unet")
    latents, token, ids = torch.randn(frames, 8, height, width), torch.randn(1, 1, 32), torch.tensor([[5, 100, 0.02]])
    ours = unet.load(tiny / "unet")
    expected = reference(latents[None], 1.3, token, ids, return_dict=False)[0][0]
    assert error(ours(latents, 1.3, ids, ours.conditioning(token)), expected) <= BOUND


def test_the_unconditional_branch(tiny):
    reference = UNetSpatioTemporalConditionModel.from_pretrained(tiny / "unet")
    latents, token, ids = torch.randn(3, 8, 8, 8), torch.zeros(1, 1, 32), torch.tensor([[5, 100, 0.02]])
    ours = unet.load(tiny / "unet")
    expected = reference(latents[None], -1.5, token, ids, return_dict=False)[0][0]
    assert error(ours(latents, -1.5, ids, ours.conditioning(token)), expected) <= BOUND


VARIETIES = {
    "several transformer layers": {"transformer_layers_per_block": (2, 1, 2)},
    "layers that differ by level": {"layers_per_block": (1, 2, 3)},
    "one layer": {"layers_per_block": 1},
    "attention everywhere": {
        "down_block_types": ("CrossAttnDownBlockSpatioTemporal",) * 3,
        "up_block_types": ("CrossAttnUpBlockSpatioTemporal",) * 3,
    },
    "attention nowhere but in the middle": {
        "down_block_types": ("DownBlockSpatioTemporal",) * 3,
        "up_block_types": ("UpBlockSpatioTemporal",) * 3,
    },
    "contexts that differ by level": {"num_attention_heads": 2, "cross_attention_dim": 16},
}


@pytest.mark.parametrize("changes", VARIETIES.values(), ids=VARIETIES.keys())
def test_any_valid_shape_of_denoiser(tmp_path, changes):
    reference = checkpoint.unet(**changes)
    reference.save_config(tmp_path)
    config = UNetConfig.read(tmp_path / "config.json")
    ours = unet.UNet(config, Weights(MemorySource(dict(reference.state_dict()))))
    latents, ids = torch.randn(3, 8, 8, 12), torch.tensor([[5, 100, 0.02]])
    token = torch.randn(1, 1, config.cross_attention_dim[0])
    expected = reference(latents[None], 1.3, token, ids, return_dict=False)[0][0]
    assert error(ours(latents, 1.3, ids, ours.conditioning(token)), expected) <= BOUND


@pytest.mark.parametrize("layers", [1, 3])
def test_any_depth_of_autoencoder(tmp_path, layers):
    reference = checkpoint.vae(layers_per_block=layers)
    reference.save_pretrained(tmp_path)
    latents = torch.randn(3, 4, 4, 6)
    expected = reference.decode(latents / reference.config.scaling_factor, num_frames=3).sample
    assert error(torch.stack(list(vae.load_decoder(tmp_path).frames(latents))), expected) <= BOUND


def test_the_quick_gelu_of_other_towers(tmp_path):
    reference = checkpoint.clip(hidden_act="quick_gelu")
    reference.save_pretrained(tmp_path)
    pixels = torch.randn(1, 3, 224, 224)
    assert error(clip.load(tmp_path)(pixels), reference(pixels).image_embeds) <= BOUND


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_compute_what_fp32_does_within_their_digits(tiny, backend, dtype):
    """On the CPU as a stand-in: no layer mixes types, and statistics do not suffer."""
    latents, token, ids = torch.randn(4, 8, 8, 12), torch.randn(1, 1, 32), torch.tensor([[5, 100, 0.02]])
    exact, half = unet.load(tiny / "unet"), unet.load(tiny / "unet", dtype=dtype)
    ours = half(latents, 1.3, ids, half.conditioning(token))
    assert ours.dtype == dtype
    assert error(ours.float(), exact(latents, 1.3, ids, exact.conditioning(token))) <= 10 * torch.finfo(dtype).eps
    z = torch.randn(3, 4, 6, 8)
    frames = [torch.stack(list(vae.load_decoder(tiny / "vae", dtype=d).frames(z))) for d in (dtype, torch.float32)]
    assert error(frames[0].float(), frames[1]) <= 10 * torch.finfo(dtype).eps
