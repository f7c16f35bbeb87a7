"""The types of number that layers compute in, and which of them a processor computes best in: without torch.

`fp32` has 24 bits of precision. `bf16` has 8 and the same range: nothing overflows that would not in fp32. `fp16` has
11 and ends at 65504: it is eight times as exact as bf16, and what overflows in it is computed again in fp32.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from videoai.language import listed, say

NUMBER_BYTES: Mapping[str, int] = MappingProxyType({"fp32": 4, "bf16": 2, "fp16": 2})
"""The names of the types, and the bytes of a number."""

SHARES: Mapping[str, float] = MappingProxyType({"product": 0.48, "convolution": 0.43, "attention": 0.09})
"""The kinds of work that take the time, and how much of the arithmetic of a clip of 14 frames of 640×384 each is."""

TITLES: Mapping[str, str] = MappingProxyType(
    {"product": say("matrix product"), "convolution": say("convolution"), "attention": say("attention")}
)
"""What a person calls the kinds of work."""

_CLEARLY_FASTER = 1.2
"""Below that a half type gains less than a run's times vary by, and is not worth its error."""

_WORTH_LESS_EXACT = 1.25
"""By so much bf16 has to be faster than fp16 to be taken: it is an eighth as exact. Where they are as fast, fp16 is
better: SVD's weights are published in it, and a stage that overflows in it continues in fp32."""

_HOPELESS = 0.5
"""A type that is slower than this, of fp32's speed, is one that the processor has no instructions for."""


def usual(device: str) -> str:
    """The numbers of a plan that names none, as those of versions that knew no other."""
    return "fp32" if device == "cpu" else "fp16"


def wrong_sentence(wrong: Mapping[str, str]) -> str:
    """That a kind of work does not come out right in a type of number, or in several, and what is done about it."""
    return say(
        "In {numbers} this version of torch gives wrong results here, so VideoAi computes in fp32.",
        numbers=listed(say("{numbers} ({kind})", numbers=name, kind=TITLES[kind]) for name, kind in wrong.items()),
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a processor computes best in, and what that was found out from.

    `rates` are FLOP a second, by type and kind of work, of those that were measured: a type is given up at the first
    kind that is wrong in it or far slower than in fp32. `wrong` names, by type, the kind of work that does not come out
    right in it.
    """

    best: str
    rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(rates: Mapping[str, Mapping[str, float]], wrong: Mapping[str, str]) -> Numbers:
        """With the best of them: a half type that is right in all kinds of work and clearly faster, or fp32."""
        measured = Numbers("fp32", rates, wrong)
        gains = {name: measured.gain(name) for name in ("fp16", "bf16") if name not in wrong}
        good = {name: gain for name, gain in gains.items() if gain >= _CLEARLY_FASTER}
        if not good:
            return measured
        if good.get("bf16", 0.0) >= _WORTH_LESS_EXACT * good.get("fp16", 0.0):
            return Numbers("bf16", rates, wrong)
        return Numbers("fp16", rates, wrong)

    def rate(self, name: str) -> float:
        """FLOP a second of a clip, as far as its kinds of work say; 0 if they were not all measured."""
        rates = self.rates.get(name, {})
        if rates.keys() != SHARES.keys():
            return 0.0
        return 1 / sum(share / rates[kind] for kind, share in SHARES.items())

    def gain(self, name: str) -> float:
        """How many times faster than in fp32 that is."""
        exact = self.rate("fp32")
        return self.rate(name) / exact if exact else 0.0

    def pace(self, name: str) -> float:
        """The same for an estimate, also of a type that was given up: what the slowest kind that was measured says."""
        exact, found = self.rates.get("fp32", {}), self.rates.get(name, {})
        return self.gain(name) or min((found[kind] / exact[kind] for kind in found if kind in exact), default=1.0)

    def suits(self, name: str) -> bool:
        """Whether it computes rightly in these numbers, and not hopelessly slowly."""
        return name not in self.wrong and self.pace(name) >= _HOPELESS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Numbers:
        """The inverse of `to_dict`. Raises ValueError for anything else."""
        try:
            best, wrong = values["best"], dict(values["wrong"])
            rates = {
                name: {kind: float(rate) for kind, rate in kinds.items()} for name, kinds in values["rates"].items()
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("no numbers") from error
        named = {best, *rates, *wrong} <= NUMBER_BYTES.keys() and {*wrong.values()} <= SHARES.keys()
        rated = all(0 < rate < math.inf for found in rates.values() for rate in found.values())
        if not (named and rated and all(found.keys() <= SHARES.keys() for found in rates.values())):
            raise ValueError("no numbers")
        return Numbers(best, rates, wrong)
