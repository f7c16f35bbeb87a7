"""Whole jobs, watched: as processes of their own, in a network of their own, with their system calls written down."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.web.conftest import known_machine, page, site, start

__all__ = ["known_machine", "page", "site", "start"]

DRAFT = ("--model", "draft", "--width", 256, "--height", 256, "--frames", 4, "--seed", 1)


@pytest.fixture
def photo(tmp_path) -> Path:
    """A photo that says where and by whom it was taken, in a folder that says whose it is, under a telling name."""
    from PIL import Image

    folder = Path(os.environ["HOME"]) / "Pictures of ann"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret wedding.jpg"
    with Image.open(EXAMPLES / "coffee.png") as image:
        exif = Image.Exif()
        exif[0x013B], exif[0x8298], exif[0x010F] = "Ann Example", "Ann Example", "Camera of Ann"
        exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 53.0, 24.0), 3: "E", 4: (12.0, 29.0, 32.0)})
        image.convert("RGB").resize((480, 320)).save(path, exif=exif, comment=b"Ann Example")
    return path


def command(*words: object) -> list[str]:
    return [sys.executable, str(ROOT / "generate_video.py"), *map(str, words)]


def run(words: list[str], folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """It ended well."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=200, **options)
    assert done.returncode == 0, done.stderr
    return done
