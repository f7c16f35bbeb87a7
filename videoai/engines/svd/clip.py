"""The image encoder: a CLIP vision transformer with projection, whose one token conditions the denoiser."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from videoai.engines.svd.attention import attend
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.kernels import Product
from videoai.engines.svd.layers import LayerNorm, Linear
from videoai.engines.svd.weights import Pack, Weights
from videoai.weights.config import CLIPVisionConfig
from videoai.weights.model_files import PartFiles
from videoai.weights.opening import open_part


class _Block:
    """Attention and a two-layer perceptron, each after a norm and added to its input."""

    def __init__(self, weights: Weights, config: CLIPVisionConfig) -> None:
        self.weights = weights
        width = config.width
        self.heads = config.heads
        self.gated = config.activation == "quick_gelu"
        self.norm1 = LayerNorm(weights, "layer_norm1", width, config.eps)
        self.norm2 = LayerNorm(weights, "layer_norm2", width, config.eps)
        self.query, self.key, self.value, self.out = (
            Linear(weights, f"self_attn.{name}_proj", width, width) for name in ("q", "k", "v", "out")
        )
        self.first = Linear(weights, "mlp.fc1", width, config.hidden)
        self.second = Linear(weights, "mlp.fc2", config.hidden, width)

    def run(self, x: torch.Tensor, chunks: ChunkSizes) -> torch.Tensor:
        """(1, tokens, width) to the same."""
        self.weights.enter()
        normed = self.norm1(x)
        mixed = attend(self.query(normed), self.key(normed), self.value(normed), self.heads, chunks.scores)
        x = x + self.out(mixed)
        hidden = self._hidden(self.norm2(x))
        return x + self.second(hidden)

    def _hidden(self, x: torch.Tensor) -> torch.Tensor:
        if not self.gated:
            return self.first.weight.laid_out(Product).gelu(x, self.first.bias)
        hidden = self.first(x)
        return hidden * torch.sigmoid(1.702 * hidden)


class CLIPVision:
    """The vision transformer with its projection."""

    def __init__(self, config: CLIPVisionConfig, weights: Weights, chunks: ChunkSizes | None = None) -> None:
        """Raises ModelDamaged if the weights are not those of `config`."""
        self.config = config
        self.chunks = chunks or ChunkSizes()
        self.device, self.dtype = weights.device, weights.dtype
        width, patches = config.width, (config.size // config.patch) ** 2
        vision = weights.at("vision_model")
        embeddings = vision.at("embeddings")
        self._class_embedding = embeddings.tensor("class_embedding", width)
        self._patch_embedding = embeddings.tensor(
            "patch_embedding.weight", width, config.channels, config.patch, config.patch
        )
        self._position_embedding = embeddings.tensor("position_embedding.weight", patches + 1, width)
        embeddings.ignored("position_ids")
        # The checkpoint's own spelling.
        self._norm_in = LayerNorm(vision, "pre_layrnorm", width, config.eps)
        self._blocks = [_Block(vision.at(f"encoder.layers.{i}", group=True), config) for i in range(config.layers)]
        self._norm_out = LayerNorm(vision, "post_layernorm", width, config.eps)
        self._projection = Linear(weights, "visual_projection", width, config.projection, bias=False)
        weights.finish()

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalised pixels, (1, channels, size, size), to the image's embedding, (1, projection)."""
        x = nn.functional.conv2d(pixels.to(self.device, self.dtype), self._patch_embedding, stride=self.config.patch)
        x = torch.cat((self._class_embedding[None, None], x.flatten(2).transpose(1, 2)), 1) + self._position_embedding
        x = self._norm_in(x)
        for block in self._blocks:
            x = block.run(x, self.chunks)
        return self._projection(self._norm_out(x[:, 0]))


def load(
    files: PartFiles | Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    storage_dtype: torch.dtype | None = None,
    pack: Pack | None = None,
    streamed: bool = False,
    chunks: ChunkSizes | None = None,
) -> CLIPVision:
    """The encoder in `files`, or in a checkpoint's `image_encoder` folder.

    `storage_dtype`, `pack` and `streamed`: see Weights. Raises ModelMissing or ModelDamaged.
    """
    config, source = open_part(files, CLIPVisionConfig)
    weights = Weights(source, device=device, dtype=dtype, storage_dtype=storage_dtype, pack=pack, streamed=streamed)
    return CLIPVision(config, weights, chunks)
