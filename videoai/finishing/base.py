"""What a finisher is: something that turns the frames of a clip into those of the video, as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from videoai.engines.base import Workload
from videoai.events import OnEvent, Pixels
from videoai.settings import GenerationSettings
from videoai.stages import StageKind


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip is at one point of its way: that of the model, or the video's."""

    width: int
    height: int
    frames: int
    fps: int

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.frames / self.fps

    @property
    def bytes(self) -> int:
        """What all its frames take in memory."""
        return self.frames * self.width * self.height * 3

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        size = {"width": self.width, "height": self.height, "frames": self.frames, "fps": self.fps}
        return size | {"seconds": round(self.seconds, 3)}


class Finisher(Protocol):
    """Turns frames into frames. Like an engine, it says for itself what it uses and takes."""

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters that it uses."""
        ...

    @property
    def stages(self) -> Sequence[StageKind]:
        """The stages of its own that it tells of."""
        ...

    def is_wanted(self, settings: GenerationSettings) -> bool:
        """Whether these settings ask for it."""
        ...

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        """What it makes of `clip`."""
        ...

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        """The bytes that it has in memory beside the engine, while the frames come."""
        ...

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        """The most memory in bytes that the process has in use during each of its stages; `clip` is what it gets."""
        ...

    def workloads(self, clip: Clip, settings: GenerationSettings) -> dict[str, Workload]:
        """What each of them takes in time."""
        ...

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        """The frames that it makes of `frames`, each given on as soon as it is known. `on_event` is told its stages.

        Each frame is (height, width, 3), sRGB. Raises VideoAiError.
        """
        ...
