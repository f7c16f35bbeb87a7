"""Amounts of memory as people write them: 5.3G, 5,3 GiB, 5300M, or plain bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from videoai.language import say

_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_DIGITS = 20
_SHAPE = re.compile(r"\s*(\d+|(?:\d+[.,]\d*|[.,]\d+)(?=\s*[KMGT]))\s*([KMGT]?)(?:I?B)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A Kind of parameter (parameters.py): bytes of memory. K, M, G and T are powers of 1024, as memory is sold."""

    minimum: int = 1

    def parse(self, raw: object) -> int:
        """The bytes that `raw` stands for. Raises ValueError if it stands for none."""
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
            raise ValueError("not an amount")
        match = _SHAPE.fullmatch(f"{raw:.0f}" if isinstance(raw, float) else str(raw))
        if match is None or len(match[1]) > _DIGITS:
            raise ValueError("not an amount")
        if re.search(r"[1-9],\d{3}$", match[1]):  # “5,300M” is five to some, and five thousand to others
            raise ValueError("not a clear amount")
        value = int(float(match[1].replace(",", ".")) * 1024 ** _POWERS[match[2].upper()])
        if value < self.minimum:
            raise ValueError("too little")
        return value

    def nearest(self, raw: object) -> None:
        return None

    def describe(self) -> str:
        return say("an amount of memory such as 5.3G, 5300M or a number of bytes")

    def range_text(self) -> str:
        return say("such as 5.3G")
