"""The contract of an engine: it turns a photo into frames, and says for itself what that takes.

Nothing else asks which engine it has. To add one, write an object that fulfils `Engine` and a row of the catalogue that
names its module (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from videoai.engines.kept import KeepableNetwork, KeptNetworks
from videoai.engines.processor import Processor
from videoai.events import Checkpoint, Event, Map, Pixels
from videoai.settings import GenerationSettings
from videoai.stages import StageKind
from videoai.weights.model_files import ExtraFiles, ModelFiles

COMMON_PARAMETERS = frozenset({"width", "height", "frames", "fps", "seed", "model", "focus", "fit", "extend"})
"""The parameters that every engine uses, because the pipeline does."""

BITS = (16, 8, 4)
"""The precisions that weights can have, the most exact first."""


class Plan(Protocol):
    """How a run is computed. It changes the memory and time that a video takes, not what it shows."""

    @property
    def bits(self) -> int | None:
        """The bits of the weights; None if there are no weights, or if they are used as they are in their files."""
        ...

    @property
    def compute(self) -> str | None:
        """The type of number that layers compute in (videoai/engines/numbers.py); None if there is no choice."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain JSON values; `Engine.read_plan` is the inverse."""
        ...

    def frames_key(self) -> object:
        """A value that is equal for two plans that give the same frames, bit for bit."""
        ...

    def with_bits(self, bits: int) -> Plan:
        """The same plan with the precision that the weights turned out to have."""
        ...

    def with_compute(self, numbers: str) -> Plan:
        """The same plan, computed in that type of number: for one that leaves it to the device."""
        ...

    def describe(self, settings: GenerationSettings) -> Iterator[str]:
        """What a user may want to know of how a video with these settings is computed, each in a few words."""
        ...


@dataclass(frozen=True, slots=True)
class OnlyPlan:
    """That of an engine which computes in one way only."""

    @property
    def bits(self) -> int | None:
        return None

    @property
    def compute(self) -> str | None:
        return None

    def to_dict(self) -> dict[str, Any]:
        return {}

    def frames_key(self) -> object:
        return None

    def with_bits(self, bits: int) -> OnlyPlan:
        return self

    def with_compute(self, numbers: str) -> OnlyPlan:
        return self

    def describe(self, settings: GenerationSettings) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True, slots=True)
class AvailableWeights:
    """The weights that a model has on this computer, or can have.

    `bits` are the precisions that exist or can be made. `streamable` means that the 16-bit weights are files in the
    diffusers layout, which can be streamed. `file_bytes` is the size of one number in the UNet's file: 2, or 4 for
    AnimateLCM. `depth` tells whether the network that finds depth is here.
    """

    bits: Sequence[int] = BITS
    streamable: bool = True
    file_bytes: int = 2
    depth: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """The work of a stage, from which its time is estimated.

    It is `flop` at an `efficiency` (a share of the speed of a matrix product), the bytes of weights that are read
    before the stage computes and those streamed while it does, and `seconds` that are known. If `loads_apart`, the
    weights are read in a stage of their own, "load".
    """

    name: str
    flop: float = 0.0
    read_bytes: int = 0
    streamed_bytes: int = 0
    efficiency: float = 0.5
    seconds: float = 0.0
    loads_apart: bool = False

    def times(self, count: int) -> Workload:
        """The same work so many times over."""
        return replace(
            self,
            flop=count * self.flop,
            read_bytes=count * self.read_bytes,
            streamed_bytes=count * self.streamed_bytes,
            seconds=count * self.seconds,
        )


class FrameSource(Protocol):
    """Where the frames of a clip come from, and what they take: an engine, or a file that has them already."""

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters it uses."""
        ...

    @property
    def stages(self) -> Sequence[StageKind]:
        """The stages that it reports."""
        ...

    @property
    def uses_torch(self) -> bool:
        """Whether it computes on the computer's best processor, whose speed decides how long a run takes."""
        ...

    def plans(self, settings: GenerationSettings, weights: AvailableWeights, processor: Processor) -> Iterator[Plan]:
        """Every way to compute a clip on that processor which the user allows, the best first; at least one."""
        ...

    def peaks(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> dict[str, int]:
        """The peak memory of the process in bytes, for each stage that takes a noticeable amount."""
        ...

    def workloads(self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights) -> dict[str, Workload]:
        """The work of each of those stages."""
        ...


class Engine(FrameSource, Protocol):
    """Turns a fitted photo into the frames of a clip, and says what that takes.

    Importing an engine is cheap: `run` imports what computes.
    """

    @property
    def goes_on(self) -> bool:
        """Whether one run makes the whole of a clip that is to be extended. If not, each part is a run of its own, with
        the last frame of the one before as its photo: parts.py."""
        ...

    @property
    def comes_round(self) -> bool:
        """Whether a clip that is to loop, and of which all is shown, ends as it begins by itself."""
        ...

    def read_plan(self, values: Mapping[str, Any]) -> Plan:
        """The inverse of `Plan.to_dict`, also for plans of earlier versions. Raises ValueError."""
        ...

    def keepable(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> Sequence[KeepableNetwork]:
        """What a run with that plan loads and could leave to the next one; in a run, one is used after the other."""
        ...

    def run(
        self,
        photo: Pixels,
        settings: GenerationSettings,
        *,
        plan: Plan,
        files: ModelFiles | ExtraFiles | None = None,
        scratch: Path | None = None,
        resume: Checkpoint | None = None,
        networks: KeptNetworks | None = None,
        near: Map | None = None,
    ) -> Iterator[Event]:
        """Yield events, including exactly `settings.frames` Frame events in order; `all_frames` if it `goes_on`.

        `photo` is (settings.height, settings.width, 3), sRGB; `files` are the model's files, or the extras that one
        without any may use; `scratch` is a folder for large temporary files; `networks` has what an earlier run left,
        and keeps what it is to; `near` is how near each part of the photo is, 0–1, if its file says so: a map of its
        shape, perhaps smaller. The same photo, depth and settings give the same frames, also when the run continues
        from a checkpoint of an earlier run (an engine without checkpoints starts over). To cancel, stop asking for
        events and close the generator, which frees its memory. Raises VideoAiError; CheckpointUnusable if `resume`
        belongs to another video.
        """
        ...
