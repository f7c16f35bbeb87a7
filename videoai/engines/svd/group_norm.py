"""GroupNorm followed by SiLU, with statistics in fp32 that may be gathered over several chunks.

The statistics are those of each channel about a shift near its mean, so that no digits cancel, and are pooled
over a group's channels at the end; normalising is then one multiplication and one addition a channel.
"""

from __future__ import annotations

import torch
from torch import nn

from videoai.engines.svd.chunking import at_a_time
from videoai.engines.svd.weights import Weights
from videoai.weights.config import GROUPS


class GroupNorm:
    """The affine parameters of one norm; `moments` in, scale and offset of each channel out."""

    def __init__(self, weights: Weights, name: str, channels: int, eps: float) -> None:
        self.scale = weights.tensor(f"{name}.weight", channels, dtype=torch.float32)
        self.offset = weights.tensor(f"{name}.bias", channels, dtype=torch.float32)
        self.eps = eps

    def affine(self, moments: Moments, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        """Scale and offset, (n, 1, channels), that normalise what the moments were taken of."""
        mean, variance = moments.mean_and_variance()
        mean, variance = (torch.unflatten(x, -1, (GROUPS, -1)) for x in (mean, variance))
        centre = mean.mean(-1, keepdim=True)
        spread = (variance + (mean - centre).square()).mean(-1, keepdim=True)
        scale = torch.rsqrt(spread + self.eps).expand_as(mean).flatten(-2) * self.scale
        offset = self.offset - centre.expand_as(mean).flatten(-2) * scale
        return scale[:, None].to(dtype), offset[:, None].to(dtype)

    def per_frame(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scale and offset, (frames, 1, channels), that normalise each frame of (frames, positions, channels)."""
        moments = Moments(pooled=False)
        moments.add(x)
        return self.affine(moments, x.dtype)


class Moments:
    """Sum and sum of squares of each channel, about a shift."""

    def __init__(self, *, pooled: bool) -> None:
        """`pooled`: over all frames together; otherwise each frame has its own."""
        self._pooled = pooled
        self._count = 0
        self._shift: torch.Tensor | None = None
        self._sum: torch.Tensor | float = 0.0
        self._squares: torch.Tensor | float = 0.0

    def add(self, x: torch.Tensor) -> None:
        """Take in more of the same frames, (frames, positions, channels); of any frames, if pooled."""
        over = (0, 1) if self._pooled else (1,)
        if self._shift is None:
            start = x[:1, :1] if self._pooled else x[:, :1]
            self._shift = start.float().clone()
        most = max(1, _AT_ONCE // (x.shape[0] * x.shape[2]))
        for part in torch.split(x, at_a_time(x.shape[1], most, x.device), 1):
            off = part.float() - self._shift
            self._sum = self._sum + off.sum(over)
            self._squares = self._squares + off.square_().sum(over)
        self._count += x.shape[1] * (x.shape[0] if self._pooled else 1)

    def mean_and_variance(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Of each channel: (1, channels) if pooled, else (frames, channels)."""
        if self._shift is None:
            raise RuntimeError("Moments of nothing.")
        off = torch.as_tensor(self._sum) / self._count
        variance = torch.as_tensor(self._squares) / self._count - off.square()
        mean = self._shift[:, 0] + off
        return mean, variance.expand_as(mean)


_AT_ONCE = 2**21
"""Numbers that are shifted and squared at a time: few enough to stay in the cache."""


def normalise_silu(
    x: torch.Tensor, scale: torch.Tensor, offset: torch.Tensor, out: torch.Tensor | None = None
) -> torch.Tensor:
    """silu(x·scale + offset), fresh or into `out`, which may be x itself."""
    return nn.functional.silu(torch.addcmul(offset, x, scale, out=out), inplace=True)
