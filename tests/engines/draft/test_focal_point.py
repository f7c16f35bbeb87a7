"""The point of a photo that a crop keeps in view."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.conftest import EXAMPLES
from videoai.engines.draft.focal_point import focal_point


def small(image: Image.Image) -> np.ndarray:
    image = image.convert("RGB")
    image.thumbnail((200, 200))
    return np.asarray(image)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("astronaut.png", (0.4, 0.6), (0.1, 0.42)),  # her face is at 0.45, 0.22
        ("chelsea.png", (0.4, 0.65), (0.3, 0.55)),
        ("coffee.png", (0.35, 0.55), (0.2, 0.5)),
        ("rocket.jpg", (0.45, 0.55), (0.4, 0.75)),
    ],
)
def test_it_is_on_what_the_photo_shows(name, x, y):
    with Image.open(EXAMPLES / name) as image:
        found = focal_point(small(image))
    assert found is not None
    assert x[0] < found[0] < x[1]
    assert y[0] < found[1] < y[1]


def scene(*boxes: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", (300, 200), (90, 110, 140))
    draw = ImageDraw.Draw(image)
    for box in boxes:
        draw.ellipse(box, fill=(200, 80, 40))
    return image


def test_it_is_the_middle_of_a_thing_at_the_side_and_the_upper_part_of_what_stands():
    x, y = focal_point(small(scene((200, 90, 280, 150))))
    assert (x, y) == pytest.approx((0.8, 0.6), abs=0.03)
    x, y = focal_point(small(scene((40, 40, 90, 190))))
    assert x == pytest.approx(0.217, abs=0.03)
    assert y == pytest.approx((40 + 0.3 * 150) / 200, abs=0.05)


@pytest.mark.parametrize(
    "image",
    [
        scene((30, 60, 90, 190), (210, 60, 270, 190)),
        Image.new("RGB", (300, 200), (80, 80, 80)),
        Image.effect_noise((300, 200), 60),
        Image.linear_gradient("L").resize((300, 200)),
    ],
    ids=["two things", "flat", "noise", "a gradient"],
)
def test_where_it_is_not_sure_it_says_nothing(image):
    assert focal_point(small(image)) is None
