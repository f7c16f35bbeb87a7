"""What a run says while it goes on: the events that engines and downloads yield or report.

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
class VideoFrame:
    """A frame of the video as it goes to the encoder, `index` from 0: what the finishers made of the clip's frames."""

    index: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that is not an error; if `important`, even where progress is not shown."""

    message: str
    important: bool = False


Event = Stage | Step | Preview | Checkpoint | Frame | VideoFrame | Notice

OnEvent = Callable[[Event], None]
"""What is called with each event. What it raises ends the run, and nothing half done is left behind."""
