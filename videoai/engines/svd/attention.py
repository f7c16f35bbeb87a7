"""Softmax attention over tokens, in chunks that bound the scores held at once."""

from __future__ import annotations

import torch
from torch import nn

from videoai.engines.svd import kernels
from videoai.engines.svd.chunking import at_a_time
from videoai.engines.svd.kernels import Product
from videoai.engines.svd.weights import Weights


class AttentionProjections:
    """The three products that make queries, keys and values of tokens, and the one that ends the attention."""

    def __init__(self, below: Weights, channels: int, *, bias: bool = False) -> None:
        self.weights = [below.weight(f"to_{which}.weight", channels, channels) for which in "qkv"]
        self.biases = [below.tensor(f"to_{which}.bias", channels) if bias else None for which in "qkv"]
        self.out_weight = below.weight("to_out.0.weight", channels, channels)
        self.out_bias = below.tensor("to_out.0.bias", channels)

    def qkv(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Queries, keys and values of (…, channels), each contiguous and of that shape."""
        q, k, v = (w.laid_out(Product)(x, b) for w, b in zip(self.weights, self.biases, strict=True))
        return q, k, v

    def add_output(self, x: torch.Tensor, mixed: torch.Tensor, constant: torch.Tensor | None = None) -> torch.Tensor:
        """x and the last product, of what was attended to, with `constant`, (channels,), if given."""
        bias = self.out_bias if constant is None else self.out_bias + constant
        return self.out_weight.laid_out(Product).plus(mixed, bias, x)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, scores: int) -> torch.Tensor:
    """Attention within each of a batch of sequences: (batch, tokens, channels), contiguous, to the same shape.

    At most about `scores` attention scores are held at once, but never fewer than those of one query.
    """
    batch, tokens, _ = q.shape
    if kernels.uses_onednn(q) and q.dtype == torch.float32 and tokens >= _LONG:
        return _attend_by_matmul(q, k, v, heads, scores)
    together = at_a_time(batch, max(1, scores // (heads * tokens * tokens)), q.device)
    queries = at_a_time(tokens, max(1, scores // (heads * tokens)), q.device)
    if together >= batch and queries >= tokens:
        y = nn.functional.scaled_dot_product_attention(_by_head(q, heads), _by_head(k, heads), _by_head(v, heads))
        return y.transpose(1, 2).flatten(2)
    out = torch.empty_like(q)
    for at in range(0, batch, together):
        some = slice(at, at + together)
        keys, values = _by_head(k[some], heads), _by_head(v[some], heads)
        for start in range(0, tokens, queries):
            part = slice(start, start + queries)
            y = nn.functional.scaled_dot_product_attention(_by_head(q[some, part], heads), keys, values)
            torch.unflatten(out[some, part], -1, (heads, -1)).copy_(y.transpose(1, 2))
    return out


_LONG = 192
"""From this many tokens on, two large products beat torch's CPU attention."""


def _by_head(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(batch, tokens, channels) to (batch, heads, tokens, width)."""
    return _suited(torch.unflatten(x, -1, (heads, -1)).transpose(1, 2))


def _attend_by_matmul(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, scores: int) -> torch.Tensor:
    batch, tokens, channels = q.shape
    width = channels // heads
    queries = at_a_time(tokens, max(1, min(scores, _CACHED) // tokens), q.device)
    out = torch.empty_like(q)
    for at in range(batch):
        for head in range(heads):
            columns = slice(head * width, (head + 1) * width)
            keys = k[at, :, columns] * width**-0.5
            values = v[at, :, columns].t().contiguous()
            for start in range(0, tokens, queries):
                some = slice(start, start + queries)
                probabilities = Product(keys)(q[at, some, columns].contiguous())
                torch.softmax(probabilities, -1, out=probabilities)
                out[at, some, columns] = Product(values)(probabilities)
    return out


_CACHED = 2**21
"""So many scores stay in the cache between the two products."""


def attend_over_frames(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int) -> torch.Tensor:
    """Attention over the frames at each position: (frames, positions, channels), contiguous, to the same shape."""
    frames, positions, channels = q.shape
    y = nn.functional.scaled_dot_product_attention(
        _by_position(q, heads), _by_position(k, heads), _by_position(v, heads)
    )
    return y.permute(2, 0, 1, 3).reshape(frames, positions, channels)


def _by_position(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(frames, positions, channels) to (positions, heads, frames, width)."""
    return _suited(torch.unflatten(x, -1, (heads, -1)).permute(1, 2, 0, 3))


def _suited(x: torch.Tensor) -> torch.Tensor:
    """As it is, as kernels take any order; but contiguous for MPS, which is wrong for some that are not."""
    return x if kernels.takes_any_order(x.device) else x.contiguous()
