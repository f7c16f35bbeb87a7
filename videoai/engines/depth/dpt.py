"""What makes depth of a backbone's features: maps of four resolutions, fused from the coarsest on.

This is DPT (Ranftl et al. 2021). Maps are (1, height, width, channels), as those of the other networks.
"""

from __future__ import annotations

import torch
from torch import nn

from videoai.engines.depth.config import DepthConfig
from videoai.engines.svd import kernels
from videoai.engines.svd.kernels import Product
from videoai.engines.svd.layers import Conv
from videoai.engines.svd.weights import Weights


class Neck:
    """The maps of the backbone to one, of eight times the resolution of the patches."""

    def __init__(self, config: DepthConfig, weights: Weights) -> None:
        """`weights` are those below `neck`."""
        channels = config.fusion_channels
        self._reassemble = [
            _Reassemble(weights.at(f"reassemble_stage.layers.{level}"), config, level) for level in range(_LEVELS)
        ]
        self._convs = [
            Conv(weights, f"convs.{level}", config.map_channels[level], channels, bias=False)
            for level in range(_LEVELS)
        ]
        self._fusions = [
            _Fusion(weights.at(f"fusion_stage.layers.{index}"), channels, first=index == 0) for index in range(_LEVELS)
        ]

    def __call__(self, features: list[torch.Tensor]) -> torch.Tensor:
        """Four of (1, h, w, width) to (1, 8h, 8w, fusion channels)."""
        maps = [
            conv(reassemble(of_level))
            for conv, reassemble, of_level in zip(self._convs, self._reassemble, features, strict=True)
        ]
        sizes = [(each.shape[1], each.shape[2]) for each in maps]
        sizes.insert(0, (2 * sizes[0][0], 2 * sizes[0][1]))
        fused: torch.Tensor | None = None
        for fusion in self._fusions:
            fused = fusion(maps.pop(), fused, sizes[len(maps)])
        if fused is None:
            raise RuntimeError("There are no maps to fuse.")
        return fused


class Head:
    """The fused map to depth, at the resolution of the picture."""

    def __init__(self, config: DepthConfig, weights: Weights) -> None:
        """`weights` are those below `head`."""
        channels = config.fusion_channels
        self._first = Conv(weights, "conv1", channels, channels // 2)
        self._second = Conv(weights, "conv2", channels // 2, config.head_channels)
        self._third = Conv(weights, "conv3", config.head_channels, 1, size=1, padding=0)

    def __call__(self, fused: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        """(1, 8h, 8w, fusion channels) to (height, width), the `size` of the picture: 0 for the furthest."""
        x = _enlarged(self._first(fused), size)
        return self._third(self._second(x).relu_()).relu_()[0, :, :, 0]


_LEVELS = 4
_FACTORS = (4, 2, 1)
"""By how much the first three maps are larger than the patches; the last is half as large."""


class _Reassemble:
    """Features to a map of its level's channels and resolution."""

    def __init__(self, weights: Weights, config: DepthConfig, level: int) -> None:
        channels = config.map_channels[level]
        self._projection = Conv(weights, "projection", config.width, channels, size=1, padding=0)
        self._resize: Conv | _Spread | None = None
        if level == len(_FACTORS):
            self._resize = Conv(weights, "resize", channels, channels, stride=2)
        elif _FACTORS[level] > 1:
            self._resize = _Spread(weights, "resize", channels, _FACTORS[level])

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(1, h, w, width) to (1, factor·h, factor·w, channels)."""
        projected = self._projection(x)
        return projected if self._resize is None else self._resize(projected)


class _Spread:
    """A transposed convolution whose kernel is as large as its stride: by a product, each pixel becomes a square."""

    def __init__(self, weights: Weights, name: str, channels: int, factor: int) -> None:
        self._weight = weights.weight(f"{name}.weight", channels, channels, factor, factor)
        self._bias = weights.tensor(f"{name}.bias", channels).repeat(factor * factor)
        self._factor = factor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(1, h, w, channels) to (1, factor·h, factor·w, channels)."""
        _, h, w, channels = x.shape
        factor = self._factor
        # From (in, out, down, across) to one row for each of the numbers that come of a pixel.
        product = self._weight.laid_out(
            lambda weight, kept: Product(weight.permute(2, 3, 1, 0).reshape(-1, channels), kept)
        )
        spread = product(x, self._bias).view(h, w, factor, factor, channels)
        return spread.permute(0, 2, 1, 3, 4).reshape(1, factor * h, factor * w, channels)


class _ResidualUnit:
    """Two 3×3 convolutions, each after an activation; and the input, added to them."""

    def __init__(self, weights: Weights, channels: int) -> None:
        self._first = Conv(weights, "convolution1", channels, channels)
        self._second = Conv(weights, "convolution2", channels, channels)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self._second(self._first(x.relu()).relu_()).add_(x)


class _Fusion:
    """A level's map and what has been fused so far, together, in the resolution of the next level."""

    def __init__(self, weights: Weights, channels: int, *, first: bool) -> None:
        """With the `first` nothing has been fused: the checkpoint's unit for the map beside it is never used."""
        self._projection = Conv(weights, "projection", channels, channels, size=1, padding=0)
        self._unit = _ResidualUnit(weights.at("residual_layer2"), channels)
        self._beside: _ResidualUnit | None = None
        if first:
            for convolution in ("convolution1", "convolution2"):
                weights.unused(f"residual_layer1.{convolution}.weight", channels, channels, 3, 3)
                weights.unused(f"residual_layer1.{convolution}.bias", channels)
        else:
            self._beside = _ResidualUnit(weights.at("residual_layer1"), channels)

    def __call__(self, level: torch.Tensor, fused: torch.Tensor | None, size: tuple[int, int]) -> torch.Tensor:
        """Both (1, h, w, channels), to (1, *size, channels)."""
        if self._beside is not None and fused is not None:
            level = self._beside(level).add_(fused)
        # Projected before it is enlarged, not after: the two can change places, and there is a quarter as much to do.
        return _enlarged(self._projection(self._unit(level)), size)


def _enlarged(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bilinear, corner on corner: (1, h, w, channels) to (1, *size, channels)."""
    pixels = x.permute(0, 3, 1, 2)
    if not kernels.takes_any_order(x.device):
        pixels = pixels.contiguous()
    return nn.functional.interpolate(pixels, size, mode="bilinear", align_corners=True).permute(0, 2, 3, 1).contiguous()
