"""The web app behind the window: one that runs already with this history, or one of the window's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from videoai.errors import VideoAiError
from videoai.language import say
from videoai.system import processes
from videoai.system.messages import Failed, decode
from videoai.system.processes import close_pipes
from videoai.web import running

ANY_PORT = 0
_END_SECONDS = 20.0
"""What a server has to put back the video that is being made."""


class Backend:
    """Its `address` is on this computer alone. `ends_with_us` if it is the window's own, which has a process."""

    def __init__(
        self, address: str, process: subprocess.Popen[bytes] | None = None, wishes: Mapping[str, bool] | None = None
    ) -> None:
        self.address, self._process, self._wishes = address, process, wishes or {}

    @property
    def ends_with_us(self) -> bool:
        return self._process is not None

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def has_died(self) -> bool:
        """Whether it was the window's own, and is no more."""
        return self._process is not None and self._process.poll() is not None

    def again(self) -> Backend:
        """One like it, in the place of one that has died. Raises VideoAiError."""
        self.stop()
        return start([self.port], **self._wishes)

    def stop(self) -> None:
        """End it, if it is the window's own, and wait until it has: what it was at goes on the next time."""
        if self._process is None:
            return
        close_pipes(self._process)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def running_one() -> Backend | None:
    """A server that runs already with this home, by whichever name it was started; None if there is none."""
    for address in running.addresses():
        return Backend(address.replace("//localhost:", "//127.0.0.1:"))
    return None


def start(ports: Sequence[int], **wishes: bool) -> Backend:
    """One of the window's own, on the first of these ports that is free, else on any. Raises VideoAiError.

    `wishes` are “offline” and “gentle”, as `videoai serve` has them.
    """
    wanted = {"ports": [*ports, ANY_PORT], **wishes}
    process = processes.start("videoai.desktop.server_process", errors=sys.stderr.fileno())
    line = _asked(process, wanted)
    if line.startswith(b"http"):
        return Backend(line.decode("ascii").strip(), process, wishes)
    close_pipes(process)
    process.wait()
    raise _why(line)


def _asked(process: subprocess.Popen[bytes], wanted: object) -> bytes:
    """The line that it says once it knows where it is, or that it is nowhere."""
    into, out = process.stdin, process.stdout
    if into is None or out is None:
        return b""
    with suppress(BrokenPipeError):
        into.write(json.dumps(wanted).encode() + b"\n")
        into.flush()
    return out.readline()


def _why(line: bytes) -> VideoAiError:
    """The error that it has told, or that it ended without a word."""
    with suppress(ValueError):
        told = decode(line)
        if isinstance(told, Failed):
            return VideoAiError(told.error["message"], told.error["hint"])
    return VideoAiError(say("The web app did not start."), say("See what is wrong: videoai serve"))
