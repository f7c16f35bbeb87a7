"""GroupNorm followed by SiLU, with statistics in fp32 that may be gathered over several chunks.

Mean and variance are those of each channel in each part, taken one after the other so that no digits cancel, and are
joined at the end (Chan et al. 1979); normalising is then one multiplication and one addition a channel.
"""

from __future__ import annotations

import torch
from torch import nn

from videoai.engines.svd import kernels
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
        # An infinite spread would make zeros of everything: it is to be seen instead.
        centre = centre + 0 * spread
        offset = self.offset - centre.expand_as(mean).flatten(-2) * scale
        return scale[:, None].to(dtype), offset[:, None].to(dtype)

    def per_frame(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scale and offset, (frames, 1, channels), that normalise each frame of (frames, positions, channels)."""
        moments = Moments(pooled=False)
        moments.add(x)
        return self.affine(moments, x.dtype)


class Moments:
    """Mean and variance of each channel."""

    def __init__(self, *, pooled: bool) -> None:
        """`pooled`: over all frames together; otherwise each frame has its own."""
        self._pooled = pooled
        self._counts: list[int] = []
        self._means: list[torch.Tensor] = []
        self._variances: list[torch.Tensor] = []

    def add(self, x: torch.Tensor) -> None:
        """Take in more of the same frames, (frames, positions, channels); of any frames, if pooled."""
        if x.device.type == "cuda":
            self._add_whole(x)
            return
        most = max(1, _AT_ONCE // x.shape[2])
        for part in torch.split(x, at_a_time(x.shape[1], most, x.device), 1):
            mean, variance = _mean_and_variance(part)
            rows = mean.split(1) if self._pooled else (mean,)
            self._means += rows
            self._variances += variance.split(1) if self._pooled else (variance,)
            self._counts += [part.shape[1]] * len(rows)

    def _add_whole(self, x: torch.Tensor) -> None:
        """As `add`, for a card: what is gathered there in one launch is exact, and each launch takes time."""
        if self._pooled or len(x) == 1:
            mean, variance = (each[None] for each in _gathered(x.flatten(0, 1)))
        else:
            variance, mean = torch.var_mean(x.float(), 1, correction=0)
        self._means.append(mean)
        self._variances.append(variance)
        self._counts.append(x.shape[:2].numel() if self._pooled else x.shape[1])

    def mean_and_variance(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Of each channel: (1, channels) if pooled, else (frames, channels)."""
        if not self._means:
            raise RuntimeError("Moments of nothing.")
        if len(self._means) == 1:
            return self._means[0], self._variances[0]
        means, variances = torch.stack(self._means), torch.stack(self._variances)
        share = torch.tensor(self._counts, dtype=torch.float32, device=means.device)[:, None, None] / sum(self._counts)
        mean = (share * means).sum(0)
        return mean, (share * (variances + (means - mean).square())).sum(0)


_AT_ONCE = 2**18
"""Numbers of a frame that are looked at together: few enough to stay in the cache, and to lose no digits."""


def _mean_and_variance(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of (frames, positions, channels), over the positions: (frames, channels) each, fp32."""
    if x.device.type != "cpu":
        variance, mean = torch.var_mean(x.float(), 1, correction=0)
        return mean, variance
    mean, variance = (torch.stack(each) for each in zip(*map(_gathered, x), strict=True))
    return mean, variance


def _gathered(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance of (positions, channels): what batch normalisation gathers for training, six times as fast on
    the CPU, and up to three times on a card, as torch's own var_mean over rows."""
    # What it would keep between the steps of a training; its type is that of the results.
    kept = torch.zeros(x.shape[1], dtype=torch.promote_types(x.dtype, torch.float32), device=x.device)
    mean, variance = torch.ops.aten.batch_norm_update_stats(x.t()[None, :, :, None], kept, kept.clone(), 0.0)
    return mean, variance


def normalise_silu(
    x: torch.Tensor, scale: torch.Tensor, offset: torch.Tensor, out: torch.Tensor | None = None
) -> torch.Tensor:
    """silu(x·scale + offset), fresh or perhaps in `out`, which may be x itself."""
    if kernels.fuses_silu(x, scale):
        return kernels.scaled_silu(x, scale, offset)
    return nn.functional.silu(torch.addcmul(offset, x, scale, out=out), inplace=True)
