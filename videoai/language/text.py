"""A sentence that is English and can be had in any language, and what carries it from process to process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, overload

from videoai.language.called import as_called
from videoai.language.current import ENGLISH, current
from videoai.language.printable import printable

_MARKS: Mapping[str, dict[int, int]] = {ENGLISH: {}, "it": str.maketrans(".,", ",.")}
"""How the decimal point and the separator of thousands of English numbers are written."""


class Text(str):
    """A sentence in English that carries its template and the values in it, and so can be had in any language."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any]) -> Text:
        plain = {name: _plain(value) for name, value in values.items()}
        text = super().__new__(cls, template.format_map(plain))
        text.template, text.values = template, plain
        return text

    def __reduce__(self) -> tuple[type[Text], tuple[str, Mapping[str, Any]]]:
        return Text, (self.template, self.values)

    def in_language(self, language: str) -> str:
        """The sentence, with the texts and numbers in it, in that language; in English if it has no such sentence.

        Its commands are what they are called here.
        """
        values = {name: _localised(value, language) for name, value in self.values.items()}
        template = catalogue(language).get(self.template, self.template)
        return as_called(template, template=True).format_map(values)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, the inverse of `from_json`."""
        return {"text": self.template, "values": kept(self.values)}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Text:
        """What `to_json` was called on. Raises ValueError if it was something else."""
        try:
            return Text(value["text"], restored(value["values"]))
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"no text: {str(value)[:80]}") from error


def say(template: str, /, **values: object) -> Text:
    """The sentence `template` with `values` for its placeholders.

    `template` is written out where this is called, so that a test can see that it has its translation. Numbers keep
    their type, and are formatted as the language does: “{share:.1f}”. A value may be another Text.
    """
    return Text(template, values)


def joined(separator: str, texts: Iterable[str]) -> Text:
    """Texts one after the other."""
    values = {f"t{number}": text for number, text in enumerate(texts)}
    return Text(separator.join(f"{{{name}}}" for name in values), values)


def listed(words: Iterable[str]) -> str:
    """Words joined by “and”; an empty text if there are none."""
    first, *others = list(words) or [""]
    for other in others:
        first = say("{first} and {second}", first=first, second=other)
    return first


def several(texts: Sequence[str], most: int) -> Text:
    """The first of many, at most so many, and how many more there are."""
    first = joined("; ", texts[:most])
    if len(texts) <= most:
        return first
    return say("{first}; and {count} more", first=first, count=len(texts) - most)


def _plain(value: object) -> Any:
    """A value as it can stand in a sentence. Whatever is no text or number of ours may come from anybody."""
    return value if isinstance(value, (Text, int, float)) else printable(str(value))


class _Number:
    """A number whose marks are those of a language."""

    def __init__(self, number: float, marks: dict[int, int]) -> None:
        self._number, self._marks = number, marks

    def __format__(self, specification: str) -> str:
        return format(self._number, specification).translate(self._marks)


def _localised(value: Any, language: str) -> Any:
    if isinstance(value, Text):
        return value.in_language(language)
    return value if isinstance(value, str) else _Number(value, _MARKS[language])


@cache
def catalogue(language: str, part: str = "program") -> Mapping[str, str]:
    """The translations of a part, “program” or “page”, by what they are in English, which needs none."""
    if language == ENGLISH:
        return {}
    import json  # not for English: the command line begins with this module
    from pathlib import Path

    found: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name(f"{language}.json").read_text("utf-8"))
    return found[part]


# The edges: what is stored keeps its template, what is shown does not.


def kept(value: Any) -> Any:
    """JSON values with each Text in them as what `restored` makes a Text of again."""
    return value.to_json() if isinstance(value, Text) else _within(value, kept)


def restored(value: Any) -> Any:
    """The inverse of `kept`."""
    if isinstance(value, dict) and value.keys() == {"text", "values"}:
        return Text.from_json(value)
    return _within(value, restored)


@overload
def shown(value: str) -> str: ...
@overload
def shown(value: Any) -> Any: ...
def shown(value: Any) -> Any:
    """A text, or JSON values with each Text in them, in the current language."""
    return value.in_language(current()) if isinstance(value, Text) else _within(value, shown)


def _within(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: change(each) for key, each in value.items()}
    return [change(each) for each in value] if isinstance(value, (list, tuple)) else value
