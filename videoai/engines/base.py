"""What an engine is: something that turns a photo into frames, and says for itself what that takes.

Nobody asks which engine it has. One is added by an object that fulfils `Engine` and a row of the catalogue that names
its module (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from videoai.events import Checkpoint, Event, Pixels
from videoai.settings import GenerationSettings
from videoai.stages import StageKind
from videoai.weights.model_files import ModelFiles

COMMON_PARAMETERS = frozenset({"width", "height", "frames", "fps", "seed", "model", "focus", "fit"})
"""What every engine uses, as the pipeline does itself."""

BITS = (16, 8, 4)
"""The precisions that weights can be kept in, the most exact first."""


class Plan(Protocol):
    """How a run is computed: it changes the memory and the time that a video takes, not what it shows."""

    @property
    def bits(self) -> int | None:
        """Of the weights; None where there are none, or they stay as they are in their files."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `Engine.read_plan` is the inverse."""
        ...

    def frames_key(self) -> object:
        """Two plans of which this is equal give the same frames, bit for bit."""
        ...

    def with_bits(self, bits: int) -> Plan:
        """The same with the precision that the weights turned out to have."""
        ...

    def describe(self) -> Iterator[str]:
        """What a user may want to know of it, each in a few words."""
        ...


@dataclass(frozen=True, slots=True)
class OnlyPlan:
    """That of an engine which computes in one way only."""

    @property
    def bits(self) -> int | None:
        return None

    def to_dict(self) -> dict[str, Any]:
        return {}

    def frames_key(self) -> object:
        return None

    def with_bits(self, bits: int) -> OnlyPlan:
        return self

    def describe(self) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True, slots=True)
class AvailableWeights:
    """How a model is here, or can be had.

    `bits` are the precisions that there are or that can be made. `streamable`: at 16 bits it is files of the diffusers
    layout, which can be streamed. `file_bytes`, of one number of the UNet's file: 2, or 4 for AnimateLCM's.
    `other_bits` are the bits of the other networks, where the UNet alone is packed as it is loaded.
    """

    bits: Sequence[int] = BITS
    streamable: bool = True
    file_bytes: int = 2
    other_bits: int | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """What a stage takes in time: `flop` at the `efficiency` of its kind, as a share of what a matrix product reaches;
    bytes of weights read before it computes, and while it does; and `seconds` that are known.

    If `loads_apart`, the weights are read in a stage of their own, "load".
    """

    name: str
    flop: float = 0.0
    read_bytes: int = 0
    streamed_bytes: int = 0
    efficiency: float = 0.5
    seconds: float = 0.0
    loads_apart: bool = False


class Engine(Protocol):
    """Turns a fitted photo into the frames of a clip, and says what that takes.

    An engine is cheap to import: what computes is imported by `run`.
    """

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters that it uses."""
        ...

    @property
    def stages(self) -> Sequence[StageKind]:
        """The stages of its own that `run` yields."""
        ...

    @property
    def uses_torch(self) -> bool:
        """Whether it computes on the machine's best processor, whose speed decides how long it takes."""
        ...

    def plans(self, settings: GenerationSettings, weights: AvailableWeights) -> Iterator[Plan]:
        """All ways of computing a clip that the user allows, the best first; at least one."""
        ...

    def peaks(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, dtype_bytes: int
    ) -> dict[str, int]:
        """The most memory in bytes that the process has in use during each stage that takes any to speak of.

        `dtype_bytes` are those of a number that the processor computes in.
        """
        ...

    def workloads(self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights) -> dict[str, Workload]:
        """What each of those stages takes in time."""
        ...

    def read_plan(self, values: Mapping[str, Any]) -> Plan:
        """The inverse of `Plan.to_dict`, also of a plan that an earlier version wrote. Raises ValueError."""
        ...

    def run(
        self,
        photo: Pixels,
        settings: GenerationSettings,
        *,
        plan: Plan,
        files: ModelFiles | None = None,
        scratch: Path | None = None,
        resume: Checkpoint | None = None,
    ) -> Iterator[Event]:
        """Yield events, among them exactly `settings.frames` Frame events in order.

        `photo` is (settings.height, settings.width, 3), sRGB; `files` are those of the model, if it has any; large
        things that are to wait on the disk do so in `scratch`. The same photo and settings give the same frames, also
        when going on from a checkpoint that an earlier run yielded (an engine that yields none begins again). To
        cancel is to stop asking for the next event, and to close the generator, which frees what it holds.
        Raises VideoAiError; CheckpointUnusable if `resume` is of another video.
        """
        ...
