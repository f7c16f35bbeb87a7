"""python -m tests.fuzz DOOR --minutes N: try a door (photo, depth, video, request, safetensors) for so long.

What is found is written to tests/fuzz/seeds/DOOR/, where the tests try it again ever after. Should the process itself
be ended by what it reads, the bytes that did it are in the file named at the start.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
import warnings
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.doors import DOORS
from tests.fuzz.spoiling import spoilt

SEEDS = Path(__file__).parent / "seeds"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz")
    arguments.add_argument("door", choices=DOORS)
    arguments.add_argument("--minutes", type=float, default=3)
    chosen = arguments.parse_args()
    door, end = DOORS[chosen.door], time.monotonic() + 60 * chosen.minutes
    now = Path(tempfile.gettempdir()) / f"videoai-fuzz-{chosen.door}.bin"
    print(f"The bytes that are tried: {now}", flush=True)
    warnings.simplefilter("ignore")
    tried, slowest, found, batch = 0, 0.0, set(), int(time.time())
    strategy = spoilt(door.examples())
    while time.monotonic() < end:
        batch += 1

        @seed(batch)
        @settings(
            max_examples=200,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def attempt(data: bytes) -> None:
            nonlocal tried, slowest
            if time.monotonic() > end:
                return
            now.write_bytes(data)
            began = time.monotonic()
            tried += 1
            door.go(data)
            slowest = max(slowest, time.monotonic() - began)

        try:
            attempt()
        except Exception as error:
            data = now.read_bytes()
            place = SEEDS / chosen.door / f"{hashlib.sha256(data).hexdigest()[:12]}.bin"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            found.add(f"{type(error).__name__}: {str(error)[:200]}")
            print(f"{place.name}: {type(error).__name__}: {str(error)[:500]}", flush=True)
    print(f"{chosen.door}: {tried} tried, the slowest took {slowest:.2f} s, {len(found)} kinds of finding")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
