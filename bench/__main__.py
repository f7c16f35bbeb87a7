"""python -m bench [NAME …] [-- WORD …]: run the benches and write what they print into docs/benchmarks.md (make bench).

What follows -- is added to the commands, and to the line above their tables.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys

import torch

from bench import document, processor

_ALONE = "--clock cpu --threads 1 --runs 2"
"""One thread in processor time: what else the machine does hardly counts."""

COMMANDS = {
    "draft": "bench.draft",
    "depth": "bench.depth",
    "scenes": "bench.scenes",
    "server": "bench.server",
    "load": "bench.load",
    "enlarge": "bench.enlarge",
    "extend": "bench.extend",
    "finish": "bench.finish",
    "photos": "bench.photos",
    "uploads": "bench.uploads",
    "unet": f"bench.unet {_ALONE}",
    "unet-clock": "bench.unet",
    "waiting": "bench.waiting",
    "compiled": f"bench.unet {_ALONE} --compiled --numbers bf16 --size 4 256 256",
    "vae": f"bench.vae {_ALONE}",
    "clips": "bench.clips --clock cpu --threads 1 --runs 1",
    "tiny": "bench.tiny --clock cpu --threads 1",
    "reuse": "bench.reuse --clock cpu --threads 1",
    "smooth": "bench.smooth --clock cpu --threads 1 --runs 5",
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
    names, more = sys.argv[1:], []
    if "--" in names:
        at = names.index("--")
        names, more = names[:at], names[at + 1 :]
    for name in names or COMMANDS:
        words = [*COMMANDS[name].split(), *more]
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-m", *words, "--json"], stdout=subprocess.PIPE, text=True, check=True
        )
        head = f"`python -m {' '.join(words)}`, {datetime.date.today()}, {machine()}"
        document.write(name, head, json.loads(result.stdout))


def machine() -> str:
    """The processor, how many cores of it, and torch."""
    return f"{os.cpu_count()} cores of a {processor.this().describe()}, torch {torch.__version__}"


if __name__ == "__main__":
    main()
