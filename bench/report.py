"""How every bench tells its results: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure. `peer` is another program's, taken in the same run; `bar` is what must be reached."""

    what: str
    ours: float
    unit: str
    peer: float | None = None
    bar: str = ""
    ok: bool | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the peer's figure is ours."""
        return None if self.peer is None or self.ours == 0 else self.peer / self.ours

    def to_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "ours": self.ours,
            "peer": self.peer,
            "unit": self.unit,
            "ratio": self.ratio,
            "bar": self.bar,
            "ok": self.ok,
        }


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | ours | peer | ratio | bar | |", "| :--- | ---: | ---: | ---: | ---: | :--- |"]
    for row in rows:
        peer = "–" if row.peer is None else f"{row.peer:.4g} {row.unit}"
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f}×"
        verdict = {True: "reached", False: "not reached", None: ""}[row.ok]
        lines.append(f"| {row.what} | {row.ours:.4g} {row.unit} | {peer} | {ratio} | {row.bar or '–'} | {verdict} |")
    return "\n".join(lines)


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print the rows on stdout."""
    print(json.dumps([row.to_dict() for row in rows]) if as_json else table(rows))
