"""python -m bench [NAME …]: run the benches and write what they print into docs/benchmarks.md (make bench)."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

COMMANDS = {
    "draft": "bench.draft",
    "server": "bench.server",
    "load": "bench.load",
    "photos": "bench.photos",
    "uploads": "bench.uploads",
    "unet": "bench.unet",
    "vae": "bench.vae --runs 2",
    "tiny": "bench.tiny --clock cpu --threads 1",
    "reuse": "bench.reuse --clock cpu --threads 1",
    "memory": "bench.memory",
    "native": "bench.memory --native",
    "parity": "bench.parity",
    "numbers": "bench.numbers",
    "quantise": "bench.quantise",
    "convert": "bench.convert",
    "rows": "bench.rows",
    "state": "bench.state",
    "plan": "bench.plan",
}
"""Each section of the document, and the command that measures it."""


def main() -> None:
    for name in sys.argv[1:] or COMMANDS:
        words = COMMANDS[name].split()
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-m", *words, "--json"], stdout=subprocess.PIPE, text=True, check=True
        )
        write(name, json.loads(result.stdout))


def write(name: str, figures: Sequence[dict[str, Any]]) -> None:
    """Put the figures into their section. Raises ValueError if the document has no such section."""
    text = DOCUMENT.read_text("utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{DOCUMENT} has no section {name}")
    block = f"`python -m {COMMANDS[name]}`, {datetime.date.today()}, {machine()}:\n\n{table(figures)}\n"
    DOCUMENT.write_text(pattern.sub(lambda match: match[1] + block + match[2], text), "utf-8")


def table(figures: Sequence[dict[str, Any]]) -> str:
    """As Markdown."""
    lines = ["| what | ours | peer | better by | bar | reached |", "| :--- | ---: | ---: | ---: | :--- | :--- |"]
    for f in figures:
        ours, peer = ("–" if f[who] is None else f"{f[who]:.3g} {f['unit']}".strip() for who in ("ours", "peer"))
        ratio = "–" if f["ratio"] is None else f"{f['ratio']:.2f}×"
        reached = "–" if not f["bar"] else "yes" if f["ok"] else "**no**"
        lines.append(f"| {f['what']} | {ours} | {peer} | {ratio} | {f['bar'] or '–'} | {reached} |")
    return "\n".join(lines)


def machine() -> str:
    """The processor, how many cores of it, and torch."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text())
        name = found[1] if found else name
    return f"{os.cpu_count()} cores of a {name}, torch {torch.__version__}"


if __name__ == "__main__":
    main()
