"""In a process that this program has started (processes.py): what it does first and last, and its talk with its parent.

Its stdin and stdout are pipes to the parent. Those that work for minutes tell how far they are in the lines of
messages.py; those that are asked a question print the answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, NoReturn

from videoai.errors import EXIT_INTERRUPTED, VideoAiError
from videoai.events import Event, OnEvent
from videoai.system import environment, offline
from videoai.system.messages import Failed, Message, encode, is_told

NICENESS = 5
"""The machine's owner comes first; on an idle machine it costs nothing."""


def prepare() -> None:
    """Before anything is imported that computes or fetches."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    offline.prepare()
    environment.prepare()


def take_stdout() -> IO[bytes]:
    """The pipe to the parent. Whatever else is printed, as libraries do, goes to stderr, not between what is said.

    It stays open until this process ends, whatever is closed: a parent that has read to its end may stop waiting.
    """
    out = os.fdopen(os.dup(1), "wb", closefd=False)
    os.dup2(2, 1)
    return out


def first_line() -> dict[str, Any]:
    """What the parent says at once: a JSON object in a line. Ends this process if the parent ended before."""
    with os.fdopen(os.dup(0), "rb", buffering=0) as stdin:  # so that no more than this line is read
        line = stdin.readline()
    if not line.endswith(b"\n"):
        os._exit(EXIT_INTERRUPTED)
    said: dict[str, Any] = json.loads(line)
    return said


def end_with_parent(hear: Callable[[bytes], None] = lambda said: None) -> None:
    """End when the pipe from the parent closes, which it does however the parent ends; until then, `hear` what it says.

    That is called in another thread.
    """
    threading.Thread(target=_listen, args=[hear], daemon=True).start()


def _listen(hear: Callable[[bytes], None]) -> None:
    # Not through sys.stdin, whose lock the interpreter would wait for at its end.
    while said := os.read(0, 4096):
        hear(said)
    os._exit(EXIT_INTERRUPTED)


class Parent:
    """Who is told how far this process is, from any thread."""

    def __init__(self) -> None:
        self._out = take_stdout()
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Tell it. Ends this process if the parent is gone."""
        line = encode(message)
        with self._lock:
            try:
                self._out.write(line)
                self._out.flush()
            except BrokenPipeError:
                os._exit(EXIT_INTERRUPTED)

    def on_event(self, event: Event) -> None:
        """Pass an event on, if it is of those that go over the pipe."""
        if is_told(event):
            self.send(event)


def work(do: Callable[[OnEvent], None]) -> int:
    """Do what takes a while, and return the exit code. Its events are told, and the VideoAiError that it raises."""
    prepare()
    parent = Parent()
    end_with_parent()
    os.nice(NICENESS)
    try:
        do(parent.on_event)
    except VideoAiError as error:
        parent.send(Failed(error.to_dict()["error"]))
        return error.exit_code
    return 0


def leave(code: int) -> NoReturn:
    """End this process: all is said and on the disk, and taking down torch and its threads would take a second more."""
    sys.stderr.flush()
    os._exit(code)
