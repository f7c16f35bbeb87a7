"""The contract of a finisher: it turns the frames of a clip into those of the video, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from videoai.engines.base import Workload
from videoai.events import OnEvent, Pixels
from videoai.settings import GenerationSettings
from videoai.stages import StageKind

_ENCODER_BYTES = 16 << 20
_ENCODER_PIXEL_BYTES = 70


@dataclass(frozen=True, slots=True)
class Clip:
    """The size and length of a clip at one point of the pipeline: as the model makes it, or as the video has it.

    `last` is for how many frames' time the last one is shown. One that `loops` is to be followed by its first frame.
    Of one that is `ready` nothing is computed any more: its frames are read as they are asked for.
    """

    width: int
    height: int
    frames: int
    fps: int | Fraction
    last: Fraction = Fraction(1)
    loops: bool = False
    ready: bool = False

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return float((self.frames - 1 + self.last) / self.fps)

    @property
    def pixels(self) -> int:
        """Of a frame."""
        return self.width * self.height

    @property
    def bytes(self) -> int:
        """The memory that all its frames take."""
        return self.frames * self.pixels * 3

    @property
    def encoding_bytes(self) -> int:
        """The memory that x264 takes for it: measured, 25 MiB at 640×384, 84 at 1280×768, 636 at 4096×2304."""
        return _ENCODER_BYTES + _ENCODER_PIXEL_BYTES * self.pixels

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        fps = int(self.fps) if self.fps == int(self.fps) else round(float(self.fps), 3)
        size = {"width": self.width, "height": self.height, "frames": self.frames, "fps": fps}
        return size | {"seconds": round(self.seconds, 3)}


class Finisher(Protocol):
    """Turns frames into frames. Like an engine, it says for itself which parameters it uses and what it takes.

    One that `uses_torch` is given settings whose `compute` names the type of number to compute in.
    """

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters it uses."""
        ...

    @property
    def stages(self) -> Sequence[StageKind]:
        """The stages that it reports; the time until a frame of its own is known is that of the first.

        One that takes no time to speak of has none.
        """
        ...

    @property
    def uses_torch(self) -> bool:
        """Whether it computes on the computer's best processor, as an engine may."""
        ...

    def is_wanted(self, settings: GenerationSettings) -> bool:
        """Whether these settings ask for it."""
        ...

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        """The clip that it makes of `clip`."""
        ...

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        """The memory in bytes that it holds while the engine computes the frames."""
        ...

    def waiting_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        """What of it waits on the disk, in bytes, until it is done."""
        ...

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        """The peak memory of the process in bytes during each of its stages, with the encoder; `clip` is its input."""
        ...

    def workloads(self, clip: Clip, settings: GenerationSettings) -> dict[str, Workload]:
        """The work of each of its stages."""
        ...

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        """Yield the frames that it makes of `frames`, each as soon as it is known, and report its stages to `on_event`.

        Each frame is (height, width, 3), sRGB. Raises VideoAiError.
        """
        ...
