"""Where a decoder keeps the frames it is not working on: in memory, or in files.

In files, a clip of any size decodes exactly in the memory of one frame: 25 frames at 1024×576 are 7.5 GB at full
resolution. The system keeps as much of the files in memory as is free, and takes it back when it is not.
"""

from __future__ import annotations

import mmap
import tempfile
import weakref
from pathlib import Path
from typing import Protocol

import torch

from videoai.system.files import write_errors


class FrameStore(Protocol):
    """Keeps tensors, and gives back ones that can be sliced and changed in place."""

    def keep(self, frame: torch.Tensor) -> torch.Tensor: ...

    def release(self) -> None:
        """Called after a little work on many frames: none of them is needed for now."""
        ...


class InMemory:
    """As they are, on the device."""

    def keep(self, frame: torch.Tensor) -> torch.Tensor:
        return frame

    def release(self) -> None:
        return


class InFiles:
    """In unnamed files below `folder`, on the CPU; a file goes with the last use of its tensor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maps: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()

    def keep(self, frame: torch.Tensor) -> torch.Tensor:
        """A copy of `frame` in a file. Raises WriteFailed if the disk is full."""
        with write_errors(self._folder), tempfile.TemporaryFile(dir=self._folder) as file:
            # Written, not copied through the map: where the disk is full, that would be a signal and no error.
            file.write(frame.cpu().contiguous().flatten().view(torch.uint8).numpy().data)
            file.flush()
            pages = mmap.mmap(file.fileno(), frame.nbytes)
        self._maps.add(pages)
        return torch.frombuffer(pages, dtype=frame.dtype).view(frame.shape)

    def release(self) -> None:
        """Unmap the pages: they stay in the files, and no longer count as the process's own."""
        for pages in list(self._maps):
            if hasattr(pages, "madvise"):  # not on Windows, which takes mapped pages back by itself
                pages.madvise(mmap.MADV_DONTNEED)
