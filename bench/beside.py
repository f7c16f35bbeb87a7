"""A piece of work of one network, ours and diffusers', in several types of number: time, share of the product's rate
in the same numbers, and errors against diffusers in fp32."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench import report
from videoai.engines.devices import DTYPES

Run = Callable[[Any], torch.Tensor]

SHARES: Mapping[str, float] = {"fp32": 0.85, "bf16": 0.6}
"""Of the product's rate, what is to be reached."""


@dataclass(frozen=True, slots=True)
class Work:
    """`ours` and `peer` load a network in a type of number; what they return does the work for some inputs.

    `least` says how many times faster than diffusers it has to be in a type of number, and than itself in fp32, on
    this processor.
    """

    name: str
    ours: Callable[[torch.dtype], Run]
    peer: Callable[[torch.dtype], Run]
    given: Any
    tflop: float
    least: Callable[[str], float | None]
    least_gain: Callable[[str], float | None]


@dataclass(frozen=True, slots=True)
class _Measured:
    seconds: float
    peer_seconds: float
    product: float
    ours: torch.Tensor
    peer: torch.Tensor


def count(network: torch.nn.Module, run: Callable[[torch.nn.Module], object]) -> float:
    """TFLOP of what diffusers' network does on the meta device, as torch counts them."""
    with FlopCounterMode(display=False) as counter:
        run(network)
    return float(counter.get_total_flops()) / 1e12


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
        exact = work.peer(torch.float32)(work.given)
    for numbers in sorted(asked.numbers, key=list(DTYPES).index):
        found = _measure(work, numbers, asked)
        exact = found.peer if exact is None else exact
        yield from _rows(work, numbers, found, exact, asked)
        if numbers == "fp32":
            whole = found.seconds
        elif whole is not None:
            what = f"{work.name} in {numbers}, beside ours in fp32"
            yield report.faster(what, found.seconds, whole, work.least_gain(numbers))


def _measure(work: Work, numbers: str, asked: argparse.Namespace) -> _Measured:
    """Diffusers runs under no_grad: in inference mode its linear layers in bf16 take a path five times slower."""
    gc.collect()
    dtype, made = DTYPES[numbers], {}
    with torch.inference_mode():
        mine = work.ours(dtype)
    theirs = work.peer(dtype)
    if asked.compiled:
        theirs = _compiled(theirs)
    before = report.product_rate(asked.clock, dtype)
    for run in (mine, theirs):
        run(work.given)  # weights are laid out for the first inputs

    def ours() -> None:
        with torch.inference_mode():
            made["ours"] = mine(work.given)

    def peers() -> None:
        made["peer"] = theirs(work.given)

    seconds, peer_seconds = report.interleaved([ours, peers], asked.runs, asked.clock)
    product = max(before, report.product_rate(asked.clock, dtype))
    return _Measured(seconds, peer_seconds, product, made["ours"].float().clone(), made["peer"].float())


def _compiled(run: Run) -> Run:
    """As inductor does it best on a CPU: with the weights laid out once. Raises SystemExit without a C++ compiler."""
    if not any(map(shutil.which, ("c++", "g++", "clang++"))) or not importlib.util.find_spec("torch._inductor"):
        raise SystemExit("torch.compile needs a C++ compiler, and there is none.")
    torch._inductor.config.freezing = True
    compiled: Run = torch.compile(run)
    return compiled


def _rows(
    work: Work, numbers: str, found: _Measured, exact: torch.Tensor, asked: argparse.Namespace
) -> Iterator[report.Figure]:
    what = f"{work.name} in {numbers}"
    beside = f"{what}, diffusers compiled" if asked.compiled else what
    least = None if asked.compiled else work.least(numbers)
    yield report.faster(beside, found.seconds, found.peer_seconds, least)
    yield _share(f"{what}: rate", work.tflop / found.seconds, work.tflop / found.peer_seconds, found.product, numbers)
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
