"""The draft beside what a camera really sees: small renderings of the scenes that the bench measures."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.scenes.places import PLACES
from tests.support.scenes.raycast import Camera, picture
from tests.support.scenes.truth import drafted, psnr, really_seen, true_disparity

WIDTH, HEIGHT = 224, 128
SCENES = {scene.name: scene for scene in PLACES}


def test_there_are_ten():
    assert len(SCENES) == 10


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("figure on a meadow", 32),
        pytest.param("room with a chair", 34, marks=pytest.mark.slow),
        pytest.param("statue in a park", 28, marks=pytest.mark.slow),
    ],
)
def test_with_true_depth_it_shows_what_a_camera_would_see(name, least):
    """After each of the seed's four moves, one of which goes closer: in decibels."""
    scene = SCENES[name]
    photo = picture(scene, Camera(), WIDTH, HEIGHT, 2)
    near, a, b = true_disparity(scene, WIDTH, HEIGHT)
    for frame, pose in drafted(photo, near):
        seen = really_seen(scene, pose, a, b, WIDTH, HEIGHT)
        assert np.abs(seen.astype(int) - photo).mean() > 3, "the camera has moved"
        assert psnr(frame, seen) > least
