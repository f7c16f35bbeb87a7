"""python -m bench.draft: the draft model from the user's side, whole processes with import and encoding."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure, at_most, show

ROOT = Path(__file__).resolve().parent.parent


_LAUNCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(process.returncode, usage.ru_maxrss)
"""
"""A small process between: Linux counts what the parent had at its peak, which here is torch, as the child's."""


def run(program: Path, *arguments: str) -> tuple[float, float]:
    """Seconds and peak MiB of one `python generate_video.py …` of a copy of the program."""
    command = [sys.executable, str(program / "generate_video.py"), *arguments]
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-c", _LAUNCH, *command], stdout=subprocess.PIPE, text=True, check=True, cwd=program
    )
    seconds = time.perf_counter() - start
    code, most = map(int, done.stdout.split())
    if code:
        raise SystemExit(f"generate_video.py {' '.join(arguments)} ended with {code}")
    return seconds, most / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--before", type=Path, help="a copy of the program as it was: adds it as the peer")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        draft = (str(ROOT / "examples" / "coffee.png"), "--model", "draft", "-q", "--output", folder)
        large = ("--frames", "25", "--width", "1024", "--height", "576")
        cases = {
            "draft, safety preset, whole command": (2.0, 200, draft),
            "draft, 25 frames of 1024×576, whole command": (6.0, None, (*draft, *large)),
            "generate --help": (0.3, None, ("--help",)),
        }
        for what, (seconds, most, arguments) in cases.items():
            programs = [ROOT, *([options.before.resolve()] if options.before else [])]
            # In turn, so that a busy machine is busy for both.
            rounds = [[run(program, *arguments) for program in programs] for _ in range(options.runs)]
            times, peaks = ([[each[i] for each in column] for column in zip(*rounds, strict=True)] for i in (0, 1))
            middle, highest = [statistics.median(each) for each in times], [max(each) for each in peaks]
            peer = iter([*middle[1:], None])
            figures.append(at_most(f"{what}, time", middle[0], "s", seconds, next(peer)))
            peer = iter([*highest[1:], None])
            if most is None:
                figures.append(Figure(f"{what}, peak memory", highest[0], next(peer), "MiB", None, "", True))
            else:
                figures.append(at_most(f"{what}, peak memory", highest[0], "MiB", most, next(peer)))
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
