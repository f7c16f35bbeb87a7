"""What computes a video, as all that plans and estimates see it: without torch, and as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from videoai.engines.numbers import Numbers, usual


@dataclass(frozen=True, slots=True)
class Processor:
    """A kind of processor, `device`: cpu, mps or cuda; and what it computes best in.

    `product` is what a matrix product reaches in its usual numbers, FLOP a second; None if nobody has measured it.
    """

    device: str = "cpu"
    numbers: Numbers = field(default_factory=lambda: Numbers("fp32"))
    product: float | None = None

    def numbers_in(self, compute: str | None) -> str:
        """The type of number that a plan computes in here which names `compute`."""
        return compute or usual(self.device)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Processor:
        """The inverse of `to_dict`. Raises ValueError for no numbers."""
        return Processor(values["device"], Numbers.from_dict(values["numbers"]), values["product"])
