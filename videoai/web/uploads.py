"""Files too large for one request, which come piece by piece: checkpoints that are to be imported.

A browser says of a file no more than its name, so what somebody picks or drops on the page has to be copied, even on
the same computer. It lies in a temporary folder until it was imported.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from videoai.errors import BadInput, JobConflict, NotThere, TooLarge
from videoai.language import say
from videoai.system import paths, temporary
from videoai.system.files import need_space, write_errors
from videoai.system.hashing import blocks
from videoai.system.units import size as in_words

CHUNK_BYTES = 16 << 20
"""How much comes at once: a request has a limit, and what is lost with a broken one should be little."""

MOST_BYTES = 32_000_000_000
"""More than any checkpoint of Stable Video Diffusion, in full precision, has."""

SUFFIXES = (".safetensors", ".gguf")

_MOST = 2
_IDLE_SECONDS = 900.0
"""After that nobody sends any more of it: the page was closed."""


@dataclass(slots=True)
class Upload:
    """One file on its way: `received` of its `size` bytes are at `path`."""

    id: str
    name: str
    size: int
    path: Path
    received: int = 0
    touched: float = field(default_factory=time.monotonic)
    held: ExitStack = field(default_factory=ExitStack)
    taken: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


def _plain(name: str) -> str:
    """A name for the copy that any disk takes, and by which people know their file again."""
    stem, suffix = Path(name.replace("\\", "/")).stem, Path(name).suffix.lower()
    return "".join(c if c.isalnum() or c in "-_. " else "_" for c in stem)[:60].strip(". ") + suffix


class Uploads:
    """Those of this program, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Upload] = {}

    def begin(self, name: str, size: int) -> Upload:
        """A new one. Raises BadInput, TooLarge, JobConflict, WriteFailed."""
        shown = " ".join(name.split())[:80]
        if Path(name).suffix.lower() not in SUFFIXES:
            raise BadInput(
                say("{name} is not a model file.", name=shown),
                say("Choose a file that ends in {endings}.", endings=" / ".join(SUFFIXES)),
            )
        if size <= 0:
            raise BadInput(say("{name} is empty.", name=shown), say("Copy it again from the original."))
        if size > MOST_BYTES:
            raise TooLarge(
                say("{name} is {size}, larger than any model.", name=shown, size=in_words(size)),
                say("Choose the file of a Stable Video Diffusion model."),
            )
        self.sweep()
        need_space(
            paths.temporary(),
            size,
            say("Copying {name}", name=shown),
            say("Free some space. A folder or file on this computer can be imported without a copy: type its path."),
        )
        with self._lock:
            if sum(not one.taken for one in self._all.values()) >= _MOST:
                raise JobConflict(
                    say("Other files are being copied."), say("Wait until they are done, or stop one of them.")
                )
            held = ExitStack()
            folder = held.enter_context(temporary.folder())
            upload = Upload(secrets.token_hex(8), shown, size, folder / _plain(name), held=held)
            self._all[upload.id] = upload
        return upload

    def get(self, id: str) -> Upload:
        """Raises NotThere."""
        with self._lock:
            found = self._all.get(id)
        if found is None:
            raise NotThere(say("This file is no longer on its way."), say("Choose the file again."))
        return found

    def append(self, id: str, offset: int, chunk: BinaryIO) -> Upload:
        """Take the piece that begins at `offset`, which has to be where the last one ended.

        A piece is taken whole or not at all. Raises NotThere, JobConflict, TooLarge, WriteFailed.
        """
        upload = self.get(id)
        with upload.lock:
            if upload.taken or offset != upload.received:
                raise JobConflict(
                    say("{count} bytes of {name} are here.", count=upload.received, name=upload.name),
                    say("Go on from there."),
                )
            upload.touched = time.monotonic()
            with write_errors(upload.path), upload.path.open("r+b" if offset else "wb") as file:
                file.seek(offset)
                file.truncate()  # what a write that failed has left
                for block in blocks(chunk):
                    file.write(block)
                end = file.tell()
            if end > upload.size:
                raise TooLarge(say("{name} is larger than it was said to be.", name=upload.name), say("Send it again."))
            upload.received = end
        return upload

    @contextmanager
    def taking(self, id: str) -> Iterator[Upload]:
        """One that is whole, for whoever imports it and then calls `drop`; it stays one to be taken if the block fails.

        Raises NotThere, JobConflict.
        """
        upload = self.get(id)
        with upload.lock:
            if upload.taken or upload.received != upload.size:
                raise JobConflict(
                    say("{count} bytes of {name} are here.", count=upload.received, name=upload.name),
                    say("Go on from there."),
                )
            upload.taken = True
            try:
                yield upload
            except BaseException:
                upload.taken = False
                raise

    def drop(self, id: str) -> None:
        """Delete what has come of it, if it is still known."""
        with self._lock:
            upload = self._all.pop(id, None)
        if upload is not None:
            with upload.lock:
                upload.held.close()

    def sweep(self) -> None:
        """Drop those of which nothing has come for long."""
        old = time.monotonic() - _IDLE_SECONDS
        with self._lock:
            idle = [one.id for one in self._all.values() if not one.taken and one.touched < old]
        for id in idle:
            self.drop(id)

    def stop(self) -> None:
        """Drop all of them."""
        with self._lock:
            ids = list(self._all)
        for id in ids:
            self.drop(id)
