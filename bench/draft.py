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


def run(*arguments: str) -> tuple[float, float]:
    """Seconds and peak MiB of one `python generate_video.py …`."""
    command = [sys.executable, str(ROOT / "generate_video.py"), *arguments]
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-c", _LAUNCH, *command], stdout=subprocess.PIPE, text=True, check=True
    )
    seconds = time.perf_counter() - start
    code, most = map(int, done.stdout.split())
    if code:
        raise SystemExit(f"generate_video.py {' '.join(arguments)} ended with {code}")
    return seconds, most / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        photo = str(ROOT / "examples" / "coffee.png")
        cases = {
            "draft, safety preset, whole command": (3.0, (photo, "--model", "draft", "-q", "--output", folder)),
            "generate --help": (0.3, ("--help",)),
        }
        for what, (bar, arguments) in cases.items():
            results = [run(*arguments) for _ in range(options.runs)]
            seconds = statistics.median(seconds for seconds, _ in results)
            figures.append(at_most(f"{what}, time", seconds, "s", bar))
            most = max(peak for _, peak in results)
            figures.append(Figure(f"{what}, peak memory", most, None, "MiB", None, "", True))
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
