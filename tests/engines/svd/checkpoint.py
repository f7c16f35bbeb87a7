"""Make a tiny checkpoint in the diffusers layout, with random weights: python -m tests.engines.svd.checkpoint FOLDER

Every kind of block that Stable Video Diffusion has is in it, and no parameter is left at a value that would hide a
mistake: norms are not the identity, mixing factors are not one half, the latents' scaling is not the usual one, and
what the norms see is so small in places that their eps counts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler, UNetSpatioTemporalConditionModel
from diffusers.pipelines.stable_video_diffusion import StableVideoDiffusionPipeline
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from videoai.weights.svd_configs import SCHEDULER

UNET: dict[str, Any] = {
    "sample_size": 8,
    "in_channels": 8,
    "out_channels": 4,
    "block_out_channels": (32, 64, 64),
    "down_block_types": (
        "CrossAttnDownBlockSpatioTemporal",
        "CrossAttnDownBlockSpatioTemporal",
        "DownBlockSpatioTemporal",
    ),
    "up_block_types": (
        "UpBlockSpatioTemporal",
        "CrossAttnUpBlockSpatioTemporal",
        "CrossAttnUpBlockSpatioTemporal",
    ),
    "addition_time_embed_dim": 32,
    "projection_class_embeddings_input_dim": 96,
    "layers_per_block": 2,
    "cross_attention_dim": 32,
    "transformer_layers_per_block": 1,
    "num_attention_heads": (2, 4, 4),
    "num_frames": 14,
}

VAE: dict[str, Any] = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "block_out_channels": (32, 64, 64, 64),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "layers_per_block": 2,
    "sample_size": 64,
    "scaling_factor": 0.27,
    "force_upcast": True,
}

CLIP: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "projection_dim": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "image_size": 224,
    "patch_size": 32,
    "hidden_act": "gelu",
    "layer_norm_eps": 4e-5,
}


_QUIET = 3e-3
"""The size of a quarter of the channels that a GroupNorm sees: an eps of 1e-5 in place of 1e-6 halves the result."""
_HUSHED = 1e-2
"""The size of all that a LayerNorm sees."""
_FEWEST = 32
"""Convolutions to fewer channels end a network, and no norm follows them."""


def randomise(network: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Weights that keep activations near one, or small where a norm follows; see above."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape: torch.Size) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "mix_factor" in name:
                parameter.copy_(normal(parameter.shape) * 1.5)
            elif parameter.ndim > 1:
                parameter.copy_(normal(parameter.shape) * (0.8 / parameter[0].numel() ** 0.5))
            elif "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * normal(parameter.shape))
            else:
                parameter.copy_(0.2 * normal(parameter.shape))
            _make_small(name, parameter)
    return network.eval()


def _make_small(name: str, parameter: torch.nn.Parameter) -> None:
    """What goes into a LayerNorm, and the first quarter of the channels that go into a GroupNorm."""
    if any(part in name for part in _INTO_LAYER_NORMS):
        parameter *= _HUSHED
    elif "proj_out" in name:
        if name.endswith("weight"):
            parameter /= _HUSHED
        parameter[: len(parameter) // 4] *= _QUIET
    elif any(part in name for part in _INTO_GROUP_NORMS) and len(parameter) >= _FEWEST:
        parameter[: len(parameter) // 4] *= _QUIET


_INTO_GROUP_NORMS = ("conv", "time_emb_proj", "mid_block.attentions.0.to_out")
_INTO_LAYER_NORMS = (
    *("proj_in", "attn1.to_out", "attn2.to_out", ".net.2.", "time_pos_embed.linear_2"),
    *("vision_model.embeddings", "pre_layrnorm", "self_attn.out_proj", "mlp.fc2"),
)


def unet(seed: int = 1, **changes: Any) -> UNetSpatioTemporalConditionModel:
    return randomise(UNetSpatioTemporalConditionModel(**(UNET | changes)), seed)


def vae(seed: int = 2, **changes: Any) -> AutoencoderKLTemporalDecoder:
    return randomise(AutoencoderKLTemporalDecoder(**(VAE | changes)), seed)


def clip(seed: int = 3, **changes: Any) -> CLIPVisionModelWithProjection:
    return randomise(CLIPVisionModelWithProjection(CLIPVisionConfig(**(CLIP | changes))), seed)


def save(folder: Path, *, variant: str | None = None, quick: bool = False) -> Path:
    """Write the whole checkpoint below `folder`; with variant "fp16", in halves under that name.

    The quick one is as narrow and shallow as it can be: for tests of what is done with a model, and not of its numbers.
    """
    narrow = {
        "block_out_channels": (32, 32),
        "down_block_types": ("DownBlockSpatioTemporal", "CrossAttnDownBlockSpatioTemporal"),
        "up_block_types": ("CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal"),
        "num_attention_heads": 2,
        "layers_per_block": 1,
    }
    unet_model = unet(**narrow if quick else {})
    vae_model = vae(**{"block_out_channels": (32,) * 4, "layers_per_block": 1} if quick else {})
    clip_model = clip(num_hidden_layers=1) if quick else clip()
    if variant == "fp16":
        unet_model, vae_model, clip_model = unet_model.half(), vae_model.half(), clip_model.half()
    pipeline = StableVideoDiffusionPipeline(
        vae=vae_model,
        image_encoder=clip_model,
        unet=unet_model,
        scheduler=EulerDiscreteScheduler(**SCHEDULER),
        feature_extractor=CLIPImageProcessor(),
    )
    pipeline.save_pretrained(folder, variant=variant, safe_serialization=True)
    return folder


if __name__ == "__main__":
    save(Path(sys.argv[1]))
