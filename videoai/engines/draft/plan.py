"""How a draft is computed: whether a network finds the depth of its photo, and what that takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from videoai.engines.base import AvailableWeights, Plan, Workload
from videoai.engines.numbers import NUMBER_BYTES
from videoai.engines.processor import Processor
from videoai.language import say
from videoai.settings import GenerationSettings

DEPTH = "depth"
"""The stage in which it is found."""

LEARNED_BYTES = 500 << 20
LEARNED_SECONDS = 2.2
"""Of the network's process, whatever the photo: measured, 456 MiB at 640×384 and 469 at 1024×256 in fp32
(bench/depth.py)."""


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """See videoai.engines.base.Plan. With `learned` the network finds the depth, if the photo brings none; `compute` is
    the type of number that it computes in, None without it."""

    learned: bool = False
    compute: str | None = None

    @property
    def bits(self) -> int | None:
        return None

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> DraftPlan:
        """The inverse of `to_dict`; in earlier versions there was one plan only. Raises ValueError."""
        learned, compute = values.get("learned", False), values.get("compute")
        if not isinstance(learned, bool) or (compute in NUMBER_BYTES) != learned:
            raise ValueError("no plan of a draft")
        return DraftPlan(learned, compute)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def frames_key(self) -> object:
        return self

    def with_bits(self, bits: int) -> DraftPlan:
        return self

    def with_compute(self, numbers: str) -> DraftPlan:
        return replace(self, compute=numbers) if self.learned else self

    def describe(self, settings: GenerationSettings) -> Iterator[str]:
        if self.learned:
            yield say("a network finds the depth of the photo")


def plans(settings: GenerationSettings, weights: AvailableWeights, processor: Processor) -> Iterator[DraftPlan]:
    """With the network where it is here and wanted; without it where that is all there is memory for."""
    if settings.depth == "auto" and weights.depth:
        compute = processor.numbers.best if settings.compute == "auto" else settings.compute
        yield DraftPlan(learned=True, compute=compute)
    yield DraftPlan()


def ours(plan: Plan | None) -> DraftPlan:
    """The plan as one of a draft; without one nothing is learned. Raises TypeError."""
    if plan is None:
        return DraftPlan()
    if not isinstance(plan, DraftPlan):
        raise TypeError(f"no plan of this engine: {plan!r}")
    return plan


def depth_peaks(plan: Plan, own: int) -> dict[str, int]:
    """The bytes of the stage: those of the network's process, beside what the draft's `own` has taken by then."""
    return {DEPTH: own + LEARNED_BYTES} if ours(plan).learned else {}


def depth_workloads(plan: Plan) -> dict[str, Workload]:
    """The time of the stage."""
    return {DEPTH: Workload(DEPTH, seconds=LEARNED_SECONDS)} if ours(plan).learned else {}
