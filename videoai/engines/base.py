"""What an engine is: something that turns a photo and settings into events.

An engine yields; the caller's `for` loop is the progress bar, the preview and the cancel button. To
cancel is to stop asking for the next event (and to close the generator, which frees what it holds).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from videoai.settings import GenerationSettings

Pixels = npt.NDArray[np.uint8]
"""An sRGB picture, (height, width, 3), or a clip of them, (frames, height, width, 3)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A new stage begins: `name` is one word in lower case, `steps` how many Step events will follow."""

    name: str
    steps: int


@dataclass(frozen=True, slots=True)
class Step:
    """Step number `index` (from 1) of the current stage is done."""

    index: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the clip looks like so far, all frames, in the engine's own (small) size."""

    clip: Pixels


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that is needed to go on from here, bit for bit: named arrays and plain JSON values."""

    arrays: dict[str, npt.NDArray[Any]]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A finished frame of the clip, `index` from 0, in the settings' width and height."""

    index: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that is not an error."""

    message: str


Event = Stage | Step | Preview | Checkpoint | Frame | Notice


class Engine(Protocol):
    """Turns a fitted photo into the frames of a clip."""

    def run(self, photo: Pixels, settings: GenerationSettings, resume: Checkpoint | None = None) -> Iterator[Event]:
        """Yield events, among them exactly `settings.frames` Frame events in order.

        `photo` is (settings.height, settings.width, 3), sRGB. The same photo and settings give the
        same frames, also when going on from a checkpoint that an earlier run yielded (an engine that
        yields none begins again).
        """
        ...
