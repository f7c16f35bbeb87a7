"""The contract of a finisher: it turns the frames of a clip into those of the video, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from videoai.engines.base import Workload
from videoai.events import OnEvent, Pixels
from videoai.formats import IN_MEMORY
from videoai.settings import GenerationSettings
from videoai.stages import StageKind

_ENCODING = {
    ".mp4": (16 << 20, 70),
    ".mov": (16 << 20, 70),
    ".webm": (28 << 20, 150),
    ".gif": (33 << 20, 24),
    ".webp": (0, 290),
    ".png": (0, 5),
}
"""What encoding takes in bytes, and in bytes per pixel of a frame, by the ending of the file. Measured, in MiB at
640×384, 1280×768 and 2560×1536, 48 to 60 frames: x264 22, 76, 255; VP9 62, 162, 551; GIF 38, 42, 113; WebP 64, 265,
682; PNG 0, 4, 15. ProRes takes less than H.264: 6, 20, 70."""


@dataclass(frozen=True, slots=True)
class Clip:
    """The size and length of a clip at one point of the pipeline: as the model makes it, or as the video has it.

    `last` is for how many frames' time the last one is shown. One that `loops` is to be followed by its first frame;
    if it is `mirrored`, it goes back there from its `turn` on, through the same frames.
    Of one that is `ready` nothing is computed any more: its frames are read as they are asked for.
    """

    width: int
    height: int
    frames: int
    fps: int | Fraction
    last: Fraction = Fraction(1)
    loops: bool = False
    mirrored: bool = False
    ready: bool = False

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return float((self.frames - 1 + self.last) / self.fps)

    @property
    def turn(self) -> int:
        """The frame after which nothing new comes, of a clip that is mirrored; of others, the last one."""
        return self.frames // 2 if self.mirrored else self.frames - 1

    @property
    def pixels(self) -> int:
        """Of a frame."""
        return self.width * self.height

    @property
    def bytes(self) -> int:
        """The memory that all its frames take."""
        return self.frames * self.pixels * 3

    def encoding_bytes(self, suffix: str = ".mp4") -> int:
        """The memory that encoding takes, as the kind of file that ends so; or that all frames take, IN_MEMORY."""
        if suffix == IN_MEMORY:
            return self.bytes
        fixed, pixel = _ENCODING[suffix]
        return fixed + pixel * self.pixels

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

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        """The peak memory of the process in bytes during each of its stages, with x264; `clip` is its input."""
        ...

    def waiting_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        """What the frames take that wait on the disk (frame_file.py) until the last of them has come; 0 if none do."""
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


class Light:
    """What a finisher takes that computes nothing to speak of."""

    stages: Sequence[StageKind] = ()
    uses_torch = False

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return 0

    def waiting_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return 0

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        return {}

    def workloads(self, clip: Clip, settings: GenerationSettings) -> dict[str, Workload]:
        return {}
