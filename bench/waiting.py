"""How threads wait for one another between the loops that they share: asleep, as a run's do, or spinning, as GCC's
OpenMP has them unless it is told. Passes of our denoiser, alone and beside a process that keeps a core busy."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator

import torch

from bench import beside, report, unet

SPINS = {10_000: "spinning shortly", 300_000: "spinning as GCC's OpenMP does"}
"""Of its count, which is about as many hundred thousandths of a millisecond."""


def figures(asked: argparse.Namespace) -> Iterator[report.Figure]:
    """Of each type of number: each way of waiting beside ours."""
    for numbers in asked.numbers:
        with contextlib.ExitStack() as stack:
            rounds = [
                stack.enter_context(beside.ours(unet.WORK, numbers, asked, {"GOMP_SPINCOUNT": str(count)})).round
                for count in (0, *SPINS)
            ]
            what = f"{beside.named(unet.WORK, asked)} in {numbers}, {asked.threads} threads"
            yield from _rows(f"{what}, alone", report.interleaved(rounds, asked.runs))
            with _busy():
                yield from _rows(f"{what}, beside a busy process", report.interleaved(rounds, asked.runs))


def _rows(what: str, seconds: list[float]) -> Iterator[report.Figure]:
    asleep, *spinning = seconds
    for peer, how in zip(spinning, SPINS.values(), strict=True):
        yield report.Figure(f"{what}; peer: {how}", asleep, peer, "s", peer / asleep, "", True)


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main() -> None:
    parser = report.arguments(__doc__)
    report.add_numbers(parser, "bf16")
    parser.add_argument("--size", type=int, nargs=3, default=(4, 256, 256), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    report.show(list(figures(asked)), as_json=asked.json)


if __name__ == "__main__":
    main()
