"""What every bench shares: a figure beside its peer's, a clock, the matrix product's rate, and a table or JSON."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import torch

from videoai.engines.devices import DTYPES
from videoai.engines.svd.kernels import Product


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


def faster(what: str, ours: float, peer: float, at_least: float | None) -> Figure:
    """Seconds, and how many times faster; None where this processor has no bar."""
    ratio = peer / ours
    bar = "" if at_least is None else f"≥ {at_least:g}× faster"
    return Figure(what, ours, peer, "s", ratio, bar, at_least is None or ratio >= at_least)


def at_most(what: str, ours: float, unit: str, limit: float, peer: float | None = None) -> Figure:
    """A size or an error that has a limit."""
    ratio = peer / ours if peer is not None and ours else None
    return Figure(what, ours, peer, unit, ratio, f"≤ {limit:g} {unit}".rstrip(), ours <= limit)


def no_worse(what: str, ours: float, peer: float) -> Figure:
    """An error, which may be no larger than the peer's."""
    return Figure(what, ours, peer, "", peer / ours if ours else None, "≤ the peer's", ours <= peer)


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """The flags that every bench has."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "videoai-bench")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--runs", type=int, default=3, help="how many runs to take the median of")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu, with one thread, on a machine that is shared"
    )
    return parser


def add_numbers(parser: argparse.ArgumentParser, *usually: str) -> None:
    """The flag for the types of number to compute in."""
    parser.add_argument("--numbers", nargs="+", choices=DTYPES, default=usually, help="what layers compute in")


def seconds(run: Callable[[], object], clock: str) -> float:
    """How long a call takes."""
    now = time.process_time if clock == "cpu" else time.perf_counter
    start = now()
    run()
    return now() - start


def interleaved(rounds: Sequence[Callable[[], float]], times: int) -> list[float]:
    """The median seconds of each, which it returns; taken in turn so that a busy machine is busy for all."""
    taken = [[once() for once in rounds] for _ in range(times)]
    return [median(column) for column in zip(*taken, strict=True)]


def product_rate(clock: str, dtype: torch.dtype = torch.float32) -> float:
    """TFLOP/s of a square matrix product, the best of five of the one our layers use and of five of torch's own."""
    size = 2048
    a, b = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
    kept = Product(b, kept=True)
    products: tuple[Callable[[], torch.Tensor], ...] = (lambda: kept(a), lambda: a @ b.t())
    for product in products:
        product()
    return 2 * size**3 / min(seconds(product, clock) for product in products * 5) / 1e12


def peak_of(module: str, *words: str) -> tuple[float, float]:
    """Run `python -m module words` in a process of its own: its peak resident memory in GiB, and its last word.

    Raises RuntimeError if it fails.
    """
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([sys.executable, "-m", module, *words], stdout=out)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().split()
    if process.returncode:
        raise RuntimeError(f"python -m {module} {' '.join(words)} ended with {process.returncode}.")
    return gib_of(usage), float(said[-1])


def gib_of(usage: resource.struct_rusage) -> float:
    """ru_maxrss is bytes on macOS, KiB elsewhere."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**30


def largest_error(ours: torch.Tensor, reference: torch.Tensor) -> float:
    """The largest error as a share of the largest value."""
    return float((ours - reference).abs().max() / reference.abs().max())


def mean_error(ours: torch.Tensor, reference: torch.Tensor) -> float:
    """The root mean square of the errors as a share of that of the values."""
    return float((ours - reference).square().mean().sqrt() / reference.square().mean().sqrt())


def show(figures: Sequence[Figure], *, as_json: bool) -> None:
    """Print them all."""
    if as_json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    rows = [("what", "ours", "peer", "unit", "ratio", "bar", "ok")]
    for f in figures:
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}×"
        rows.append((f.what, f"{f.ours:.4g}", _number(f.peer), f.unit, ratio, f.bar, "yes" if f.ok else "no"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
