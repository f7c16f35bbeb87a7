"""How a run will be computed on this machine: decided, with what it will need and take, before it begins.

A plan changes how a video is computed, never what was asked for. Within the precisions that the user allowed, the
most exact weights that fit are taken; with those, per stage, what is fastest: weights in memory rather than streamed,
large chunks rather than small ones, frames in memory rather than in files. If nothing fits, nearest.py names
settings that would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from videoai.engines.svd.chunks import VAE_CHUNKS, Chunks
from videoai.engines.svd.cost.arithmetic import StageWork, passes, work
from videoai.engines.svd.cost.peaks import needs
from videoai.engines.svd.cost.weights import WeightSizes
from videoai.engines.svd.plan import Plan
from videoai.memory.rates import Rates
from videoai.settings import GenerationSettings

BITS = (16, 8, 4)

_UNET_CHUNKS = (Chunks(), Chunks(4096, 1024, 2**23), Chunks(2048, 512, 2**22))
_VAE_CHUNKS = (VAE_CHUNKS, *(replace(VAE_CHUNKS, tokens=VAE_CHUNKS.tokens // n) for n in (2, 4)))
"""From the fastest on. Larger ones than the defaults are no faster (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How a model is here, or can be had.

    `bits` are the precisions that there are or that can be made. `plain`: at 16 bits it is files of the diffusers
    layout, which can be streamed. `file_bytes`, of one number of the UNet's file: 2, or 4 for AnimateLCM's.
    `others` are the bits of the other networks, where the UNet alone is packed as it is loaded.
    """

    bits: Sequence[int] = BITS
    plain: bool = True
    file_bytes: int = 2
    others: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What computes: a processor's name, the bytes of the numbers it computes in, and what is known of its speed."""

    device: str = "cpu"
    dtype_bytes: int = 4
    rates: Rates | None = None


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """What a stage will need at its peak, and take."""

    name: str
    peak_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it will come to. If it does not `fit`, it is the one that comes nearest to it."""

    plan: Plan
    bits: int
    stages: tuple[StageEstimate, ...]
    peak_bytes: int
    seconds: float
    fits: bool
    budget_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; docs: the shape of “videoai estimate --json”, but for the nearest settings."""
        return {
            "fits": self.fits,
            "budget_bytes": self.budget_bytes,
            "peak_bytes": self.peak_bytes,
            "seconds": round(self.seconds, 1),
            "stages": [asdict(stage) | {"seconds": round(stage.seconds, 1)} for stage in self.stages],
            "bits": self.bits,
            "plan": self.plan.to_dict(),
        }


def make_plan(
    settings: GenerationSettings,
    machine_budget: int,
    *,
    weights: Weights | None = None,
    target: Target | None = None,
) -> Planned:
    """The best plan for these settings within `machine_budget` bytes; if none fits, the smallest, saying so.

    The first time on a machine, its speed is measured for two seconds, unless `target` brings its rates.
    """
    weights, target = weights or Weights(), target or Target()
    chosen = best(settings, machine_budget, weights, target)
    if chosen is None:
        chosen = min(plans(settings, weights), key=lambda plan: peak(plan, settings, weights, target))
    return _estimated(chosen, settings, machine_budget, weights, target)


def best(settings: GenerationSettings, budget: int, weights: Weights, target: Target) -> Plan | None:
    """The best plan that fits, or None."""
    found = (_with_bits(settings, budget, bits, weights, target) for bits in _allowed(settings, weights))
    return next((plan for plan in found if plan is not None), None)


def _allowed(settings: GenerationSettings, weights: Weights) -> list[int]:
    """The precisions the user allows, the most exact first. A fixed one that is not there can be made or fetched."""
    if settings.precision != "auto":
        return [int(settings.precision)]
    return sorted(weights.bits, reverse=True)


def _with_bits(settings: GenerationSettings, budget: int, bits: int, weights: Weights, target: Target) -> Plan | None:
    """The fastest plan at one precision that fits, each stage for itself: they are never in memory together."""

    def fits(plan: Plan, stage: str) -> bool:
        return stage_peaks(plan, settings, weights, target)[stage] <= budget

    if not fits(Plan(bits), "look"):
        return None
    unet = next((p for p in _unet_plans(bits, weights) if fits(p, "denoise")), None)
    vae = next((p for p in _vae_plans(bits) if fits(p, "decode")), None)
    return None if unet is None or vae is None else replace(unet, spill=vae.spill, vae=vae.vae)


def _unet_plans(bits: int, weights: Weights) -> Iterator[Plan]:
    """From the fastest to the smallest."""
    for streamed in (False, True) if bits == 16 and weights.plain else (False,):
        yield from (Plan(bits, streamed=streamed, unet=chunks) for chunks in _UNET_CHUNKS)


def _vae_plans(bits: int) -> Iterator[Plan]:
    for spill in (False, True):
        yield from (Plan(bits, spill=spill, vae=chunks) for chunks in _VAE_CHUNKS)


def plans(settings: GenerationSettings, weights: Weights) -> Iterator[Plan]:
    """All plans within what the user allowed, the best first."""
    for bits in _allowed(settings, weights):
        for unet in _unet_plans(bits, weights):
            for vae in _vae_plans(bits):
                yield replace(unet, spill=vae.spill, vae=vae.vae)


def smaller(
    plan: Plan,
    settings: GenerationSettings,
    *,
    stage: str | None = None,
    weights: Weights | None = None,
    target: Target | None = None,
) -> Plan | None:
    """The best plan that needs clearly less than `plan`, after a run died of it; None if there is none.

    With the `stage` in which it died, only that stage has to need less. Precision and chunks stay while they can: a
    run that goes on from its last step then goes on to the same video, byte for byte.
    """
    weights, target = weights or Weights(), target or Target()
    bits = plan.bits or 16

    def needed(candidate: Plan) -> int:
        return peak(candidate, settings, weights, target, stage)

    limit = _CLEARLY_LESS * needed(plan)
    others = [candidate for candidate in plans(settings, weights) if (candidate.bits or 16) <= bits]
    others.sort(key=lambda candidate: (candidate.bits, candidate.unet, candidate.vae) != (bits, plan.unet, plan.vae))
    return next((candidate for candidate in others if needed(candidate) <= limit), None)


_CLEARLY_LESS = 0.95


def stage_peaks(plan: Plan, settings: GenerationSettings, weights: Weights, target: Target) -> dict[str, int]:
    """The peak of each stage in bytes."""
    bits = plan.bits or 16
    file_bytes = weights.file_bytes if plan.streamed or plan.bits is None else 2
    unet = WeightSizes.of(bits, streamed=plan.streamed, file_bytes=file_bytes).unet
    sizes = replace(WeightSizes.of(weights.others or bits), unet=unet)
    size = settings.frames, settings.height, settings.width
    return {
        need.name: need.peak_bytes
        for need in needs(
            *size,
            plan,
            weights=sizes,
            dtype_bytes=target.dtype_bytes,
            guided=passes(settings) > settings.steps,
            weight_bytes=file_bytes,
        )
    }


def peak(plan: Plan, settings: GenerationSettings, weights: Weights, target: Target, stage: str | None = None) -> int:
    """The peak of the whole run, or of one stage of it."""
    peaks = stage_peaks(plan, settings, weights, target)
    return peaks[stage] if stage in peaks else max(peaks.values())


def stage_works(plan: Plan, settings: GenerationSettings, weights: Weights) -> dict[str, StageWork]:
    """What each stage computes and reads; what rates.learn_run is told after the run."""
    sizes = WeightSizes.of(plan.bits or 16)
    streamed = WeightSizes.of(16, file_bytes=weights.file_bytes).unet * passes(settings) if plan.streamed else 0
    reads = {
        "look": sizes.clip + sizes.encoder,
        "denoise": 0 if plan.streamed else sizes.unet,
        "decode": sizes.decoder,
    }
    flop = work(settings)
    return {name: StageWork(name, flop[name], reads[name], streamed if name == "denoise" else 0) for name in reads}


def planned(
    plan: Plan,
    settings: GenerationSettings,
    budget: int,
    *,
    weights: Weights | None = None,
    target: Target | None = None,
) -> Planned:
    """What a given plan comes to."""
    return _estimated(plan, settings, budget, weights or Weights(), target or Target())


def _estimated(plan: Plan, settings: GenerationSettings, budget: int, weights: Weights, target: Target) -> Planned:
    rates = target.rates or Rates.load(target.device)
    peaks = stage_peaks(plan, settings, weights, target)
    works = stage_works(plan, settings, weights)
    stages = tuple(StageEstimate(name, peaks[name], rates.seconds(works[name])) for name in peaks)
    most = max(peaks.values())
    return Planned(plan, plan.bits or 16, stages, most, sum(s.seconds for s in stages), most <= budget, budget)
