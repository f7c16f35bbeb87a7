"""python -m bench.server: the web app from outside: its start, its memory, its rest, and the time of each route."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import requests

from bench.report import Figure, at_most, show
from tests.support.site import ROOT, Site, running

SETTLED_SECONDS = 8.0
"""After the start, until it has found out what computes."""


def idle(process: psutil.Process, seconds: float) -> float:
    """Percent of one core that it uses while nobody asks for anything."""
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    return 100 * ((after.user + after.system) - (before.user + before.system)) / seconds


def latency(ask: Callable[[], requests.Response], times: int) -> float:
    """Milliseconds, the 95th percentile."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        ask().raise_for_status()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.quantiles(taken, n=20)[-1]


def routes(url: str, times: int) -> Iterator[Figure]:
    """What each route takes that a page waits for, over one connection."""
    with requests.Session() as session, (ROOT / "examples" / "coffee.png").open("rb") as file:
        photo = file.read()
        given = session.post(f"{url}/api/photos", files={"photo": photo}, timeout=60).json()
        asked = {"photo_id": given["id"], "settings": {"frames": 10}}
        session.post(f"{url}/api/estimate", json=asked, timeout=60).raise_for_status()
        cases: dict[str, Callable[[], requests.Response]] = {
            "GET /api/health": lambda: session.get(f"{url}/api/health", timeout=60),
            "GET /api/settings": lambda: session.get(f"{url}/api/settings", timeout=60),
            "GET /api/jobs": lambda: session.get(f"{url}/api/jobs", timeout=60),
            "GET /api/models": lambda: session.get(f"{url}/api/models", timeout=60),
            "POST /api/estimate": lambda: session.post(f"{url}/api/estimate", json=asked, timeout=60),
            "POST /api/photos": lambda: session.post(f"{url}/api/photos", files={"photo": photo}, timeout=60),
        }
        for what, ask in cases.items():
            bar = 200.0 if what == "POST /api/photos" else 50.0
            yield at_most(f"{what}: 95th percentile", latency(ask, times), "ms", bar)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="starts to take the median of")
    parser.add_argument("--times", type=int, default=100, help="requests of each route")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds to look at it idle")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        starts = []
        for _ in range(options.runs):
            starts.append(site.start())
            site.stop()
        figures = [at_most("from the command to the first answer", statistics.median(starts), "s", 1.0)]
        with running(Path(folder)) as site:
            process, url = psutil.Process(site.pid), site.url
            time.sleep(SETTLED_SECONDS)
            figures.append(at_most("idle: resident memory", process.memory_info().rss / 2**20, "MiB", 120))
            figures.append(at_most("idle: processor, of one core", idle(process, options.idle), "%", 1.0))
            with requests.get(f"{url}/api/events", stream=True, timeout=60) as stream:
                next(stream.iter_content(1))
                share = idle(process, options.idle)
                figures.append(at_most("idle, a page listening: processor, of one core", share, "%", 1.0))
            figures += routes(url, options.times)
            figures.append(at_most("after that: resident memory", process.memory_info().rss / 2**20, "MiB", 200))
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
