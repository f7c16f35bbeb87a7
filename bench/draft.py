"""python -m bench.draft: the draft model from the user's side, whole processes with import and encoding."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure, at_most, show

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str) -> tuple[float, float]:
    """Seconds and peak MiB of one `python generate_video.py …`."""
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, str(ROOT / "generate_video.py"), *arguments], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"generate_video.py {' '.join(arguments)} ended with {process.returncode}")
    peak = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return time.perf_counter() - start, peak


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
