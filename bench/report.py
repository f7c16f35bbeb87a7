"""Rows of measurements, as a table to read and as JSON for other tools."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: ours, a peer's if there is one, and what must be reached, if anything."""

    what: str
    ours: float
    unit: str
    peer: float | None = None
    bar: str = ""
    ok: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The shape that every bench prints."""
        ratio = self.ours / self.peer if self.peer else None
        return {
            "what": self.what,
            "ours": self.ours,
            "peer": self.peer,
            "unit": self.unit,
            "ratio": ratio,
            "bar": self.bar,
            "ok": self.ok,
        }


def at_least(what: str, ours: float, bar: float, unit: str, peer: float | None = None) -> Row:
    """A row that is right when `ours` reaches `bar`."""
    return Row(what, ours, unit, peer, f"≥ {bar:g}", ours >= bar)


def at_most(what: str, ours: float, bar: float, unit: str, peer: float | None = None) -> Row:
    """A row that is right when `ours` stays within `bar`."""
    return Row(what, ours, unit, peer, f"≤ {bar:g}", ours <= bar)


def show(rows: Iterable[Row], as_json: bool) -> None:
    """Print the rows."""
    if as_json:
        print(json.dumps([row.to_dict() for row in rows], ensure_ascii=False, indent=1))
        return
    print("| what | ours | peer | unit | bar | |\n|---|---|---|---|---|---|")
    for row in rows:
        peer = "" if row.peer is None else f"{row.peer:.4g}"
        verdict = ("reached" if row.ok else "NOT reached") if row.bar else ""
        print(f"| {row.what} | {row.ours:.4g} | {peer} | {row.unit} | {row.bar} | {verdict} |")
