"""GIFs: frames in 255 colours, of one palette for the whole clip, so that what stays the same is stored once.

The palette is known when the last frame is: until then frames wait in a file. FFmpeg's encoder packs the frames, each
as what is new beside the one before; the file around them is put together here, as FFmpeg's own knows no comments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import numpy as np
import numpy.typing as npt

from videoai.events import Pixels
from videoai.formats import GIF_FPS
from videoai.media.dither import Dither
from videoai.media.frame_file import FrameFile, frame_file
from videoai.media.palette import Colours
from videoai.media.rate import Rate

_TICKS = 100
"""A GIF's clock has hundredths of a second."""

_LEAST_TICKS = _TICKS // GIF_FPS

Indices = npt.NDArray[np.uint8]


def write_gif(
    part: Path, frames: Iterable[Pixels], rate: Rate, comment: str, on_frame: Callable[[int, int], None]
) -> None:
    """Write `frames` as the GIF `part`. `on_frame` is told how many of how many frames are written, after each.

    Where they are more than 50 a second, some are left out. Raises WriteFailed, BadOutput, OSError.
    """
    coming = iter(frames)
    first = next(coming)
    height, width, _ = first.shape
    colours = Colours()
    with frame_file(width, height) as waiting, part.open("wb") as file:
        for frame in _with(first, coming):
            colours.add(frame)
            waiting.append(frame)
        shown = _shown(len(waiting), rate)
        encoder = _Encoder(width, height, colours.palette())
        _write(file, encoder.packets(_told(waiting, shown, on_frame)), shown, rate.end(len(waiting), _TICKS), comment)


def _with(first: Pixels, others: Iterator[Pixels]) -> Iterator[Pixels]:
    yield first
    yield from others


def _shown(count: int, rate: Rate) -> list[tuple[int, int]]:
    """The frames that are shown, with when: none for less than what browsers grant, who would show it five times as
    long."""
    found: list[tuple[int, int]] = []
    end = rate.end(count, _TICKS)
    for index in range(count):
        start = rate.start(index, _TICKS)
        if not found or (start - found[-1][1] >= _LEAST_TICKS and end - start >= _LEAST_TICKS):
            found.append((index, start))
    return found


def _told(
    waiting: FrameFile, shown: Sequence[tuple[int, int]], on_frame: Callable[[int, int], None]
) -> Iterator[tuple[int, Pixels]]:
    for done, (index, start) in enumerate(shown):
        on_frame(done, len(shown))
        yield start, waiting[index]


class _Encoder:
    """FFmpeg's encoder of GIFs, with a palette."""

    def __init__(self, width: int, height: int, palette: npt.NDArray[np.uint8]) -> None:
        self._dither = Dither(palette)
        self._palette = np.zeros((256, 4), np.uint8)  # blue, green, red, alpha; what is left over is transparent
        self._palette[: len(palette), :3], self._palette[: len(palette), 3] = palette[:, ::-1], 255
        self._context = av.CodecContext.create("gif", "w")
        self._context.width, self._context.height, self._context.pix_fmt = width, height, "pal8"
        self._context.time_base = Fraction(1, _TICKS)
        self._context.thread_count = 1

    def packets(self, frames: Iterable[tuple[int, Pixels]]) -> Iterator[tuple[int, bytes]]:
        """Of each frame that is not just like the one before: when it is shown, and its bytes."""
        before: Indices | None = None
        for start, pixels in frames:
            indices = self._dither(pixels)
            if before is None or not np.array_equal(indices, before):
                (packet,) = self._context.encode(self._frame(indices, start))
                yield start, bytes(packet)
            before = indices

    def _frame(self, indices: Indices, start: int) -> av.VideoFrame:
        height, width = indices.shape
        frame = av.VideoFrame(width, height, "pal8")
        pixels, palette = frame.planes
        rows = np.zeros((height, pixels.line_size), np.uint8)
        rows[:, :width] = indices
        pixels.update(rows.tobytes())
        palette.update(self._palette.tobytes())
        frame.pts, frame.time_base = start, Fraction(1, _TICKS)
        return frame


_LOOP_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_CONTROL = b"\x21\xf9\x04"
_END = b"\x3b"


def _write(
    file: IO[bytes], packets: Iterator[tuple[int, bytes]], shown: Sequence[tuple[int, int]], end: int, comment: str
) -> None:
    """The file around the packets; the first of them has its head, and how long one is shown is told by the next."""
    since, packet = next(packets)
    head = _head_bytes(packet)
    file.write(packet[:head] + _LOOP_FOR_EVER + _comment(comment.encode()))
    packet = packet[head:]
    for start, following in packets:
        file.write(_lasting(packet, start - since))
        since, packet = start, following
    file.write(_lasting(packet, end - since) + _END)


def _head_bytes(packet: bytes) -> int:
    """Of the head with the palette."""
    flags = packet[10]
    return 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _comment(text: bytes) -> bytes:
    """As an extension block, in pieces of 255 bytes at most."""
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
    return b"\x21\xfe" + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0" if pieces else b""


def _lasting(packet: bytes, ticks: int) -> bytes:
    """A frame that is shown for so long."""
    at = packet.index(_CONTROL) + len(_CONTROL) + 1
    return packet[:at] + ticks.to_bytes(2, "little") + packet[at + 2 :]
