"""Frames that wait in a file: a finisher may begin when what is before it has come to its end, and the palette of a GIF
needs them all.

Then nothing else is in memory with it – an engine has given its own back –, and the processor is its own; and a clip
takes no memory, however long it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import IO

import numpy as np

from videoai.events import Pixels
from videoai.system import paths, temporary
from videoai.system.files import write_errors


class FrameFile:
    """Frames of one size, to be read again in any order."""

    def __init__(self, file: IO[bytes], shape: tuple[int, ...]) -> None:
        self._file, self._shape, self._count = file, shape, 0

    def __len__(self) -> int:
        return self._count

    def append(self, frame: Pixels) -> None:
        """Raises WriteFailed where the disk is full."""
        with write_errors(paths.temporary()):
            self._file.seek(self._count * frame.nbytes)
            self._file.write(np.ascontiguousarray(frame).data)
            self._file.flush()
        self._count += 1

    def __iter__(self) -> Iterator[Pixels]:
        return (self[index] for index in range(self._count))

    def __getitem__(self, index: int) -> Pixels:
        if not 0 <= index < self._count:
            raise IndexError(index)
        frame = np.empty(self._shape, np.uint8)
        self._file.seek(index * frame.nbytes)
        self._file.readinto(frame.data)  # type: ignore[attr-defined]
        return frame


@contextmanager
def frame_file(width: int, height: int) -> Iterator[FrameFile]:
    """An empty one, without a name, which is gone when the block ends. Raises WriteFailed, BadOutput."""
    with write_errors(paths.temporary()):
        file = temporary.file()
    with closing(file):
        yield FrameFile(file, (height, width, 3))


@contextmanager
def gathered(frames: Iterable[Pixels], width: int, height: int) -> Iterator[FrameFile]:
    """All the frames, once the last has come. Raises WriteFailed, BadOutput."""
    with frame_file(width, height) as found:
        for frame in frames:
            found.append(frame)
        yield found
