"""Depth Anything as transformers has it, with random weights, and its file as the hub has it."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from videoai.engines.depth.config import DepthConfig

TINY = DepthConfig(
    width=32,
    layers=5,
    heads=2,
    grid=6,
    features=(1, 2, 4, 5),
    map_channels=(12, 16, 24, 40),
    fusion_channels=32,
    head_channels=16,
)


def reference(config: DepthConfig, seed: int = 5) -> DepthAnythingForDepthEstimation:
    """No parameter is left at a value that would hide a mistake, and the last ReLU cuts few pixels."""
    backbone = Dinov2Config(  # type: ignore[call-arg]  # out_indices is a property
        hidden_size=config.width,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        patch_size=config.patch,
        image_size=config.grid * config.patch,
        layer_norm_eps=config.eps,
        out_indices=list(config.features),
        reshape_hidden_states=False,
    )
    network = DepthAnythingForDepthEstimation(
        DepthAnythingConfig(
            backbone_config=backbone,
            patch_size=config.patch,
            reassemble_hidden_size=config.width,
            neck_hidden_sizes=list(config.map_channels),
            fusion_hidden_size=config.fusion_channels,
            head_hidden_size=config.head_channels,
        )
    )
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if name.endswith("lambda1") or ("norm" in name and name.endswith("weight")):
            values = 1 + 0.3 * values
        elif parameter.ndim > 1 and "embeddings" not in name:
            values *= parameter[0].numel() ** -0.5
        else:
            values *= 0.2
        parameter.data = values
    bias = network.head.conv3.bias
    assert bias is not None
    bias.data += 0.5
    network.eval().requires_grad_(False)
    return network


def save(folder: Path, config: DepthConfig = TINY) -> Path:
    """The file of weights."""
    reference(config).save_pretrained(folder)
    return folder / "model.safetensors"
