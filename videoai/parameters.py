"""What a parameter is: its kind of value, how a raw one is read, and what is said of a wrong one.

A raw value comes from a command line, a JSON body, a form or a file's metadata, so it may be anything.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from videoai.language import say


class Kind(Protocol):
    """A kind of value."""

    def parse(self, raw: object) -> Any:
        """The value that `raw` stands for. Raises ValueError if it stands for none."""
        ...

    def nearest(self, raw: object) -> Any | None:
        """The valid value that `raw` was probably meant to be, or None if nobody can tell."""
        ...

    def describe(self) -> str:
        """What is allowed, to complete "it must be …"."""
        ...

    def range_text(self) -> str:
        """The same in as few characters as a table cell has."""
        ...


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

    @staticmethod
    def _number(raw: object) -> float:
        if isinstance(raw, str) and "," in raw:  # in “1,000” it is one thousand to some and one to others
            raise ValueError("not a whole number")
        return _number(raw)


@dataclass(frozen=True, slots=True)
class Seed(Whole):
    """A whole number that everything random follows from; “random” or -1, as other programs have it, draws one."""

    def parse(self, raw: object) -> int:
        text = str(raw).strip().lower() if isinstance(raw, (str, int)) else ""
        return self.draw() if text in ("random", "-1") else Whole.parse(self, raw)

    def draw(self) -> int:
        """One of them, no more likely than another."""
        return self.minimum + secrets.randbelow(self.maximum - self.minimum + 1)

    def describe(self) -> str:
        return say("{number}, or random", number=Whole.describe(self))


@dataclass(frozen=True, slots=True)
class Number:
    """Any number from `minimum` to `maximum`."""

    minimum: float
    maximum: float

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


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def parse(self, raw: object) -> str:
        if isinstance(raw, str) and raw in self.options:
            return raw
        raise ValueError("not one of the options")

    def nearest(self, raw: object) -> str | None:
        return closest_word(str(raw), self.options)

    def describe(self) -> str:
        return say("one of {words}", words=self.range_text())

    def range_text(self) -> str:
        return ", ".join(self.options)


@dataclass(frozen=True, slots=True)
class Text:
    """Any text; `what` says in a word what it stands for."""

    what: str

    def parse(self, raw: object) -> str:
        if isinstance(raw, str) and raw and "\0" not in raw:
            return raw
        raise ValueError("not a text")

    def nearest(self, raw: object) -> None:
        return None

    def describe(self) -> str:
        return say("a {what}", what=self.what)

    def range_text(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class IdOrPath:
    """One of a few ids, or the path of something that exists on this machine.

    `meant` knows other names that the ids have elsewhere, and says which id such a name stands for.
    """

    ids: tuple[str, ...]
    what: str
    meant: Callable[[str], str | None] = lambda name: None

    def parse(self, raw: object) -> str:
        if isinstance(raw, str) and raw in self.ids:
            return raw
        if isinstance(raw, str) and _looks_like_a_path(raw) and os.path.exists(os.path.expanduser(raw)):
            return raw
        raise ValueError("neither known nor there")

    def nearest(self, raw: object) -> str | None:
        if not isinstance(raw, str):
            return None
        return self.meant(raw) or (None if _looks_like_a_path(raw) else closest_word(raw, self.ids))

    def describe(self) -> str:
        return say("one of {words}, or the path of {what} that exists", words=", ".join(self.ids), what=self.what)

    def range_text(self) -> str:
        return say("{words}, path", words=", ".join(self.ids))


@dataclass(frozen=True, slots=True)
class Point:
    """A point in a picture as fractions of its width and height: "0.5,0.3"."""

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


@dataclass(frozen=True, slots=True)
class Span:
    """From one number to a larger one, "0.5,30", within `minimum` and `maximum`; or "off", which is None."""

    minimum: float
    maximum: float

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
        return say("off, or two numbers LOW,HIGH from {low} to {high}", low=low, high=high)

    def range_text(self) -> str:
        return f"off, {self.minimum:g}-{self.maximum:g},{self.minimum:g}-{self.maximum:g}"


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


def _looks_like_a_path(text: str) -> bool:
    return "/" in text or "\\" in text or text.startswith(("~", "."))


def closest_word(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` was probably meant to be."""
    return next(iter(difflib.get_close_matches(word[:80].lower(), list(words), n=1)), None)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table of parameters."""

    name: str
    kind: Kind
    default: Callable[[], Any]
    default_text: str
    unit: str
    help: str

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")
