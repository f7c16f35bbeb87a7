"""The plan of an engine that computes in one way only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OnlyPlan:
    """See videoai.engines.base.Plan."""

    @property
    def bits(self) -> int | None:
        return None

    def to_dict(self) -> dict[str, Any]:
        return {}

    def same_frames(self) -> object:
        return None

    def with_bits(self, bits: int) -> OnlyPlan:
        return self

    def how(self) -> Iterator[str]:
        yield from ()
