"""The transformer of a UNet block: attention within each frame, then over the frames at each position."""

from __future__ import annotations

import torch
from torch import nn

from videoai.engines.svd.attention import AttentionProjections, attend, attend_over_frames
from videoai.engines.svd.chunking import ChunkSizes, at_a_time
from videoai.engines.svd.group_norm import GroupNorm
from videoai.engines.svd.kernels import Product
from videoai.engines.svd.layers import FeedForward, LayerNorm, Linear, sinusoidal_embedding
from videoai.engines.svd.resblocks import temporal_mix_factor
from videoai.engines.svd.weights import Weights


class _CrossAttention:
    """Cross-attention to one token.

    The softmax over a single key is 1, so every query gets the same vector, to_out(to_v(token)): what would have
    made the queries and keys is only checked to be there.
    """

    def __init__(self, weights: Weights, channels: int, cross_attention_dim: int) -> None:
        weights.unused("norm2.weight", channels)
        weights.unused("norm2.bias", channels)
        weights.unused("attn2.to_q.weight", channels, channels)
        weights.unused("attn2.to_k.weight", channels, cross_attention_dim)
        self.value = weights.folded("attn2.to_v.weight", channels, cross_attention_dim)
        self.out = weights.folded("attn2.to_out.0.weight", channels, channels)
        self.bias = weights.tensor("attn2.to_out.0.bias", channels)

    def constant(self, token: torch.Tensor) -> torch.Tensor:
        """(1, cross_attention_dim) to (channels,)."""
        return self.out.laid_out(Product)(self.value.laid_out(Product)(token), self.bias)[0]


class _SpatialBlock:
    """Attention, the constant of cross-attention and feed-forward, within a frame."""

    def __init__(self, weights: Weights, channels: int, heads: int, cross_attention_dim: int) -> None:
        self.heads = heads
        self.norm1 = LayerNorm(weights, "norm1", channels)
        self.attention = AttentionProjections(weights.at("attn1"), channels)
        self.cross = _CrossAttention(weights, channels, cross_attention_dim)
        self.norm3 = LayerNorm(weights, "norm3", channels)
        self.feed_forward = FeedForward(weights, "ff", channels)

    def run(self, x: torch.Tensor, constant: torch.Tensor, chunks: ChunkSizes) -> torch.Tensor:
        """(frames, positions, channels), contiguous, to the same; x may be written over."""
        mixed = attend(*self.attention.qkv(self.norm1(x)), self.heads, chunks.scores)
        x = self.attention.add_output(x, mixed, constant)
        self.feed_forward.add_to(x, self.norm3, chunks.rows)
        return x


class _TemporalBlock:
    """Feed-forward, attention over frames, the constant of cross-attention and feed-forward, at each position."""

    def __init__(self, weights: Weights, channels: int, heads: int, cross_attention_dim: int) -> None:
        self.heads = heads
        self.norm_in = LayerNorm(weights, "norm_in", channels)
        self.feed_forward_in = FeedForward(weights, "ff_in", channels)
        self.norm1 = LayerNorm(weights, "norm1", channels)
        self.attention = AttentionProjections(weights.at("attn1"), channels)
        self.cross = _CrossAttention(weights, channels, cross_attention_dim)
        self.norm3 = LayerNorm(weights, "norm3", channels)
        self.feed_forward = FeedForward(weights, "ff", channels)

    def run(self, x: torch.Tensor, constant: torch.Tensor, chunks: ChunkSizes) -> torch.Tensor:
        """(frames, positions, channels), contiguous, to the same; x may be written over."""
        self.feed_forward_in.add_to(x, self.norm_in, chunks.rows)
        mixed = attend_over_frames(*self.attention.qkv(self.norm1(x)), self.heads)
        x = self.attention.add_output(x, mixed, constant)
        self.feed_forward.add_to(x, self.norm3, chunks.rows)
        return x


class SpatioTemporalTransformer:
    """Norm and projection in, pairs of a spatial and a temporal block, projection out, added to the input."""

    def __init__(self, weights: Weights, channels: int, heads: int, layers: int, cross_attention_dim: int) -> None:
        self.weights = weights
        self.channels = channels
        self.norm = GroupNorm(weights, "norm", channels, 1e-6)
        self.proj_in = Linear(weights, "proj_in", channels, channels)
        self.spatial = [
            _SpatialBlock(weights.at(f"transformer_blocks.{i}"), channels, heads, cross_attention_dim)
            for i in range(layers)
        ]
        self.temporal = [
            _TemporalBlock(weights.at(f"temporal_transformer_blocks.{i}"), channels, heads, cross_attention_dim)
            for i in range(layers)
        ]
        self.time_pos_embed1 = weights.folded("time_pos_embed.linear_1.weight", 4 * channels, channels)
        self.time_pos_embed1_bias = weights.tensor("time_pos_embed.linear_1.bias", 4 * channels)
        self.time_pos_embed2 = weights.folded("time_pos_embed.linear_2.weight", channels, 4 * channels)
        self.time_pos_embed2_bias = weights.tensor("time_pos_embed.linear_2.bias", channels)
        self.mix_factor = temporal_mix_factor(weights)
        self.proj_out = Linear(weights, "proj_out", channels, channels)

    def constants(self, token: torch.Tensor) -> list[torch.Tensor]:
        """What the cross-attentions to an image embedding, (1, width), add: the spatial ones, then the temporal."""
        crosses = [block.cross for block in self.spatial] + [block.cross for block in self.temporal]
        return [cross.constant(token) for cross in crosses]

    def frame_embeddings(self, frames: int) -> torch.Tensor:
        """What tells the temporal blocks a frame's place in the clip: (frames, channels)."""
        waves = sinusoidal_embedding(torch.arange(frames, device=self.weights.device), self.channels).to(
            self.weights.dtype
        )
        hidden = self.time_pos_embed1.laid_out(Product)(waves, self.time_pos_embed1_bias)
        return self.time_pos_embed2.laid_out(Product)(nn.functional.silu(hidden), self.time_pos_embed2_bias)

    def add_to(
        self, x: torch.Tensor, constants: list[torch.Tensor], frame_embeddings: torch.Tensor, chunks: ChunkSizes
    ) -> None:
        """x += transformer of x, (frames, positions, channels), in place."""
        step = at_a_time(x.shape[0], chunks.frames(x.shape[1]), x.device)
        hidden = torch.empty_like(x)
        for index, block in enumerate(self.spatial):
            for frames, part in zip(torch.split(x, step), torch.split(hidden, step), strict=True):
                part.copy_(block.run(self._enter(frames) if index == 0 else part, constants[index], chunks))
            self._over_frames(hidden, index, constants[len(self.spatial) + index], frame_embeddings, chunks)
        for frames, part in zip(torch.split(x, step), torch.split(hidden, step), strict=True):
            self.proj_out.add_to(frames, part)

    def _enter(self, x: torch.Tensor) -> torch.Tensor:
        scale, offset = self.norm.per_frame(x)
        return self.proj_in(torch.addcmul(offset, x, scale))

    def _over_frames(
        self,
        hidden: torch.Tensor,
        index: int,
        constant: torch.Tensor,
        frame_embeddings: torch.Tensor,
        chunks: ChunkSizes,
    ) -> None:
        step = at_a_time(hidden.shape[1], chunks.positions(hidden.shape[0]), hidden.device)
        for part in torch.split(hidden, step, 1):
            mixed = part + frame_embeddings[:, None]
            part.lerp_(self.temporal[index].run(mixed, constant, chunks), self.mix_factor)
