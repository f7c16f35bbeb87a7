"""A photo comes into the network as the hub's own processor brings it, and out of it as a map of the photo's size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from tests.engines.depth import checkpoint
from videoai.engines.depth import network
from videoai.engines.depth.disparity import disparity, input_size, network_input
from videoai.errors import NotFinite


def photo(height: int, width: int) -> np.ndarray:
    """Colours that run over the picture, and grain."""
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    smooth = np.stack([255 * down, 255 * across, 127 * (down + across)], -1)
    noise = np.random.default_rng(3).normal(0, 20, (height, width, 3))
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def processor(side: int) -> DPTImageProcessorPil:
    """As preprocessor_config.json on the hub has it."""
    return DPTImageProcessorPil(
        size={"height": side, "width": side},
        keep_aspect_ratio=True,
        ensure_multiple_of=14,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )


@pytest.mark.parametrize(
    ("height", "width", "side"),
    [(480, 720, 518), (700, 400, 392), (300, 300, 280), (384, 640, 518), (90, 400, 336), (333, 251, 154)],
)
def test_the_network_is_given_what_the_hubs_processor_gives(height, width, side):
    picture = photo(height, width)
    theirs = processor(side)(images=picture, return_tensors="pt")["pixel_values"]
    ours = network_input(picture, side, 14)
    assert ours.shape == theirs.shape
    assert ours.dtype == torch.float32
    # A level of 255, if another version of Pillow rounds between its two steps in another order.
    assert float((ours - theirs).abs().max()) <= 1.01 / 255 / 0.224
    assert float((ours - theirs).abs().mean()) <= 1e-3


@pytest.mark.parametrize(
    ("photo_size", "size"),
    [
        ((3000, 4000), (518, 686)),
        ((4000, 3000), (686, 518)),
        ((576, 1024), (518, 924)),
        ((384, 640), (308, 518)),
        ((518, 518), (518, 518)),
        ((10, 2000), (14, 518)),
    ],
    ids=str,
)
def test_a_photo_keeps_its_shape_in_whole_patches(photo_size, size):
    assert input_size(*photo_size, side=518, patch=14) == size


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return network.load(checkpoint.save(tmp_path_factory.mktemp("depth")), config=checkpoint.TINY)


@pytest.mark.parametrize(("height", "width"), [(90, 160), (161, 90), (40, 40)])
def test_a_photo_becomes_a_map_of_its_size_from_far_to_near(tiny, height, width):
    near = disparity(photo(height, width), tiny, side=84)
    assert near.shape == (height, width)
    assert near.dtype == np.float32
    assert 0 <= near.min() < 0.1
    assert 0.9 < near.max() <= 1


def test_what_the_network_finds_larger_is_nearer(tiny):
    picture = photo(84, 112)
    raw = tiny(network_input(picture, 84, 14)).numpy()
    near = disparity(picture, tiny, side=84)
    assert raw.shape == near.shape == (84, 112)
    assert np.corrcoef(raw.ravel(), near.ravel())[0, 1] > 0.999


class _Gives:
    """A network that finds the same value everywhere."""

    config = checkpoint.TINY

    def __init__(self, value: float) -> None:
        self._value = value

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.full(pixels.shape[2:], self._value)


def test_a_photo_without_depth_is_far_away_everywhere():
    assert not disparity(photo(30, 50), _Gives(0.7), side=56).any()


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_numbers_that_overflow_are_told_and_not_drawn(value):
    with pytest.raises(NotFinite) as refused:
        disparity(photo(30, 50), _Gives(value), side=56)
    assert "depth" in refused.value.message
    assert refused.value.hint
