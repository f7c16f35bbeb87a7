"""python -m bench.uploads: what the web app has in memory while photos of 12 million pixels are given to it."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from PIL import Image

from bench.report import Figure, at_most, show
from tests.support.site import ROOT, Site, running

_AT_A_TIME = 4
_LOOKS = (1, 10, 30, 100, 200, 500, 1000, 1500, 2000)


def photo_of_12_million_pixels(folder: Path) -> Path:
    """As a phone makes it: upright by its EXIF, with fine detail."""
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(ROOT / "examples" / "coffee.png") as image:
        image.convert("RGB").resize((4032, 3024)).save(folder / "photo.jpg", quality=90, exif=exif)
    return folder / "photo.jpg"


def soak(site: Site, photo: Path, count: int) -> Iterator[tuple[int, float]]:
    """Give the photo `count` times, four at a time: how many were given so far, and the server's resident MB then."""
    process = psutil.Process(site.pid)
    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        for given, _ in enumerate(threads.map(lambda _: site.give(photo), range(count)), 1):
            yield given, process.memory_info().rss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        before = psutil.Process(site.pid).memory_info().rss / 1e6
        figures = [Figure("before: resident", before, None, "MB", None, "", True)]
        most = 0.0
        for given, resident in soak(site, photo_of_12_million_pixels(Path(folder)), options.count):
            most = max(most, resident)
            if given in _LOOKS:
                figures.append(Figure(f"after {given}: resident", resident, None, "MB", None, "", True))
        figures.append(at_most(f"the most during {options.count}: resident", most, "MB", 100))
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
