"""A fault: what is wrong, the exact text that is there once in its file, and what stands in its place instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ENGINE = "videoai/engines/svd"
TESTS = "tests/engines/svd"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One fault, and the tests, as pytest is given them, of which one is to find it."""

    wrong: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


def applied(mutation: Mutation, source: str) -> str:
    """The file's text with the fault. Raises ValueError if it has no place there, or several."""
    if source.count(mutation.text) != 1:
        raise ValueError(f"“{mutation.text}” is {source.count(mutation.text)} times in {mutation.file}.")
    return source.replace(mutation.text, mutation.instead)


def in_file(file: str, tests: tuple[str, ...], *rows: tuple[str, str, str]) -> Iterator[Mutation]:
    """Rows for a file of the engine: what is wrong, the exact text, and what stands in its place."""
    for wrong, text, instead in rows:
        yield Mutation(wrong, f"{ENGINE}/{file}", text, instead, tests)
