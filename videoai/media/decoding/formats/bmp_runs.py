"""The run lengths of BMP: RLE8 and RLE4."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_MOST_STEPS = 2_000_000
"""More of them would take longer than a second or two."""
_FEW = 8
"""So many runs are faster one by one."""
_DIGITS = bytes(int(chr(digit), 16) if chr(digit) in "0123456789abcdef" else 0 for digit in range(256))


class TooManyRuns(ValueError):
    """There is more to do than a picture is worth."""


def decoded_runs(data: bytes, width: int, height: int, bits: int) -> tuple[Bytes, Bytes, int]:
    """The numbers of a picture, and 255 where there are some, both (height, width); and how many rows are there.

    Of runs that are longer than their row the rest is left away; `data` may have more after it. Raises TooManyRuns.
    """
    numbers, covered = bytearray(width * height), bytearray(width * height)
    escapes = _Escapes(data)
    x, y, at, rows = 0, 0, 0, height
    for _ in range(_MOST_STEPS):
        until = escapes.next(at)
        size, piece = 0, b""
        if until > at:
            piece = _unrolled(data[at:until], bits)
            at = until
        elif at + 1 >= len(data):
            rows = y
            break
        else:
            count = data[at + 1]
            at += 2
            if count == 0:
                x, y = 0, y + 1
            elif count == 1:
                break
            elif count == 2:
                x, y, at = x + data[at], y + data[at + 1], at + 2
            else:
                size = count if bits == 8 else (count + 1) // 2
                piece = (data[at : at + size] if bits == 8 else _halves(data[at : at + size]))[:count]
                at += size + size % 2
        if y >= height:
            break
        if piece:
            start, size = y * width + x, max(0, min(len(piece), width - x))
            numbers[start : start + size] = piece[:size]
            covered[start : start + size] = b"\xff" * size
            x += len(piece)
    else:
        raise TooManyRuns(f"more than {_MOST_STEPS} runs")
    picture, there = (np.frombuffer(part, np.uint8).reshape(height, width) for part in (numbers, covered))
    return picture, there, rows


class _Escapes:
    """Where the next pair is that begins with 0, so that it is no run. Pairs begin at even places."""

    _AHEAD = 1 << 20

    def __init__(self, data: bytes) -> None:
        self._data, self._known, self._places = data, 0, list[int]()

    def next(self, at: int) -> int:
        """The place, or one before it at which to ask again, or the end of the last pair."""
        if at >= self._known:
            window = np.frombuffer(self._data[at : at + self._AHEAD], np.uint8)
            self._places = (np.flatnonzero(window[: len(window) // 2 * 2 : 2] == 0) * 2 + at).tolist()
            self._known = at + len(window) // 2 * 2
        found = bisect_left(self._places, at)
        return self._places[found] if found < len(self._places) else self._known


def _unrolled(runs: bytes, bits: int) -> bytes:
    """Of pairs of a length and a number, or of two numbers by turns."""
    if len(runs) <= 2 * _FEW:
        pairs = zip(runs[::2], runs[1::2], strict=True)
        if bits == 8:
            return b"".join(bytes((value,)) * count for count, value in pairs)
        return b"".join((bytes((value >> 4, value & 15)) * count)[:count] for count, value in pairs)
    counts, values = np.frombuffer(runs, np.uint8).reshape(-1, 2).T
    numbers = np.repeat(values, counts)
    if bits == 4:
        starts = np.cumsum(counts, dtype=np.int64) - counts
        turn = (np.arange(len(numbers)) - np.repeat(starts, counts)) % 2
        numbers = np.where(turn, numbers & 15, numbers >> 4)
    return numbers.tobytes()


def _halves(data: bytes) -> bytes:
    """Each byte as two numbers of 4 bits."""
    return data.hex().encode().translate(_DIGITS)
