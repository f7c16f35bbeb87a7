"""What the numbers of a HEIC's depth map mean: HEVC's depth representation information (ITU-T H.265, G.14.2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from videoai.media.decoding.depth.found import Nearness, disparity, linear_range

_INFORMATION = 177
"""The kind of message."""
_MESSAGES = (39, 40)
"""Kinds of units that hold some."""
_UNIFORM_Z = 2
"""Distance itself. The other kinds are disparity or grow with it; of the uneven one the curve is not followed."""
_MOST_ZEROS = 16


def nearness_of(messages: bytes) -> Nearness:
    """From what follows the name of an auxiliary picture in its auxC box. Raises ValueError if that is cut off."""
    for message in _information(messages):
        bits = _Bits(message)
        has_near, has_far, has_least, has_most = (bits.next(1) for _ in range(4))
        if bits.exp_golomb() != _UNIFORM_Z:
            return disparity
        if has_least or has_most:
            bits.exp_golomb()  # which view disparity is counted from
        if not (has_near and has_far):
            raise ValueError("distances without a range")
        near, far = bits.number(), bits.number()
        return linear_range(near, far)
    return disparity


def _information(messages: bytes) -> Iterator[bytes]:
    """Each of that kind: units with their length before them, and before all that of all."""
    at = 4
    while at + 8 <= len(messages):
        size = int.from_bytes(messages[at : at + 4], "big")
        unit = messages[at + 4 : at + 4 + size]
        if len(unit) >= 4 and unit[0] >> 1 & 0x3F in _MESSAGES and unit[2] == _INFORMATION:
            yield unit[4 : 4 + unit[3]]
        at += 4 + size


class _Bits:
    """Numbers of any bits, one after the other. Raises ValueError at the end."""

    def __init__(self, content: bytes) -> None:
        self._value, self._left = int.from_bytes(content, "big"), 8 * len(content)

    def next(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("no more bits")
        return self._value >> self._left & ((1 << count) - 1)

    def exp_golomb(self) -> int:
        """As many zeros as the number, and one, has digits after its first."""
        zeros = 0
        while not self.next(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise ValueError("too large a number")
        return (1 << zeros) - 1 + self.next(zeros)

    def number(self) -> float:
        """Sign, exponent, how many bits the mantissa has, and those."""
        sign, exponent, length = self.next(1), self.next(7), self.next(5) + 1
        mantissa = self.next(length)
        value = 2.0 ** (exponent - 31) * (1 + mantissa / 2**length) if exponent else mantissa * 2.0 ** -(30 + length)
        return -value if sign else value
