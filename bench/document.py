"""docs/benchmarks.md: sections of tables, one for each processor that a bench ran on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

_TABLE = re.compile(r"^(?=`python -m )", re.MULTILINE)
_PROCESSOR = re.compile(r" cores of an? (.+?)(?: with ([^:]+?))?, torch ")


def write(name: str, head: str, figures: Sequence[dict[str, Any]], document: Path = DOCUMENT) -> None:
    """Put figures into their section, in place of those of the same processor; other processors' stay.

    `head` is the line above the table, which names the processor. Raises ValueError if there is no such section.
    """
    text = document.read_text("utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- end of {name} -->)", re.DOTALL)
    section = pattern.search(text)
    if not section:
        raise ValueError(f"{document} has no section {name}")
    tables = [table.strip() for table in _TABLE.split(section[2]) if table.strip()]
    kept = [table for table in tables if not _same(_processor(table), _processor(head))]
    tables = [*kept, f"{head}:\n\n{as_markdown(figures)}"]
    whole = section[1] + "\n\n".join(tables) + "\n" + section[3]
    document.write_text(text[: section.start()] + whole + text[section.end() :], "utf-8")


def _processor(table: str) -> tuple[str, str | None]:
    """Its name and its instructions, from the line above a table."""
    found = _PROCESSOR.search(table.partition("\n")[0])
    return (found[1], found[2]) if found else ("", None)


def _same(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Older tables do not say which instructions theirs had."""
    return one[0] == other[0] and (one[1] == other[1] or None in (one[1], other[1]))


def as_markdown(figures: Sequence[dict[str, Any]]) -> str:
    """The table."""
    lines = ["| what | ours | peer | better by | bar | reached |", "| :--- | ---: | ---: | ---: | :--- | :--- |"]
    for f in figures:
        ours, peer = ("–" if f[who] is None else f"{f[who]:.3g} {f['unit']}".strip() for who in ("ours", "peer"))
        ratio = "–" if f["ratio"] is None else f"{f['ratio']:.2f}×"
        reached = "–" if not f["bar"] else "yes" if f["ok"] else "**no**"
        lines.append(f"| {f['what']} | {ours} | {peer} | {ratio} | {f['bar'] or '–'} | {reached} |")
    return "\n".join(lines)
