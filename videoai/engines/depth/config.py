"""The shape of the depth network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DepthConfig:
    """A DINOv2 backbone, and what makes depth of its features; the defaults are those of Depth Anything V2 Small.

    `features` counts the layers after which features are taken: one entry each for the maps of four times, twice, once
    and half the resolution of the patches, which have `map_channels`. `grid` is how many patches a side of the pictures
    had that the position embeddings were trained with.
    """

    width: int = 384
    layers: int = 12
    heads: int = 6
    patch: int = 14
    grid: int = 37
    eps: float = 1e-6
    features: tuple[int, int, int, int] = (3, 6, 9, 12)
    map_channels: tuple[int, int, int, int] = (48, 96, 192, 384)
    fusion_channels: int = 64
    head_channels: int = 32


SMALL = DepthConfig()
"""Depth Anything V2 Small, as its config.json on the hub has it."""
