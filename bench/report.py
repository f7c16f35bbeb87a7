"""A figure beside its peer's, as a row of a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `ratio` is how many times better ours is than the peer's; `bar` what was to be reached."""

    what: str
    ours: float
    peer: float | None
    unit: str
    ratio: float | None
    bar: str
    ok: bool


def at_most(what: str, ours: float, unit: str, limit: float, peer: float | None = None) -> Figure:
    """A size, a time or an error that has a limit."""
    ratio = peer / ours if peer is not None and ours else None
    return Figure(what, ours, peer, unit, ratio, f"≤ {limit:g} {unit}".rstrip(), ours <= limit)


def show(figures: Sequence[Figure], *, as_json: bool) -> None:
    """Print them all."""
    if as_json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    print("| what | ours | peer | unit | ratio | bar | ok |\n|---|---|---|---|---|---|---|")
    for f in figures:
        peer = "" if f.peer is None else f"{f.peer:.4g}"
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}×"
        print(f"| {f.what} | {f.ours:.4g} | {peer} | {f.unit} | {ratio} | {f.bar} | {'yes' if f.ok else 'no'} |")
