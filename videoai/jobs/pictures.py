"""What a run shows of itself while it goes on: all frames of the clip side by side, and in the end a poster."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from videoai.errors import WriteFailed
from videoai.events import Event, Frame, Pixels, Preview, VideoFrame
from videoai.history.folder import POSTER, PREVIEW
from videoai.system.files import whole_file

LONG_SIDE = 160
"""Pixels of the longer side of a frame in the strip."""

MOST = 100
"""Frames of the video in the strip: a WebP picture has at most 16383 pixels a side."""

_PAUSE_SECONDS = 0.25
"""A draft makes frames faster than anyone can look; writing each strip would slow it down."""


class Pictures:
    """Writes the strip of the job in `folder` as previews and frames come: a sprite of one row, WebP.

    Frames that are not known yet are what the last preview showed, or the photo. In the end it is the video's frames.
    Of very many it is some. `on_written` is told the name of each file once it is there.
    """

    def __init__(
        self, folder: Path, photo: Pixels, frames: int, on_written: Callable[[str], None] = lambda name: None
    ) -> None:
        self._folder, self._on_written = folder, on_written
        height, width, _ = photo.shape
        scale = LONG_SIDE / max(width, height)
        self._size = round(width * scale), round(height * scale)
        self._of_so_many = -(-frames // MOST)
        self._strip = [self._small(photo)] * -(-frames // self._of_so_many)
        self._finished: list[Image.Image] = []
        self._every = 1
        self._poster: Pixels | None = None
        self._written = 0.0

    def hear(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, Preview):
            for index, frame in enumerate(event.clip, start=event.start):
                self._show(index, frame)
        elif isinstance(event, Frame):
            self._show(event.index, event.pixels)
        elif isinstance(event, VideoFrame):
            if event.index == 0:
                self._poster = event.pixels
            self._keep(event)
            return
        else:
            return
        if time.monotonic() - self._written >= _PAUSE_SECONDS:
            with suppress(WriteFailed):  # a full disk, which the run can do without until its end
                self._write(quality=70)

    def finish(self) -> None:
        """Write the strip of the video's frames, and the first of them as the poster. Raises WriteFailed."""
        if self._poster is None:
            raise ValueError("There was no frame.")
        self._strip = self._finished
        self._write(quality=85)
        with whole_file(self._folder / POSTER, replace=True) as part:
            Image.fromarray(self._poster).save(part, "JPEG", quality=88, optimize=True)
        self._on_written(POSTER)

    def _show(self, index: int, frame: Pixels) -> None:
        if index % self._of_so_many == 0:
            self._strip[index // self._of_so_many] = self._small(frame)

    def _keep(self, event: VideoFrame) -> None:
        """One of every so many, so that the row is no wider than a WebP picture can be."""
        if event.index % self._every:
            return
        self._finished.append(self._small(event.pixels))
        if len(self._finished) > MOST:
            self._finished, self._every = self._finished[::2], 2 * self._every

    def _small(self, frame: Pixels) -> Image.Image:
        return Image.fromarray(frame).resize(self._size, Image.Resampling.BOX)

    def _write(self, quality: int) -> None:
        strip = Image.fromarray(np.concatenate([np.asarray(frame) for frame in self._strip], axis=1))
        with whole_file(self._folder / PREVIEW, replace=True) as part:
            strip.save(part, "WEBP", quality=quality, method=2)
        self._written = time.monotonic()
        self._on_written(PREVIEW)
