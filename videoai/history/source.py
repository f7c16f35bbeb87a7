"""What a job finishes, where no photo was given: a clip whose frames are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from videoai.finishing.base import Clip
from videoai.finishing.registry import video_clip
from videoai.formats import is_source_name
from videoai.history.job import Job
from videoai.resolving import finishing_of, recorded
from videoai.settings import GenerationSettings


@dataclass(frozen=True, slots=True)
class Source:
    """The clip, and the file in the job's folder that has its frames; None: those kept of the model's run.

    If it is `ours`, the job's settings say how the model made it; else only its finishing is known. `done` are the
    settings of finishing that its frames have behind them.
    """

    clip: Clip
    file: str | None = None
    ours: bool = True
    done: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        clip: dict[str, Any] = {"width": self.clip.width, "height": self.clip.height, "frames": self.clip.frames}
        clip |= {"fps": str(self.clip.fps), "loops": self.clip.loops}
        return {**clip, "file": self.file, "ours": self.ours, "done": dict(self.done)}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Source:
        """The inverse of `to_dict`. Raises ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError."""
        width, height, frames = size = [values[name] for name in ("width", "height", "frames")]
        if not all(isinstance(number, int) and 0 < number < 1 << 20 for number in size):
            raise ValueError("no clip has this size")
        fps, file = Fraction(values["fps"]), values["file"]
        if not 0 < fps < 1 << 20 or (file is not None and not is_source_name(file)):
            raise ValueError("no clip is like this")
        loops = bool(values.get("loops"))  # those of earlier versions never do
        clip = Clip(width, height, frames, fps, loops=loops, ready=True)
        return Source(clip, file, bool(values["ours"]), dict(values["done"]))

    def told(self, settings: GenerationSettings) -> dict[str, Any]:
        """What is known of the settings of the video that is made of it, finished by these."""
        values = settings.to_dict()
        values |= {name: value for name, value in self.done.items() if values[name] == settings.default(name)}
        return values if self.ours else finishing_of(values)


def video_of(job: Job) -> dict[str, Any]:
    """The size and length of a job's video, as JSON has it."""
    found: dict[str, Any] = job.origin.get("video") or video_clip(recorded(job.settings)).to_dict()
    return found
