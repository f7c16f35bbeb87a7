"""Kinds of value that are words: one of a few, yes or no, ids and paths."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from videoai.language import say


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; `labels` are those that a person understands better than the word itself.

    Beside them the user may have given names, which are asked for each time; of those, capitals do not matter.
    """

    name: ClassVar[str] = "choice"
    metavar: ClassVar[str] = "WORD"
    options: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    given_names: Callable[[], tuple[str, ...]] | None = None

    def words(self) -> tuple[str, ...]:
        """All that it can be now."""
        return self.options if self.given_names is None else (*self.options, *self.given_names())

    def parse(self, raw: object) -> str:
        word = str(raw) if type(raw) is int else raw  # from Python and JSON: precision=8
        if isinstance(word, str) and word in self.options:
            return word
        if isinstance(word, str) and self.given_names is not None:
            for name in self.given_names():
                if folded(name) == folded(word):
                    return name
        raise ValueError("not one of the options")

    def nearest(self, raw: object) -> str | None:
        return closest_word(str(raw), self.words())

    def describe(self) -> str:
        return say("one of {words}", words=", ".join(self.words()))

    def range_text(self) -> str:
        words = ", ".join(self.options)
        return words if self.given_names is None else say("{words}, one of your own", words=words)

    def schema(self) -> dict[str, Any]:
        if self.given_names is not None:
            return {"type": "string", "minLength": 1, "examples": list(self.options)}
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Directed:
    """One of a few words, some of which can have a direction: “pan”, “pan:left”.

    `directions` are those of each word, none of some; `labels` as of a Choice, for words and directions.
    """

    name: ClassVar[str] = "directed"
    metavar: ClassVar[str] = "WORD[:DIRECTION]"
    directions: Mapping[str, tuple[str, ...]] = field(hash=False)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def words(self) -> tuple[str, ...]:
        """All that it can be: each word, alone and with each of its directions."""
        return tuple(
            said for word, ways in self.directions.items() for said in (word, *(f"{word}:{way}" for way in ways))
        )

    def parse(self, raw: object) -> str:
        if isinstance(raw, str) and raw in self.words():
            return raw
        raise ValueError("not one of the words")

    def nearest(self, raw: object) -> str | None:
        word, colon, way = str(raw).partition(":")
        meant = closest_word(word, self.directions)
        if meant is None or not colon:
            return meant
        direction = closest_word(way, self.directions[meant])
        return meant if direction is None else f"{meant}:{direction}"

    def describe(self) -> str:
        ways = list(dict.fromkeys(way for ways in self.directions.values() for way in ways))
        words = say("one of {words}", words=self.range_text())
        return say("{words} ({directions})", words=words, directions=", ".join(ways)) if ways else words

    def range_text(self) -> str:
        words = ", ".join(self.directions)
        directed = next((f"{word}:{ways[0]}" for word, ways in self.directions.items() if ways), None)
        return say("{words}; or as in {directed}", words=words, directed=directed) if directed else words

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words())}


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no; on the command line it is said by naming it, and no, where that is something else than nothing, by
    “--no-” and its name."""

    name: ClassVar[str] = "flag"
    metavar: ClassVar[str] = ""

    def parse(self, raw: object) -> bool:
        text = str(raw).lower() if isinstance(raw, (bool, str)) else ""
        if text not in _YES + _NO:
            raise ValueError("neither yes nor no")
        return text in _YES

    def nearest(self, raw: object) -> None:
        return None

    def describe(self) -> str:
        return say("true or false")

    def range_text(self) -> str:
        return say("true or false")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class FreeText:
    """Any text; `what` says in a word what it stands for."""

    name: ClassVar[str] = "text"
    metavar: ClassVar[str] = "PATH"
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

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class VideoPath:
    """The path of a video."""

    name: ClassVar[str] = "video"
    metavar: ClassVar[str] = "VIDEO"

    def parse(self, raw: object) -> Path:
        text = str(raw) if isinstance(raw, (str, Path)) else ""
        if not text or "\0" in text:  # an empty one, of a variable that is not set, would be the current folder
            raise ValueError("not a path")
        return Path(text)

    def nearest(self, raw: object) -> None:
        return None

    def describe(self) -> str:
        return say("the path of a video")

    def range_text(self) -> str:
        return say("path")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class IdOrPath:
    """One of a few ids, or the path of something that exists on this machine: an id is never taken for a path.

    `meant` knows other names that the ids have elsewhere, and says which id such a name stands for.
    """

    name: ClassVar[str] = "model"
    metavar: ClassVar[str] = "WORD"
    ids: tuple[str, ...]
    what: str
    meant: Callable[[str], str | None] = lambda name: None

    def parse(self, raw: object) -> str:
        if isinstance(raw, str) and raw in self.ids:
            return raw
        if isinstance(raw, str) and os.path.exists(os.path.expanduser(raw)):
            return raw
        raise ValueError("neither known nor there")

    def nearest(self, raw: object) -> str | None:
        if not isinstance(raw, str):
            return None
        return self.meant(raw) or (None if _looks_like_a_path(raw) else closest_word(raw, self.ids))

    def describe(self) -> str:
        return say("one of {words}, or the path of {what}", words=", ".join(self.ids), what=self.what)

    def range_text(self) -> str:
        return say("{words}, path", words=", ".join(self.ids))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.ids)}


def _looks_like_a_path(text: str) -> bool:
    return "/" in text or "\\" in text or text.startswith(("~", "."))


def folded(name: str) -> str:
    """What is the same for names that differ in nothing but capitals, or in how their accents are written."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def closest_word(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` was probably meant to be."""
    return next(iter(difflib.get_close_matches(word[:80].lower(), list(words), n=1)), None)
