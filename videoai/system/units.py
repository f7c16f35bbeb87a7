"""How sizes and times are written, and how sizes are read: the same everywhere, as macOS shows them.

A GB is 10⁹ bytes, an MB 10⁶, a kB 10³, of memory as of files. What is meant in powers of 1024 says so: GiB, MiB, KiB.
"""

from __future__ import annotations

import re

from videoai.language import say


def size(count: float) -> str:
    """Bytes: “1.4 GB”, “140 MB”, “3 kB”. No more digits than a look takes in; what is counted is never “0 kB”."""
    if count >= 99.95e9:
        return say("{size:.0f} GB", size=count / 1e9)
    if count >= 999.5e6:
        return say("{size:.1f} GB", size=count / 1e9)
    if count >= 999.5e3:
        return say("{size:.0f} MB", size=count / 1e6)
    return say("{size:.0f} kB", size=max(count / 1e3, min(count, 1)))


def speed(count: float) -> str:
    """Bytes a second: “12.5 MB/s”."""
    return say("{speed:.1f} MB/s", speed=count / 1e6)


def arithmetic(flop_per_second: float) -> str:
    """“118 GFLOP/s” or “1.3 TFLOP/s”."""
    if flop_per_second < 999.5e9:
        return say("{rate:.3g} GFLOP/s", rate=flop_per_second / 1e9)
    return say("{rate:.2f} TFLOP/s", rate=flop_per_second / 1e12)


def duration(seconds: float) -> str:
    """How long something will take: “8 s”, “45 s”, “12 min”, “2 h 05 min”; no more digits than an estimate has."""
    whole = max(1, round(seconds))
    if whole < 90:
        return say("{seconds} s", seconds=whole)
    minutes = round(seconds / 60)
    if minutes < 90:
        return say("{minutes} min", minutes=minutes)
    return say("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)


def minutes(shortest: float, longest: float) -> str:
    """Between how many seconds something takes, as whoever gave them says it: “1.5 min”, “3 to 5 min”."""
    low, high = shortest / 60, longest / 60
    return say("{low:g} min", low=low) if low == high else say("{low:g} to {high:g} min", low=low, high=high)


def length(seconds: float) -> str:
    """How long a clip is, or how long something took that is over: “2.3 s”."""
    return say("{seconds:.1f} s", seconds=seconds)


_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_DIGITS = 20
_SHAPE = re.compile(r"\s*(\d+|(?:\d+[.,]\d*|[.,]\d+)(?=\s*[KMGT]))\s*([KMGT]?)(I?)B?\s*", re.IGNORECASE)


def bytes_of(text: str) -> int:
    """The bytes that a text means: “5.3G” and “5,3 GB” are of 10⁹, “5.3 GiB” is of 2³⁰. Raises ValueError."""
    match = _SHAPE.fullmatch(text)
    if match is None or len(match[1]) > _DIGITS or (match[3] and not match[2]):
        raise ValueError("not a size")
    if re.search(r"[1-9],\d{3}$", match[1]):  # “5,300M” is five to some, and five thousand to others
        raise ValueError("not a clear size")
    base = 1024 if match[3] else 1000
    return int(float(match[1].replace(",", ".")) * base ** _POWERS[match[2].upper()])
