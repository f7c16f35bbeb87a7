"""The standard streams as they may be: closed, full, hung up, or of an encoding that lacks our letters.

What is said there must never end what is being made: a video that is done is done, whoever hears of it.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress


class NotTold(OSError):
    """Standard output takes nothing any more."""


def settle() -> None:
    """Let the two outputs take whatever is written, and an input that is closed be an empty one. For the beginning of a
    program; what tests have put there stays."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest number that is free is this one. Left closed, the next file that is opened would have it.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    codecs.register_error("videoai", _as_bytes)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout, line_buffering=False)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(_Errors(2, "w", closefd=False), sys.stderr, line_buffering=True)


def show_until_more(words: str) -> None:
    """Show these on a terminal until anything else is written there: importing takes a second, or more."""
    raw = getattr(getattr(sys.stderr, "buffer", None), "raw", None)
    if isinstance(raw, _Errors) and raw.isatty():
        print(words, file=sys.stderr, end="", flush=True)
        _passing.append(words)


_passing: list[str] = []
"""What is on the terminal, for the next word to take the place of."""


def _erase() -> None:
    if _passing:
        _passing.clear()
        with suppress(OSError):
            os.write(2, b"\r\n" if os.environ.get("TERM") in NO_TERMINALS else b"\r\x1b[K")


NO_TERMINALS = ("dumb", "unknown")
"""What TERM says where nothing can be drawn or erased: an editor's shell, a serial line."""


def _text(raw: io.RawIOBase, before: io.TextIOBase | None, *, line_buffering: bool) -> io.TextIOWrapper:
    encoding = (before and before.encoding) or "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="videoai", line_buffering=line_buffering or raw.isatty()
    )


def _as_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """What to send for letters that the stream's encoding lacks: the byte of a path that Python could not read as one,
    and escapes for all others."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"".join(map(_sent, error.object[error.start : error.end])), error.end


def _sent(letter: str) -> bytes:
    is_byte = "\udc80" <= letter <= "\udcff"
    return bytes([ord(letter) - 0xDC00]) if is_byte else letter.encode("ascii", "backslashreplace")


class _Output(io.FileIO):
    def write(self, data: object) -> int:
        _erase()
        try:
            return super().write(data)  # type: ignore[arg-type]  # bytes, as the buffer has them
        except OSError as error:
            # Or what is in the buffer would be tried once more when the program ends, and be complained of.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise NotTold(error.errno, error.strerror) from error


class _Errors(io.FileIO):
    def write(self, data: object) -> int:
        _erase()
        try:
            return super().write(data)  # type: ignore[arg-type]  # bytes, as the buffer has them
        except OSError:
            return len(data)  # type: ignore[arg-type]  # nobody can read it, and nobody can be told so
