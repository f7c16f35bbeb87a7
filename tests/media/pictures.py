"""One picture for all tests of decoders, what they are to see in a file of it, and what others see."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from videoai.media.decoding.decode import Decoded, TargetSize, decode

Pixels = npt.NDArray[Any]
PHOTOS = Path(__file__).parent / "photos"
"""Small files that once came out wrong or were refused; reference.png is what most of them show."""

WIDTH, HEIGHT = 97, 65
"""Odd, so that rows end within bytes and tiles stand over the edge."""


def colours() -> Pixels:
    """(HEIGHT, WIDTH, 3), each 0–1."""
    with Image.open(sorted(EXAMPLES.glob("*.jpg"))[0]) as photo:
        return np.asarray(photo.convert("RGB").resize((WIDTH, HEIGHT))) / 255


def greys() -> Pixels:
    """(HEIGHT, WIDTH, 1), each 0–1."""
    return colours() @ [[0.299], [0.587], [0.114]]


def codes(picture: Pixels, bits: int) -> Pixels:
    """As whole numbers of so many bits."""
    return np.rint(picture * (2**bits - 1)).astype(np.int64)


def opened(data: bytes, name: str = "photo") -> Decoded:
    """As the photo's door opens it, no smaller than it is."""
    return decode(data, name, TargetSize(4096, 4096))


def distance(data: bytes, right: Pixels, name: str = "photo") -> float:
    """How many of 255 levels the picture in these bytes is away from (height, width, 1 or 3) of 0–1, on average."""
    seen = opened(data, name).image.numpy()
    assert seen.shape[:2] == right.shape[:2]
    return float(np.abs(seen - right * 255.0).mean())


def reference() -> Pixels:
    with Image.open(PHOTOS / "reference.png") as image:
        return np.asarray(image.convert("RGB")) / 255


def magick(path: Path | str, *arguments: str) -> bytes:
    """What ImageMagick writes to its output."""
    tool = find_tool("convert-im6.q16", "imagemagick")
    return subprocess.run([tool, str(path), *arguments], capture_output=True, check=True).stdout


def magicks_eye(path: Path, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """The first picture of a file as ImageMagick sees it, on white: 0–1."""
    options = ("-background", "white", "-alpha", "remove", "-colorspace", "sRGB", "-depth", "8", "rgb:-")
    return np.frombuffer(magick(f"{path}[0]", *options), np.uint8).reshape(height, width, 3) / 255
