"""A list of videos as people keep one: CSV, out of a spreadsheet or by hand, or JSON Lines. Read with care, row by row.

Nothing here knows what the columns mean; all that is wrong with the list as such is gathered.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from videoai.errors import BadInput
from videoai.language import say
from videoai.system import paths, units
from videoai.system.reasons import reason
from videoai.system.strict_json import read_json

STDIN = "-"
"""In place of a path."""

_MOST_BYTES = 16_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # which a spreadsheet calls “Unicode text”
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEPARATORS = ",;\t"


class Problem(NamedTuple):
    """What is wrong in a list, as exactly as that is known."""

    line: int | None
    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """What a list says of one video: values by column, as `known_as` calls them, without those that are empty."""

    line: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class VideoList:
    """A list that was read: its rows, and what is wrong with it. `folder` is where its relative paths begin, `head`
    the line that names the columns of all rows."""

    name: str
    folder: Path
    head: int | None = None
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_list(path: str) -> VideoList:
    """The list in a file, or on standard input. Raises BadInput if it cannot be read at all."""
    is_file = path != STDIN
    where = paths.expanded(path) if is_file else None
    found = VideoList(where.name if where else say("standard input"), where.parent.absolute() if where else Path.cwd())
    text = _decoded(_content(where), found)
    begins = text.lstrip()[:1]
    if begins == "[":
        raise BadInput(
            say("{name} is one JSON array, not a list of lines.", name=found.name),
            say("Write one object on each line, without the brackets around them and the commas between them."),
        )
    found.rows += _objects(text, found.problems) if begins == "{" else _records(text, found)
    if not (found.rows or found.problems):
        raise BadInput(
            say("{name} has no rows.", name=found.name),
            say("Write the columns on the first line, as photo,motion,seed, and a video on each line after it."),
        )
    return found


def known_as(name: str) -> str:
    """What a column is called here: “Guidance-Max”, “--guidance-max” and “guidance max” are guidance_max."""
    return re.sub(r"[\s-]+", "_", name.strip().lstrip("-").lower())


def _content(path: Path | None) -> bytes:
    name = say("standard input") if path is None else path
    try:
        if path is None:
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise BadInput(say("There is no list {path}.", path=name), say("Check the path.")) from error
    except (OSError, ValueError) as error:
        raise BadInput(
            say("The list {path} cannot be read: {reason}.", path=name, reason=reason(error)),
            say("Check the path and its permissions."),
        ) from error
    if len(content) > _MOST_BYTES:
        raise BadInput(
            say("The list {path} is larger than {most}.", path=name, most=units.size(_MOST_BYTES)),
            say("Is it the right file? A list is a CSV or JSON Lines file."),
        )
    return content


def _decoded(content: bytes, found: VideoList) -> str:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(
            say("{name} is not UTF-8 text: line {line} has other letters.", name=found.name, line=line),
            say("Save it as “CSV UTF-8”, or with your editor's encoding UTF-8."),
        ) from error
    if "\0" in text:
        raise BadInput(
            say("{name} is not a list of videos.", name=found.name),
            say("A list is a CSV or JSON Lines file; a spreadsheet can save one."),
        )
    return text


def _objects(text: str, problems: list[Problem]) -> Iterator[Row]:
    """Of JSON Lines: an object each."""
    for line, words in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if not words.strip():
            continue
        try:
            values = read_json(words)
        except json.JSONDecodeError as error:
            problems.append(Problem(line, None, say("This is not JSON at character {place}.", place=error.pos + 1)))
        except ValueError:
            problems.append(Problem(line, None, say("This JSON names a value twice, or one that nobody can use.")))
        else:
            if isinstance(values, dict):
                yield Row(line, {known_as(name): value for name, value in values.items() if value not in (None, "")})
            else:
                problems.append(Problem(line, None, say("This is not a JSON object.")))


def _records(text: str, found: VideoList) -> Iterator[Row]:
    """Of CSV: the first line names the columns."""
    problems = found.problems
    lines = _lines(text, problems)
    found.head, names = next(lines, (1, []))
    columns = [known_as(name) for name in names]
    for name in dict.fromkeys(name for name in columns if name and columns.count(name) > 1):
        problems.append(Problem(found.head, name, say("There are two columns of this name.")))
    for line, cells in lines:
        if any(cells[len(columns) :]):
            problems.append(
                Problem(
                    line,
                    None,
                    say("It has {count} fields, but there are {most} columns.", count=len(cells), most=len(columns)),
                )
            )
            continue
        for number, (column, cell) in enumerate(zip(columns, cells, strict=False), start=1):
            if cell and not column:
                problems.append(Problem(line, None, say("Column {number} has no name.", number=number)))
        yield Row(line, {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell})


def _lines(text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """The records with the lines they begin at, but for empty ones."""
    source = io.StringIO(text, newline="")
    first, separator = 1, _separator(text)
    if re.match(r"sep=.\r?\n", text, re.IGNORECASE):  # what spreadsheets write, and read, above all else
        source.readline()
        first = 2
    reader = csv.reader(source, delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        line = first + reader.line_num
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            problems.append(Problem(line, None, say("A quotation mark is missing, or one too many.")))
            return  # where the next record begins, nobody can tell
        if any(cells):
            yield line, cells


def _separator(text: str) -> str:
    if found := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        return found[1]
    head = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return max(_SEPARATORS, key=head.count)
