"""One window for a home: a second start hands its files to the first, through a socket that is this user's alone."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from videoai.system import paths, private_files
from videoai.system.locking import try_lock
from videoai.system.strict_json import read_json

_SECONDS = 20.0
"""Within which a window that lives answers, on a busy machine too."""
_LOOK_SECONDS = 0.1
_MOST_BYTES = 1 << 20
_DONE = b"ok\n"

_log = logging.getLogger("videoai.desktop")

Take = Callable[[Sequence[str]], None]


def hand_over(files: Sequence[Path]) -> bool:
    """Give the files to the window that is open, which comes to the front; whether there is one."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as there:
        there.settimeout(_SECONDS)
        there.connect(str(_place()))
        there.sendall(json.dumps([str(file) for file in files]).encode() + b"\n")
        return there.recv(len(_DONE)) == _DONE
    return False


def hold_or_hand_over(files: Sequence[Path]) -> int | None:
    """The lock that makes this start the one with the window, or None once the files are with the one that has it.

    It is held until its descriptor is closed, or the process ends. Where one that has it takes nothing for long, or the
    disk knows no locks, there are two windows. Raises OSError.
    """
    private_files.make_folder(paths.window())
    end = time.monotonic() + _SECONDS
    while not hand_over(files):
        lock = try_lock(paths.window() / "window.lock")
        if lock is not None or time.monotonic() > end:
            return os.open(os.devnull, os.O_RDONLY) if lock is None else lock
        time.sleep(_LOOK_SECONDS)  # it is about to listen
    return None


class Receiver:
    """Takes what later starts hand over, until it is closed. Where no socket can be, each start has its own window."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._socket: socket.socket | None = None
        try:
            private_files.make_folder(_place().parent)
            with suppress(FileNotFoundError):
                _place().unlink()  # of a window that was killed: nobody has answered there
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.bind(str(_place()))
            os.chmod(_place(), 0o600)
            self._socket.listen(4)
        except OSError as error:  # its path is too long, or the disk knows no sockets
            _log.warning("A second start will open a window of its own: %s", error)
            self.close()
            return
        threading.Thread(target=self._listen, args=[self._socket], name="handover", daemon=True).start()

    def close(self) -> None:
        """Take nothing more."""
        if self._socket is not None:
            with suppress(OSError):  # a Mac's own say that nobody is connected
                self._socket.shutdown(socket.SHUT_RDWR)  # closing alone lets one more in
            self._socket.close()
            self._socket = None
            with suppress(OSError):
                _place().unlink()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                there, _ = listener.accept()
            except OSError:  # closed
                return
            with suppress(OSError, ValueError), there:
                there.settimeout(_SECONDS)
                self._take(_files(_line(there)))
                there.sendall(_DONE)


def _line(there: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"\n") and len(said) < _MOST_BYTES and (more := there.recv(65536)):
        said += more
    return said


def _files(line: bytes) -> list[str]:
    """Raises ValueError for what is no list of paths."""
    found = read_json(line)
    if not isinstance(found, list) or not all(isinstance(each, str) and os.path.isabs(each) for each in found):
        raise ValueError("no list of files")
    return found


def _place() -> Path:
    return paths.window() / "handover"
