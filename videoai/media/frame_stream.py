"""The frames of a video of anybody's, out of the process that reads it, as they are asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from typing import IO, Any

from videoai.errors import from_dict
from videoai.language import kept, restored
from videoai.media.media_client import CHILD, Ended, Guard, ReadingLimits
from videoai.system import paths, processes, temporary
from videoai.system.deaths import Watch
from videoai.system.files import write_errors

END, FRAME, REFUSED = b"\0", b"\1", b"\2"
"""What comes next: nothing more, the bytes of a frame, or an error as JSON."""


def streamed(task: Mapping[str, Any], frame_bytes: int, limits: ReadingLimits) -> Generator[bytes]:
    """The frames of the task's video, `frame_bytes` each; the patience of the limits is for one of them.

    Raises the VideoAiError that the process says, Ended, WriteFailed.
    """
    watch = Watch.start()
    with write_errors(paths.temporary()):
        errors = temporary.file()
    with errors:
        process = processes.start(CHILD, "frames", errors=errors)
        guard = Guard(process, limits)
        with process, guard:
            into, out = process.stdin, process.stdout
            if into is None or out is None:
                raise ValueError("There are no pipes.")
            try:
                os.write(into.fileno(), json.dumps(kept({"limit": limits.seconds, **task})).encode() + b"\n")
                while (mark := _read(out, 1, guard)) == FRAME and len(frame := _read(out, frame_bytes, guard)):
                    yield frame
                if mark == END:
                    return
                if mark == REFUSED:
                    raise from_dict(restored(json.loads(out.read())))
            except BrokenPipeError:  # it has ended already; why, its exit code says
                pass
            finally:
                process.kill()  # nobody wants more of it
        errors.seek(0)
        tail = errors.read()[-2000:].decode("utf-8", "replace").strip()
    raise Ended(guard.limit, watch.explain(process.returncode, tail, programs=list))


def _read(out: IO[bytes], size: int, guard: Guard) -> bytes:
    """So many bytes; none if it ends before."""
    guard.asked(True)
    data = out.read(size)
    guard.asked(False)
    return data if len(data) == size else b""
