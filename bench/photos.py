"""python -m bench.photos: photos through the door: seconds and peak memory of the process that reads each.

The peers do the same (a JPEG of 2048 pixels on the longer side, upright, sRGB) in a process of their own: Pillow, as a
careful program uses it, with its own shrinking while decoding; and libvips' own command, `vipsthumbnail`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from bench.report import Figure, at_most, faster, show
from tests.support.site import ROOT

_OURS = """
from videoai.media.photo_decoder import decode
def go(photo, target):
    with open(photo, "rb") as file:
        found = decode(file, "photo", quality=95)
    open(target, "wb").write(found.content)
"""

_PILLOW = """
import io
from PIL import Image, ImageCms, ImageOps
Image.MAX_IMAGE_PIXELS = None
def go(photo, target):
    image = Image.open(photo)
    image.draft("RGB", (2048, 2048))
    profile, exif = image.info.get("icc_profile"), image.getexif()
    image.thumbnail((2048, 2048), reducing_gap=3.0)
    if profile:
        srgb = ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb, outputMode="RGB")
    ImageOps.exif_transpose(image.convert("RGB")).save(target, "JPEG", quality=95, subsampling=0)
"""

_TIMED = """
import statistics, sys, time
def seconds():
    start = time.perf_counter()
    go(*sys.argv[1:3])
    return time.perf_counter() - start
first, *others = [seconds() for _ in range(int(sys.argv[3]))]
print(statistics.median(others or [first]))
"""
"""The rest of a script: how often, and the median without the first time."""

_VIPS = "vipsthumbnail {photo} --size 2048 --export-profile srgb -o {target}[Q=95,subsample_mode=off]"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock, processor seconds, and MB of the largest process."""

    wall: float
    processor: float
    peak: float


def photos(folder: Path) -> dict[str, Path]:
    """Large ones of each kind, with fine detail everywhere, made here."""
    import pillow_heif
    import pyvips
    from PIL import Image

    tile = pyvips.Image.new_from_file(str(ROOT / "examples" / "coffee.png")).extract_band(0, n=3).resize(4)

    def picture(width: int, height: int) -> pyvips.Image:
        tiled = tile.replicate(-(-width // tile.width), -(-height // tile.height)).crop(0, 0, width, height)
        return (tiled + pyvips.Image.gaussnoise(width, height, sigma=4)).cast("uchar").copy(interpretation="srgb")

    made: dict[str, tuple[str, int, int, dict[str, object]]] = {
        "JPEG, 12 MP": ("a.jpg", 4032, 3024, {"Q": 92}),
        "JPEG, a panorama of 62 MP": ("b.jpg", 16000, 3900, {"Q": 90}),
        "JPEG, a panorama of 100 MP": ("c.jpg", 24420, 4095, {"Q": 90}),
        "JPEG, 108 MP": ("d.jpg", 12000, 9000, {"Q": 85}),
        "JPEG, 200 MP": ("e.jpg", 16320, 12240, {"Q": 75}),
        "JPEG, progressive, 108 MP": ("f.jpg", 12000, 9000, {"Q": 85, "interlace": True}),
        "PNG, 20 MP": ("g.png", 5472, 3648, {"compression": 3}),
        "WebP, 80 MP": ("h.webp", 11000, 7300, {"Q": 75, "effort": 0}),
        "AVIF, 24 MP": ("i.avif", 6000, 4000, {"Q": 60, "effort": 0}),
        "TIFF, 20 MP": ("j.tif", 5472, 3648, {"compression": "lzw"}),
    }
    found = {}
    for what, (name, width, height, options) in made.items():
        found[what] = folder / name
        picture(width, height).write_to_file(str(found[what]), **options)
    found["HEIC, 12 MP"] = folder / "k.heic"
    pixels = Image.frombytes("RGB", (4032, 3024), picture(4032, 3024).write_to_memory())
    pillow_heif.from_pillow(pixels).save(found["HEIC, 12 MP"], quality=70)
    return found


def taken(command: list[str]) -> Taken:
    """What a command takes. Raises CalledProcessError."""
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _MEASURED, *command], check=True, capture_output=True, env=os.environ | _PLACE, cwd=ROOT
    )
    processor, peak = map(float, done.stdout.split())
    return Taken(time.perf_counter() - begun, processor, peak)


_PLACE = {"PYTHONPATH": str(ROOT)}
_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)
"""
"""Its children's children count, too: ours has one."""


def commands(photo: Path, target: Path) -> dict[str, list[str]]:
    """Whose command it is → the command."""
    found = {who: [*_script(script), str(photo), str(target), "1"] for who, script in _SCRIPTS.items()}
    if shutil.which("vipsthumbnail"):
        found["libvips"] = _VIPS.format(photo=photo, target=target).split()
    return found


_SCRIPTS = {"ours": _OURS, "Pillow": _PILLOW}


def _script(go: str) -> list[str]:
    return [sys.executable, "-c", go + _TIMED]


def running(what: str, photo: Path, runs: int) -> Figure:
    """In a program that has run for a while, as the server has: seconds by the clock."""
    target = photo.with_suffix(".out.jpg")
    seconds = {}
    for who, script in _SCRIPTS.items():
        command = [*_script(script), str(photo), str(target), str(runs + 1)]
        done = subprocess.run(command, check=True, capture_output=True, env=os.environ | _PLACE, cwd=ROOT)  # noqa: S603
        seconds[who] = float(done.stdout)
    return faster(f"{what}, in a running program: by the clock", seconds["ours"], seconds["Pillow"], 1)


def median_of(figures: list[Taken]) -> Taken:
    return Taken(*(statistics.median(column) for column in zip(*map(astuple, figures), strict=True)))


def measured(what: str, photo: Path, runs: int) -> Iterator[Figure]:
    """Ours beside each peer that opens the kind by itself, in turn so that a busy machine is busy for all."""
    chosen = commands(photo, photo.with_suffix(".out.jpg"))
    if photo.suffix == ".heic":
        chosen = {"ours": chosen["ours"]}
    taken_by: dict[str, list[Taken]] = {who: [] for who in chosen}
    for _ in range(runs):
        for who, command in chosen.items():
            taken_by[who].append(taken(command))
    found = {who: median_of(figures) for who, figures in taken_by.items()}
    ours = found.pop("ours")
    seconds, peak = (2, 300) if what in _ORDINARY else (3, 600)
    for who, theirs in found.items() or [("nobody", None)]:
        beside = f"{what}, beside {who}" if theirs else what
        yield at_most(f"{beside}: processor", ours.processor, "s", seconds, theirs.processor if theirs else None)
        yield at_most(f"{beside}: peak", ours.peak, "MB", peak, theirs.peak if theirs else None)


_ORDINARY = ("JPEG, 12 MP", "JPEG, a panorama of 62 MP", "JPEG, a panorama of 100 MP", "JPEG, 108 MP", "JPEG, 200 MP")
"""What phones make."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures: list[Figure] = []
        for what, photo in photos(Path(folder)).items():
            if what == "JPEG, 12 MP":
                figures.append(running(what, photo, 2 * options.runs))
            figures += measured(what, photo, options.runs)
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
