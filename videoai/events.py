"""The events that a run, an engine or a download reports while it works.

The caller's `for` loop is the progress bar, the preview and the cancel button.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""An sRGB picture, (height, width, 3), or a clip of them, (frames, height, width, 3)."""

Map = npt.NDArray[np.float32]
"""A value for each pixel of a picture, (height, width)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A new stage begins: `name` is one word in lower case; its last Step will have the index `steps`, 0 if unknown.

    `unit` is what is counted: "" for plain steps, "bytes" for bytes.
    """

    name: str
    steps: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """`index` steps of the current stage are done."""

    index: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The clip so far, all frames of a run, in the engine's own (small) size; the first is frame `start`."""

    clip: Pixels
    start: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything needed to continue from here, bit for bit: named arrays and plain JSON values."""

    arrays: dict[str, npt.NDArray[Any]]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A finished frame of the clip, `index` from 0, in the settings' width and height."""

    index: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class FramesKept:
    """All frames of a part of the clip are in the file of this `name`, in the folder that the run keeps them in."""

    name: str


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A frame of the video on its way to the encoder, after the finishers, `index` from 0."""

    index: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that is not an error; an `important` one is told even where no progress is."""

    message: str
    important: bool = False


Event = Stage | Step | Preview | Checkpoint | Frame | FramesKept | VideoFrame | Notice

OnEvent = Callable[[Event], None]
"""A function that is called with each event. If it raises, the run ends and leaves no file behind."""
