"""Frames in a file, exactly as they are: FFV1 in Matroska, which takes two thirds of the bytes that PNG does.

It is written frame by frame and read so, and any program that plays Matroska shows it. FFmpeg shows a damaged frame as
if it were none, so the file is sealed: see seal.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np

from videoai.events import Pixels
from videoai.media.seal import seal
from videoai.system.files import write_errors

_FFV1 = {"level": "3", "g": "1", "slices": "4", "slicecrc": "0", "coder": "range_def", "context": "0"}
_EXACT = "bgr0"
"""FFV1 has no three bytes a pixel; this is that with a fourth that is nothing."""
_THREADS = 2


class LosslessWriter:
    """Writes frames of one size to `path`. The file is whole once `close` has returned.

    In a `with` block, which closes nothing that `close` has not: what it leaves then is no such file.
    """

    def __init__(self, path: Path, fps: Fraction, comment: str) -> None:
        """Raises WriteFailed, BadOutput."""
        self._path = path
        with write_errors(path):
            self._file = _Target(path)
        self._output = av.open(self._file, "w", format="matroska", options={"fflags": "+bitexact"})
        self._output.metadata["comment"] = comment
        self._stream = self._output.add_stream("ffv1", rate=fps, options=_FFV1)
        self._count = 0

    def append(self, frame: Pixels) -> None:
        """Raises WriteFailed, BadOutput."""
        if not self._count:
            self._stream.height, self._stream.width, _ = frame.shape
            self._stream.pix_fmt = _EXACT
            self._stream.codec_context.thread_count = _THREADS
        exact = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24").reformat(format=_EXACT)
        exact.pts = self._count
        self._count += 1
        with write_errors(self._path):
            self._output.mux(self._stream.encode(exact))
            self._file.check()

    def close(self) -> None:
        """Complete the file. Raises WriteFailed, BadOutput."""
        with write_errors(self._path):
            self._output.mux(self._stream.encode(None))
            self._output.close()
            self._file.close()
            seal(self._path)

    def __enter__(self) -> LosslessWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._output.close()
        with suppress(OSError):  # what it would still write is not wanted
            self._file.close()


class _Target:
    """A file for PyAV to write to, which says little of what the system said: after a refusal nothing more is written,
    and `check` raises it."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._file = path.open("wb")
        self._refusal: OSError | None = None

    def write(self, data: bytes) -> int:
        if self._refusal is None:
            try:
                self._file.write(data)
            except OSError as error:
                self._refusal = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._refusal is None:
            try:
                return self._file.seek(offset, whence)
            except OSError as error:  # it writes what it still holds
                self._refusal = error
        return 0

    def tell(self) -> int:
        return 0 if self._refusal else self._file.tell()

    def check(self) -> None:
        """Raises OSError."""
        if self._refusal is not None:
            raise self._refusal

    def close(self) -> None:
        """Raises OSError."""
        try:
            self._file.close()
        finally:
            self.check()


def read_frames(path: Path) -> Iterator[Pixels]:
    """The frames of a file that `is_whole`, one after the other, (height, width, 3)."""
    with av.open(f"file:{path}", format="matroska") as container:
        container.streams.video[0].codec_context.thread_count = _THREADS
        for frame in container.decode(video=0):
            pixels: Any = frame.to_ndarray(format="rgb24")
            yield pixels
