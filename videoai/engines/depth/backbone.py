"""The backbone: DINOv2, a vision transformer that takes pictures of any shape (Oquab et al. 2023)."""

from __future__ import annotations

import torch
from torch import nn

from videoai.engines.depth.config import DepthConfig
from videoai.engines.svd import kernels
from videoai.engines.svd.attention import attend
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.kernels import Product
from videoai.engines.svd.layers import LayerNorm, Linear
from videoai.engines.svd.weights import Weights

_SCORES = ChunkSizes().scores


class Backbone:
    """A picture to the features of its patches after some of the layers."""

    def __init__(self, config: DepthConfig, weights: Weights) -> None:
        """`weights` are those below `backbone`."""
        self._config = config
        self._device, self._dtype = weights.device, weights.dtype
        width, patch = config.width, config.patch
        embeddings = weights.at("embeddings")
        self._class_token = embeddings.tensor("cls_token", 1, 1, width)
        self._positions = embeddings.tensor("position_embeddings", 1, config.grid**2 + 1, width, dtype=torch.float32)
        self._patches = embeddings.weight("patch_embeddings.projection.weight", width, 3, patch, patch)
        self._patches_bias = embeddings.tensor("patch_embeddings.projection.bias", width)
        embeddings.unused("mask_token", 1, width)  # of training
        self._layers = [_BackboneLayer(weights.at(f"encoder.layer.{i}"), config) for i in range(config.layers)]
        self._norm = LayerNorm(weights, "layernorm", width, config.eps)

    def __call__(self, pixels: torch.Tensor) -> list[torch.Tensor]:
        """(1, 3, height, width), multiples of the patch, to maps of (1, height/patch, width/patch, channels).

        One for each of the config's `features`, in that order.
        """
        patches, rows, columns = self._embedded(pixels)
        x = torch.cat((self._class_token, patches), 1) + self._position_embeddings(rows, columns)
        maps = []
        for done, layer in enumerate(self._layers, 1):
            x = layer(x)
            if done in self._config.features:
                maps.append(self._norm(x[:, 1:]).view(1, rows, columns, -1))
        return maps

    def _embedded(self, pixels: torch.Tensor) -> tuple[torch.Tensor, int, int]:
        """The patches as tokens, (1, rows·columns, width): patches don't overlap, so the convolution is a product."""
        side = self._config.patch
        rows, columns = pixels.shape[2] // side, pixels.shape[3] // side
        cut = pixels.to(self._device, self._dtype).view(3, rows, side, columns, side).permute(1, 3, 0, 2, 4)
        product = self._patches.laid_out(lambda weight, kept: Product(weight.flatten(1), kept))
        return product(cut.reshape(1, rows * columns, -1), self._patches_bias), rows, columns

    def _position_embeddings(self, rows: int, columns: int) -> torch.Tensor:
        """Those of this many patches, (1, 1 + rows·columns, width): of the class token, then bicubic between patches.

        In fp32 always, as they were trained: halves would move them.
        """
        grid, width = self._config.grid, self._config.width
        trained = self._positions[:, 1:].view(1, grid, grid, width).permute(0, 3, 1, 2)
        if not kernels.takes_any_order(trained.device):
            trained = trained.contiguous()
        between = nn.functional.interpolate(trained, (rows, columns), mode="bicubic", align_corners=False)
        tokens = between.flatten(2).transpose(1, 2)
        return torch.cat((self._positions[:, :1], tokens), 1).to(self._dtype)


class _BackboneLayer:
    """Attention and a two-layer perceptron, each after a norm, scaled by channel and added to its input."""

    def __init__(self, weights: Weights, config: DepthConfig) -> None:
        width = config.width
        self._heads = config.heads
        self._norm1 = LayerNorm(weights, "norm1", width, config.eps)
        self._norm2 = LayerNorm(weights, "norm2", width, config.eps)
        self._query, self._key, self._value = (
            Linear(weights, f"attention.attention.{which}", width, width) for which in ("query", "key", "value")
        )
        self._out = Linear(weights, "attention.output.dense", width, width)
        self._scale1 = weights.tensor("layer_scale1.lambda1", width)
        self._first = Linear(weights, "mlp.fc1", width, 4 * width)
        self._second = Linear(weights, "mlp.fc2", 4 * width, width)
        self._scale2 = weights.tensor("layer_scale2.lambda1", width)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(1, tokens, width) to the same."""
        normed = self._norm1(x)
        mixed = attend(self._query(normed), self._key(normed), self._value(normed), self._heads, _SCORES)
        x = torch.addcmul(x, self._out(mixed), self._scale1)
        hidden = self._first.weight.laid_out(Product).gelu(self._norm2(x), self._first.bias)
        return torch.addcmul(x, self._second(hidden), self._scale2)
