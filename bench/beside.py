"""A piece of work of one network, ours and diffusers', in several types of number: time, share of the product's rate
in the same numbers, and errors against diffusers in fp32. Each has a process of its own, and they take turns."""

from __future__ import annotations

import argparse
import importlib.util
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench import report
from bench.worker import Worker
from tests.support import full_size
from videoai.engines.devices import DTYPES

Run = Callable[[Any], torch.Tensor]

SHARES: Mapping[str, float] = {"fp32": 0.85, "bf16": 0.6}
"""Of the product's rate, what is to be reached."""


def no_bar(numbers: str) -> float | None:
    """Nothing that has to be reached."""
    return None


@dataclass(frozen=True, slots=True)
class Work:
    """What one network does with inputs of `given` for a size. All are functions of a module: other processes get them.

    `ours` loads our network of `part` in a type of number, and what it returns does the work; `peers` has diffusers'
    network do it. `least` says how many times faster than diffusers it has to be in a type of number, and `least_gain`
    than itself in fp32, on this processor.
    """

    name: str
    part: str
    given: Callable[[int, int, int], Any]
    ours: Callable[[Path, torch.dtype], Run]
    peers: Callable[[Any, Any], torch.Tensor]
    least: Callable[[str], float | None]
    least_gain: Callable[[str], float | None] = no_bar

    def tflop(self, frames: int, height: int, width: int) -> float:
        """Of diffusers' network, as torch counts them on the meta device."""
        given = _cast(self.given(frames, height, width), "meta")
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self.peers(full_size.reference(self.part), given)
        return float(counter.get_total_flops()) / 1e12


@dataclass(frozen=True, slots=True)
class _Measured:
    seconds: float
    peer_seconds: float
    product: float
    ours: torch.Tensor
    peer: torch.Tensor


def main(work: Work, doc: str | None, size: tuple[int, int, int]) -> None:
    """A bench of one network."""
    asked = arguments(doc, size).parse_args()
    torch.set_num_threads(asked.threads)
    report.show(list(figures(work, asked)), as_json=asked.json)


def arguments(doc: str | None, size: tuple[int, int, int]) -> argparse.ArgumentParser:
    """The flags of a bench of this kind."""
    parser = report.arguments(doc)
    report.add_numbers(parser, "fp32", "bf16")
    parser.add_argument("--size", type=int, nargs=3, default=size, metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--compiled", action="store_true", help="diffusers under torch.compile, with frozen weights")
    return parser


def figures(work: Work, asked: argparse.Namespace) -> Iterator[report.Figure]:
    """One type of number after the other, fp32 first, so that only two networks are in memory."""
    exact, whole = None, None
    if "fp32" not in asked.numbers or asked.compiled:
        with peer(work, "fp32", asked) as worker:
            exact = worker.made()
    for numbers in sorted(asked.numbers, key=list(DTYPES).index):
        found = _measure(work, numbers, asked)
        exact = found.peer if exact is None else exact
        yield from _rows(work, numbers, found, exact, asked)
        if numbers == "fp32":
            whole = found.seconds
        elif whole is not None:
            what = f"{named(work, asked)} in {numbers}, beside ours in fp32"
            yield report.faster(what, found.seconds, whole, work.least_gain(numbers))


def ours(work: Work, numbers: str, asked: argparse.Namespace, variables: Mapping[str, str] | None = None) -> Worker:
    """Our network in a process of its own, with more in its environment."""
    folder = full_size.prepare(asked.cache, work.part)
    load = partial(_load_ours, work, folder, numbers, asked.size)
    return Worker(load, threads=asked.threads, clock=asked.clock, variables=variables or {})


def peer(work: Work, numbers: str, asked: argparse.Namespace, *, compiled: bool = False) -> Worker:
    """Diffusers' network in a process of its own, all of it in that type."""
    folder = full_size.prepare(asked.cache, work.part)
    load = partial(_load_peer, work, folder, numbers, asked.size, compiled)
    return Worker(load, threads=asked.threads, clock=asked.clock, variables={})


def _load_ours(work: Work, folder: Path, numbers: str, size: tuple[int, int, int]) -> Callable[[], torch.Tensor]:
    with torch.inference_mode():
        run, given = work.ours(folder, DTYPES[numbers]), work.given(*size)

    @torch.inference_mode()
    def once() -> torch.Tensor:
        return run(given)

    return once


def _load_peer(
    work: Work, folder: Path, numbers: str, size: tuple[int, int, int], compiled: bool
) -> Callable[[], torch.Tensor]:
    """Under no_grad: in inference mode the linear layers of bf16 take a path that is five times slower."""
    dtype = DTYPES[numbers]
    network = full_size.load_reference(folder, dtype)
    given = _cast(work.given(*size), dtype)

    def once() -> torch.Tensor:
        return work.peers(network, given)

    return torch.no_grad()(_compiled(once) if compiled else once)


def _cast(given: Any, to: torch.dtype | str) -> Any:
    """A tensor, or the tensors among named values."""
    if isinstance(given, dict):
        return {name: _cast(value, to) for name, value in given.items()}
    return given.to(to) if isinstance(given, torch.Tensor) else given


def named(work: Work, asked: argparse.Namespace) -> str:
    """Of what size it is."""
    return f"{work.name} {'×'.join(map(str, asked.size))}"


def _measure(work: Work, numbers: str, asked: argparse.Namespace) -> _Measured:
    dtype = DTYPES[numbers]
    with ours(work, numbers, asked) as mine, peer(work, numbers, asked, compiled=asked.compiled) as theirs:
        before = report.product_rate(asked.clock, dtype)
        seconds, peer_seconds = report.interleaved([mine.round, theirs.round], asked.runs)
        product = max(before, report.product_rate(asked.clock, dtype))
        return _Measured(seconds, peer_seconds, product, mine.made(), theirs.made())


def _compiled(run: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """As inductor does it best on a CPU: with the weights laid out once. Raises SystemExit without a C++ compiler."""
    if not any(map(shutil.which, ("c++", "g++", "clang++"))) or not importlib.util.find_spec("torch._inductor"):
        raise SystemExit("torch.compile needs a C++ compiler, and there is none.")
    torch._inductor.config.freezing = True
    compiled: Callable[[], torch.Tensor] = torch.compile(run)
    return compiled


def _rows(
    work: Work, numbers: str, found: _Measured, exact: torch.Tensor, asked: argparse.Namespace
) -> Iterator[report.Figure]:
    what = f"{named(work, asked)} in {numbers}"
    beside = f"{what}, diffusers compiled" if asked.compiled else what
    least = None if asked.compiled else work.least(numbers)
    yield report.faster(beside, found.seconds, found.peer_seconds, least)
    tflop = work.tflop(*asked.size)
    yield _share(f"{what}: rate", tflop / found.seconds, tflop / found.peer_seconds, found.product, numbers)
    if numbers == "fp32":
        error = report.largest_error(found.ours, exact)
        yield report.at_most(f"{what}: largest error", error, "", 1e-4)
        return
    errors = (report.mean_error(made, exact) for made in (found.ours, found.peer))
    yield report.no_worse(f"{what}: error against diffusers in fp32, root mean square", *errors)


def _share(what: str, rate: float, peer: float, product: float, numbers: str) -> report.Figure:
    """Rates of the reference's work: folding away some of it counts as being faster."""
    share, least = rate / product, SHARES.get(numbers)
    what = f"{what}, {100 * share:.0f} % of the product's {product:.3g} TFLOP/s"
    bar = "" if least is None else f"≥ {100 * least:g} %"
    return report.Figure(what, rate, peer, "TFLOP/s", rate / peer, bar, least is None or share >= least)
