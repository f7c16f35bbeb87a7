"""A photo comes out in another size as it does elsewhere: no version of Pillow changes a seeded draft."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from videoai.media.resampling import resampled

FRAMES = """
import hashlib, sys
from pathlib import Path
import PIL
from videoai.engines.draft.camera import choose_move, source_coordinates
from videoai.engines.draft.depth import disparity
from videoai.engines.draft.warp import Warp
from videoai.media.photo import read_photo

print(PIL.__version__)
for fit in ("crop", "pad"):
    photo = read_photo(Path(sys.argv[1])).fitted(640, 384, fit=fit)
    move = choose_move(7, 140, 640, 384)
    frame = Warp(photo)(source_coordinates(move, 1.0, disparity(photo, 4.0)))
    print(hashlib.sha256(frame.tobytes()).hexdigest())
"""


@pytest.mark.parametrize("size", [(90, 40), (40, 90), (90, 90), (20, 20), (60, 50)])
@pytest.mark.parametrize("box", [None, (0, 5, 60, 45), (3.5, 0, 57.25, 50)])
def test_it_goes_across_and_then_down(size, box):
    """As Pillow 12 does: what comes of one direction is rounded, so the order shows."""
    noise = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    left, top, right, bottom = box or (0, 0, 60, 50)
    across = Image.fromarray(noise).resize((size[0], 50), Image.Resampling.LANCZOS, box=(left, 0, right, 50))
    expected = across.resize(size, Image.Resampling.LANCZOS, box=(0, top, size[0], bottom))
    assert resampled(Image.fromarray(noise), size, box=box).tobytes() == expected.tobytes()


def test_the_result_is_known():
    """Of noise that is made wider and lower, as most photos are: the one thing that Pillow 13 does another way."""
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    found = resampled(Image.fromarray(noise), (640, 384))
    assert hashlib.sha256(found.tobytes()).hexdigest().startswith("c4bd965ccd15c7ee")


@pytest.mark.slow
def test_a_seeded_draft_is_the_same_with_the_newest_pillow(tmp_path):
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", tmp_path / "newest", "pillow"]
    if subprocess.run(install, capture_output=True).returncode and not os.environ.get("VIDEOAI_REQUIRE_TOOLS"):
        pytest.skip("the package index cannot be reached")
    told = []
    for folder in ("", tmp_path / "newest"):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), str(ROOT))))}
        command = [sys.executable, "-c", FRAMES, EXAMPLES / "coffee.png"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        told.append(done.stdout.split())
    (pinned, *expected), (newest, *found) = told
    assert tuple(map(int, newest.split("."))) > tuple(map(int, pinned.split(".")))
    assert found == expected
