"""The ways of packing weights that ours was chosen among, as what they make of a weight.

Each is a function of a float32 tensor that returns it packed and unpacked again, and the bits it takes for
a weight with everything counted. They are written for comparison, not for speed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from videoai.weights.quantise import quantise

RoundTrip = Callable[[Tensor], Tensor]

NORMAL_FLOAT = (
    -1.0, -0.6961928, -0.5250731, -0.3949175, -0.2844414, -0.1847734, -0.0910500, 0.0,
    0.0795803, 0.1609302, 0.2461123, 0.3379152, 0.4407098, 0.5626170, 0.7229568, 1.0,
)  # fmt: skip
"""NF4's levels, quantiles of the normal distribution (Dettmers et al., arXiv 2305.14314)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A name, the bits a weight takes with all included, and the round trip."""

    name: str
    bits: float
    round_trip: RoundTrip


def ours(bits: int) -> Scheme:
    """The scheme that is used: an int8 scale for 16 weights, and a float32 for 512."""
    total = bits + 8 / 16 + 32 / 512
    return Scheme(f"**ours, {bits} bits**", total, lambda weight: quantise(weight, bits).dequantise())


def symmetric(bits: int, group: int, name: str = "", searched: bool = False) -> Scheme:
    """Evenly spaced levels about zero, an fp16 step a group from its largest weight.

    `searched` tries steps from 0.7 to 1.1 of that and keeps the one with the least squared error.
    """
    top = 2 ** (bits - 1) - 1

    def rounded(groups: Tensor, factor: float) -> Tensor:
        step = (groups.abs().amax(1, keepdim=True) * (factor / top)).half().float().clamp_min(1e-12)
        back: Tensor = (groups / step).round().clamp(-top - 1, top) * step
        return back

    def round_trip(weight: Tensor) -> Tensor:
        groups = weight.reshape(-1, group)
        factors = [0.7 + 0.05 * i for i in range(9)] if searched else [1.0]
        return _best(groups, [rounded(groups, factor) for factor in factors]).view_as(weight)

    label = name or f"even levels, {bits} bits, groups of {group}" + (", step searched" if searched else "")
    return Scheme(label, bits + 16 / group, round_trip)


def gguf_q4_0() -> Scheme:
    """GGUF's Q4_0: the largest weight of 32, with its sign, is the level −8."""

    def round_trip(weight: Tensor) -> Tensor:
        groups = weight.reshape(-1, 32)
        step = (_peaks(groups) / -8).half().float()
        step = torch.where(step == 0, 1e-12, step)
        back: Tensor = (groups / step).round().clamp(-8, 7) * step
        return back.view_as(weight)

    return Scheme("GGUF Q4_0", 4.5, round_trip)


def asymmetric(bits: int, group: int, name: str = "") -> Scheme:
    """Evenly spaced levels from the least to the largest weight of a group; an fp16 step and an fp16 offset."""
    top = 2**bits - 1

    def round_trip(weight: Tensor) -> Tensor:
        groups = weight.reshape(-1, group)
        low = groups.amin(1, keepdim=True).half().float()
        step = ((groups.amax(1, keepdim=True) - low) / top).half().float().clamp_min(1e-12)
        back: Tensor = ((groups - low) / step).round().clamp(0, top) * step + low
        return back.view_as(weight)

    return Scheme(name or f"even levels and offset, {bits} bits, groups of {group}", bits + 32 / group, round_trip)


def normal_float(group: int) -> Scheme:
    """NF4: fixed levels, an fp16 scale a group from its largest weight."""
    levels = torch.tensor(NORMAL_FLOAT)

    def round_trip(weight: Tensor) -> Tensor:
        groups = weight.reshape(-1, group)
        scale = groups.abs().amax(1, keepdim=True).half().float().clamp_min(1e-12)
        return (_to_nearest(groups / scale, levels) * scale).view_as(weight)

    return Scheme(f"NF4, groups of {group}", 4 + 16 / group, round_trip)


def palette(bits: int, per_row: bool) -> Scheme:
    """k-means: levels fitted to a tensor, or to each row of it, and kept as fp16. No scales."""

    def round_trip(weight: Tensor) -> Tensor:
        rows = weight.reshape(weight.shape[0] if per_row else 1, -1)
        return torch.stack([_to_nearest(row, _fit(row, 2**bits)) for row in rows]).view_as(weight)

    # Counted for rows of 1280, as in the table.
    bits_a_weight = bits + (2**bits * 16 / 1280 if per_row else 0.0)
    return Scheme(f"palette a {'row' if per_row else 'tensor'}, {bits} bits", bits_a_weight, round_trip)


def _fit(values: Tensor, count: int) -> Tensor:
    """Lloyd's iteration on at most 2¹⁷ of the values.

    It begins as dense as the cube root of the values' density, which is where it would end for many levels
    (Panter & Dite); from quantiles it would take hundreds of rounds.
    """
    sample = values[:: max(1, values.numel() >> 17)].contiguous()
    low, high = float(sample.min()), float(sample.max())
    bins = 4096
    density = torch.histc(sample, bins, low, high)
    mass = F.avg_pool1d(density[None], 65, 1, 32)[0].pow(1 / 3).cumsum(0)
    places = torch.searchsorted(mass, (torch.arange(count) + 0.5) / count * mass[-1])
    levels = low + (high - low) * (places + 0.5) / bins
    for _ in range(15):
        nearest = torch.bucketize(sample, (levels[1:] + levels[:-1]) / 2)
        sums = torch.zeros(count).index_add_(0, nearest, sample)
        counts = torch.bincount(nearest, minlength=count)
        levels = torch.where(counts > 0, sums / counts.clamp_min(1), levels).sort().values
    return levels.half().float()


def _to_nearest(values: Tensor, levels: Tensor) -> Tensor:
    return levels[torch.bucketize(values, (levels[1:] + levels[:-1]) / 2)]


def _best(groups: Tensor, candidates: list[Tensor]) -> Tensor:
    """For each group the candidate with the least squared error."""
    best = candidates[0]
    for candidate in candidates[1:]:
        better = (groups - candidate).square().sum(1) < (groups - best).square().sum(1)
        best = torch.where(better.unsqueeze(1), candidate, best)
    return best


def _peaks(groups: Tensor) -> Tensor:
    """The weight of largest magnitude in each group, with its sign; (groups, 1)."""
    return groups.gather(1, groups.abs().argmax(1, keepdim=True))
