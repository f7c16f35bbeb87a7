"""What the videos of a batch come to, before the first of them begins: time, memory and disk."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from videoai.finishing.registry import model_clip, video_clip, waiting_bytes
from videoai.history.cleanup import MOST_FRAME_BYTES
from videoai.language import say
from videoai.media.video_size import video_bytes
from videoai.memory.estimate import Estimate, estimate
from videoai.options import RunOptions
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.files import need_space
from videoai.system.units import duration, size

_PICTURES_RATE = 3
"""Bytes for each pixel of the model's frames that a job keeps of a video: the photo, the poster, the strip. Measured:
2.7 at 256×256, less in larger ones."""

_FRAMES_RATE = 2
"""Bytes for each pixel of the frames that the model makes, which are kept exactly: see MOST_FRAME_BYTES."""

_STARTING_SECONDS = 1.5
"""Of each video, for what no stage is: its process, the photo, the file's way to its place. A guess:
on a machine with five times as much to do as it can it was 4.6."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one video: its estimate, with its own seed; the bytes of its file, those that its job keeps of it and of the
    model's frames, and those that wait on the disk while it is made."""

    estimate: Estimate
    file_bytes: int
    kept_bytes: int
    frames_bytes: int
    passing_bytes: int

    @property
    def seconds(self) -> float:
        return self.estimate.planned.seconds + _STARTING_SECONDS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: the estimate's, with the bytes of the file."""
        return self.estimate.to_dict() | {"file_bytes": self.file_bytes}


def cost_of(settings: GenerationSettings, suffix: str, options: RunOptions, budget: int) -> Cost:
    """Of a video whose name ends so, made with these options where `budget` bytes are to be had.

    Raises BadSettings, ModelDamaged, ModelMissing.
    """
    found = _estimated(replace(settings, seed=0), options.memory_limit or budget, suffix)
    clip, model = video_clip(settings), model_clip(settings)
    file_bytes = video_bytes(clip.pixels, clip.frames, suffix, options.encoder)
    # It is made in the folder of its job, and copied from there to its place.
    passing = waiting_bytes(settings, suffix) + file_bytes
    kept, frames = _PICTURES_RATE * model.pixels, _FRAMES_RATE * model.pixels * model.frames
    return Cost(replace(found, settings=settings), file_bytes, kept, frames, passing)


@lru_cache(maxsize=64)
def _estimated(settings: GenerationSettings, budget: int, suffix: str) -> Estimate:
    """Most videos of a batch differ in their photo and seed alone."""
    return estimate(settings, budget, suffix=suffix)


@dataclass(frozen=True, slots=True)
class Total:
    """Of all of them; `targets` are the places of their files."""

    costs: Sequence[Cost]
    targets: Sequence[Path]

    @property
    def seconds(self) -> float:
        return sum(cost.seconds for cost in self.costs)

    @property
    def file_bytes(self) -> int:
        return sum(cost.file_bytes for cost in self.costs)

    @property
    def unfit(self) -> list[int]:
        """The indices of those that need more memory than there is."""
        return [index for index, cost in enumerate(self.costs) if not cost.estimate.planned.fits]

    def sentence(self) -> str:
        """In one line."""
        return say(
            "{count} videos: about {time}, and about {size} on the disk.",
            count=len(self.costs),
            time=duration(self.seconds),
            size=size(self.file_bytes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "count": len(self.costs),
            "fits": not self.unfit,
            "seconds": round(self.seconds, 1),
            "file_bytes": self.file_bytes,
            "disk_bytes": sum(needed for _, needed in self._places()),
        }

    def check_room(self) -> None:
        """Raises WriteFailed if a disk has no room for what is to come to it."""
        for folder, needed in self._places():
            need_space(folder, needed, say("Making these videos"), _HINT)

    def _places(self) -> Iterator[tuple[Path, int]]:
        """A folder of each disk, and the bytes that come to it: all files; what all jobs keep; what one job has while
        it runs."""
        needed: dict[int, int] = defaultdict(int)
        folders: dict[int, Path] = {}
        shares = [(target.parent, cost.file_bytes) for target, cost in zip(self.targets, self.costs, strict=True)]
        shares.append((paths.jobs(), sum(cost.kept_bytes for cost in self.costs)))
        frames = min(sum(cost.frames_bytes for cost in self.costs), MOST_FRAME_BYTES)
        shares.append((paths.jobs(), frames))
        shares.append((paths.temporary(), max((cost.passing_bytes for cost in self.costs), default=0)))
        for folder, count in shares:
            disk = _disk(folder)
            needed[disk] += count
            folders.setdefault(disk, folder)
        for disk, folder in folders.items():
            yield folder, needed[disk]


def _disk(folder: Path) -> int:
    """A number that is the same for all folders of a disk; one that is not there will be where it can be made."""
    folder = folder.absolute()
    return next(os.stat(place).st_dev for place in (folder, *folder.parents) if place.exists())


_HINT = say("Free some space, make fewer or smaller videos, or begin anyway with --force.")
