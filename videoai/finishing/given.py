"""In the place of an engine, where the frames of a clip are there already: they are read, and finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from videoai.engines.base import AvailableWeights, Plan, Workload
from videoai.engines.processor import Processor
from videoai.finishing.base import Clip
from videoai.settings import GenerationSettings
from videoai.stages import COMMON, StageKind

READ = "read"
"""The stage: of reading the frames, and all that is done with them."""

_BASE_BYTES = 120 << 20
"""Of the process, as the draft engine has measured it."""
_READER_BYTES = 72 << 20
_READER_PIXEL_BYTES = 28
"""Of the process that decodes a video: measured, 78 MiB at 1280×768 and 277 at 3840×2160 of H.265. Frames that are kept
are decoded in the run's own, which takes less."""
_PIXEL_SECONDS = 0.15e-6
"""Decoding FFV1 and encoding H.264, on the two cores of docs/benchmarks.md."""


@dataclass(frozen=True, slots=True)
class GivenPlan:
    """Nothing is to be decided; `bits` and `compute` say in what the frames were computed, if that is known."""

    bits: int | None
    compute: str | None

    def to_dict(self) -> dict[str, Any]:
        return {"bits": self.bits, "compute": self.compute}

    def frames_key(self) -> object:
        return None

    def with_bits(self, bits: int) -> GivenPlan:
        return replace(self, bits=bits)

    def with_compute(self, numbers: str) -> GivenPlan:
        return replace(self, compute=numbers)

    def describe(self, settings: GenerationSettings) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True, slots=True)
class Given:
    """See videoai.engines.base.FrameSource."""

    clip: Clip

    parameters: ClassVar[frozenset[str]] = frozenset()
    stages: ClassVar[tuple[StageKind, ...]] = (COMMON[READ],)
    uses_torch: ClassVar[bool] = False

    def plans(self, settings: GenerationSettings, weights: AvailableWeights, processor: Processor) -> Iterator[Plan]:
        bits = None if settings.precision == "auto" else int(settings.precision)
        yield GivenPlan(bits, None if settings.compute == "auto" else settings.compute)

    def peaks(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> dict[str, int]:
        return {READ: _BASE_BYTES + reading_bytes(self.clip) + self.clip.encoding_bytes()}

    def workloads(self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights) -> dict[str, Workload]:
        return {READ: Workload(READ, seconds=_PIXEL_SECONDS * self.clip.frames * self.clip.pixels)}


def reading_bytes(clip: Clip) -> int:
    """What reading its frames takes for as long as there are some to read."""
    return _READER_BYTES + _READER_PIXEL_BYTES * clip.pixels
