"""Write requirements.txt: one exact version of each package, for every Python we support (make pins)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# The exact versions that the guide installs. Made by “make pins”; the reasons are in docs/dependencies.md.
# torch's CUDA packages are not listed: where pip chooses a CUDA build of torch, it brings its own.
"""
# One version of Pillow on every Python, so that a photo gives the same pixels; PyAV 19 has no wheel for 3.11.
CONSTRAINTS = "torch==2.13.0\npillow==12.3.0\nav<18.2\n"
CUDA = ("cuda-", "nvidia-", "triton")


def main() -> None:
    command = "uv pip compile --quiet --universal --python-version 3.10 --no-annotate --no-header -c - pyproject.toml"
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        input=CONSTRAINTS,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in result.stdout.splitlines() if not line.startswith(CUDA)]
    (ROOT / "requirements.txt").write_text(HEADER + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
