"""Kinds of value that are numbers, alone or in pairs.

A raw value comes from a command line, a JSON body, a form or a file's metadata, so it may be anything.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from videoai.language import say
from videoai.system import units


def _number(raw: object) -> float:
    """`raw` as a finite number; in a text the comma of “2,5” is a decimal point. Raises ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise ValueError("not a number")
    if isinstance(raw, str) and "." not in raw:
        raw = raw.replace(",", ".", 1)
    try:
        number = float(raw)
    except OverflowError as error:
        raise ValueError("not a number of a sensible size") from error
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `minimum` to `maximum` in steps of `step`."""

    name: ClassVar[str] = "whole"
    metavar: ClassVar[str] = "N"
    minimum: int
    maximum: int
    step: int = 1

    def parse(self, raw: object) -> int:
        number = self._number(raw)
        if not number.is_integer():
            raise ValueError("not a whole number")
        value = int(number)
        if not self.minimum <= value <= self.maximum or (value - self.minimum) % self.step:
            raise ValueError("out of range")
        return value

    def nearest(self, raw: object) -> int | None:
        try:
            number = self._number(raw)
        except ValueError:
            return None
        clamped = min(max(number, self.minimum), self.maximum)
        # Half-way goes down: the smaller video is the safer one.
        steps = math.ceil((clamped - self.minimum) / self.step - 0.5)
        return self.minimum + steps * self.step

    def describe(self) -> str:
        low, high = str(self.minimum), str(self.maximum)  # as they are typed, in any language
        if self.step == 1:
            return say("a whole number from {low} to {high}", low=low, high=high)
        return say("a whole number from {low} to {high} in steps of {step}", low=low, high=high, step=self.step)

    def range_text(self) -> str:
        return f"{self.minimum}-{self.maximum}"

    def schema(self) -> dict[str, Any]:
        grid = {} if self.step == 1 or self.minimum % self.step else {"multipleOf": self.step}
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum, **grid}

    @staticmethod
    def _number(raw: object) -> float:
        if isinstance(raw, str) and "," in raw:  # in “1,000” it is one thousand to some and one to others
            raise ValueError("not a whole number")
        return _number(raw)


@dataclass(frozen=True, slots=True)
class Seed(Whole):
    """A whole number that everything random follows from; “random” or -1, as other programs have it, draws one."""

    def parse(self, raw: object) -> int:
        return self.draw() if self.is_random(raw) else Whole.parse(self, raw)

    @staticmethod
    def is_random(raw: object) -> bool:
        """Whether it asks for one to be drawn."""
        return isinstance(raw, (str, int)) and str(raw).strip().lower() in ("random", "-1")

    def draw(self) -> int:
        """One of them, no more likely than another."""
        return self.minimum + secrets.randbelow(self.maximum - self.minimum + 1)

    def describe(self) -> str:
        return say("{number}, or random", number=Whole.describe(self))


@dataclass(frozen=True, slots=True)
class WholeOrOff(Whole):
    """A whole number; or “off”, which is None."""

    name: ClassVar[str] = "whole_or_off"

    def parse(self, raw: object) -> int | None:  # type: ignore[override]
        return None if raw is None or raw == "off" else Whole.parse(self, raw)

    def describe(self) -> str:
        return say("off, or {number}", number=Whole.describe(self))

    def range_text(self) -> str:
        return f"off, {Whole.range_text(self)}"

    def schema(self) -> dict[str, Any]:
        return Whole.schema(self) | {"type": ["integer", "null"]}


@dataclass(frozen=True, slots=True)
class Number:
    """Any number from `minimum` to `maximum`; a slider goes in steps of `step`."""

    name: ClassVar[str] = "number"
    metavar: ClassVar[str] = "N"
    minimum: float
    maximum: float
    step: float = 0.1

    def parse(self, raw: object) -> float:
        value = _number(raw)
        if not self.minimum <= value <= self.maximum:
            raise ValueError("out of range")
        return value

    def nearest(self, raw: object) -> float | None:
        try:
            return min(max(_number(raw), self.minimum), self.maximum)
        except ValueError:
            return None

    def describe(self) -> str:
        return say("a number from {low} to {high}", low=f"{self.minimum:g}", high=f"{self.maximum:g}")

    def range_text(self) -> str:
        return f"{self.minimum:g}-{self.maximum:g}"

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Amount:
    """Bytes of memory, as a number or as people write them: see `units.bytes_of`."""

    name: ClassVar[str] = "amount"
    metavar: ClassVar[str] = "SIZE"
    minimum: int = 1

    def parse(self, raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
            raise ValueError("not an amount")
        try:
            value = units.bytes_of(f"{raw:.0f}" if isinstance(raw, float) else str(raw))
        except ValueError as error:
            raise ValueError("not an amount") from error
        if value < self.minimum:
            raise ValueError("too little")
        return value

    def nearest(self, raw: object) -> None:
        return None

    def describe(self) -> str:
        return say("an amount of memory such as 5.3G, 5GiB, 5300M or a number of bytes")

    def range_text(self) -> str:
        return say("such as 5.3G or 5GiB")

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum}


@dataclass(frozen=True, slots=True)
class Point:
    """A point in a picture as fractions of its width and height: "0.5,0.3"."""

    name: ClassVar[str] = "point"
    metavar: ClassVar[str] = "X,Y"
    minimum: ClassVar[int] = 0
    maximum: ClassVar[int] = 1

    def parse(self, raw: object) -> tuple[float, float]:
        x, y = _pair(raw)
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError("outside the picture")
        return x, y

    def nearest(self, raw: object) -> str | None:
        try:
            x, y = _pair(raw)
        except ValueError:
            return None
        return f"{min(max(x, 0), 1):g},{min(max(y, 0), 1):g}"

    def describe(self) -> str:
        return say("two fractions from 0 to 1, X,Y, from the top left corner")

    def range_text(self) -> str:
        return "0-1,0-1"

    def schema(self) -> dict[str, Any]:
        number = {"type": "number", "minimum": self.minimum, "maximum": self.maximum}
        return {"type": "array", "items": number, "minItems": 2, "maxItems": 2}


@dataclass(frozen=True, slots=True)
class Span:
    """From one number to a larger one, "0.5,30", within `minimum` and `maximum`; or "off", which is None."""

    name: ClassVar[str] = "span"
    minimum: float
    maximum: float
    metavar: str = say("LOW,HIGH")

    def parse(self, raw: object) -> tuple[float, float] | None:
        if raw is None or raw == "off":
            return None
        low, high = _pair(raw)
        if not self.minimum <= low < high <= self.maximum:
            raise ValueError("no such span")
        return low, high

    def nearest(self, raw: object) -> str | None:
        try:
            low, high = sorted(min(max(number, self.minimum), self.maximum) for number in _pair(raw))
        except ValueError:
            return None
        return f"{low:g},{high:g}" if low < high else None

    def describe(self) -> str:
        low, high = f"{self.minimum:g}", f"{self.maximum:g}"
        return say("off, or two numbers {names} from {low} to {high}", names=self.metavar, low=low, high=high)

    def range_text(self) -> str:
        return f"off, {self.minimum:g}-{self.maximum:g},{self.minimum:g}-{self.maximum:g}"

    def schema(self) -> dict[str, Any]:
        number = {"type": "number", "minimum": self.minimum, "maximum": self.maximum}
        return {"type": ["array", "null"], "items": number, "minItems": 2, "maxItems": 2}


def _pair(raw: object) -> tuple[float, float]:
    parts: Iterable[object] = _parts(raw) if isinstance(raw, str) else raw if isinstance(raw, (list, tuple)) else ()
    numbers = [_number(part) for part in parts]
    if len(numbers) != 2:
        raise ValueError("not two numbers")
    return numbers[0], numbers[1]


def _parts(text: str) -> list[str]:
    """The numbers in a text: “0.5,30”, and with decimal commas “0,5 30”, “0,5;30” or “0,5,30,0”."""
    parts = re.split(r"\s*;\s*|\s+,\s*|\s*,\s+|\s+", text.strip())
    if len(parts) == 1:
        parts = text.split(",")
    if len(parts) == 4 and all(part.isdecimal() for part in parts):
        parts = [".".join(parts[:2]), ".".join(parts[2:])]
    return parts
