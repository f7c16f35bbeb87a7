"""What a model does to colours and to sharpness is undone, as far as two copies of one picture tell it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from tests.conftest import EXAMPLES
from videoai.events import Pixels
from videoai.extend.holding import Correction, held

PHOTOS = ("coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png")


def photo(name: str = "coffee.png") -> Pixels:
    return np.asarray(Image.open(EXAMPLES / name).convert("RGB").resize((320, 192)))


def passed(frame: Pixels, softness: float = 0.55) -> Pixels:
    """As an encoder and a decoder give a frame back: softer, paler, less contrasted, tinted, grainy."""
    numbers = frame.astype(float)
    grey = numbers.mean(-1, keepdims=True)
    numbers = (grey + 0.96 * (numbers - grey) - 128) * 0.98 + 128 + np.array([2, -1, -1.5])
    numbers = gaussian_filter(numbers, (softness, softness, 0))
    numbers += np.random.default_rng(1).normal(0, 0.8, numbers.shape)
    return np.clip(np.rint(numbers), 0, 255).astype(np.uint8)


def colour(frame: Pixels) -> np.ndarray:
    return frame.mean((0, 1))


def spread(frame: Pixels) -> float:
    """How far its colours are apart, whatever its fine detail."""
    return float(gaussian_filter(frame.astype(float), (4, 4, 0)).std((0, 1)).mean())


def detail(frame: Pixels) -> float:
    luma = frame @ np.array([0.299, 0.587, 0.114])
    return float(np.square(luma - gaussian_filter(luma, 1.4)).mean())


@pytest.mark.parametrize("name", PHOTOS)
def test_colours_contrast_and_detail_come_back(name):
    wanted = photo(name)
    found = passed(wanted)
    corrected = Correction.between(found, wanted)(found)
    assert np.abs(colour(found) - colour(wanted)).max() > 0.5
    assert np.abs(colour(corrected) - colour(wanted)).max() < 0.25
    assert spread(found) < 0.985 * spread(wanted)
    assert spread(corrected) == pytest.approx(spread(wanted), rel=0.005)
    assert detail(found) < 0.75 * detail(wanted)
    assert detail(corrected) == pytest.approx(detail(wanted), rel=0.05)
    assert np.abs(corrected.astype(int) - wanted).mean() < np.abs(found.astype(int) - wanted).mean()


def test_eight_parts_on_nothing_has_drifted():
    wanted = frame = photo("chelsea.png")
    lost = frame
    for _ in range(8):
        frame = next(held(iter([passed(frame)] * 2), frame))
        lost = passed(lost)
    assert np.abs(colour(frame) - colour(wanted)).max() < 1
    assert detail(frame) == pytest.approx(detail(wanted), rel=0.15)
    assert np.abs(colour(lost) - colour(wanted)).max() > 3, "which it would have"
    assert detail(lost) < 0.3 * detail(wanted)


def test_what_is_the_same_is_left_alone():
    same = photo()
    corrected = Correction.between(same, same)(same)
    assert np.array_equal(corrected, same)


def test_the_first_frame_is_not_shown_again_and_the_others_are_all_corrected_alike():
    wanted = photo()
    shown = list(held(iter([passed(wanted), passed(wanted), passed(wanted[:, ::-1])]), wanted))
    assert len(shown) == 2
    assert np.abs(colour(shown[0]) - colour(wanted)).max() < 0.25
    assert np.abs(colour(shown[1]) - colour(wanted)).max() < 0.25


@pytest.mark.parametrize(
    "other", [np.zeros((64, 64, 3), np.uint8), photo()[:64, :64]], ids=["black", "another picture"]
)
def test_pictures_that_say_nothing_of_each_other_are_no_trouble(other):
    flat = np.full((64, 64, 3), 90, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    for found, wanted in ((flat, other), (other, flat), (noise, other), (other, noise)):
        corrected = Correction.between(found, wanted)(found)
        assert corrected.dtype == np.uint8
        assert np.abs(colour(corrected) - colour(wanted)).max() < 40
        assert corrected.std() <= 2 * max(float(found.std()), float(wanted.std())) + 1, "noise is not made a picture"
