"""Layers that are wide enough for convolutions by fewer multiplications, which the tiny networks' are not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from videoai.engines.svd.kernels import Convolution, are_few
from videoai.engines.svd.layers import Conv, UpsampleConv, _are_few
from videoai.engines.svd.weights import Weights
from videoai.engines.svd.winograd import Winograd
from videoai.weights.tensor_source import MemorySource

WIDE = 256
pytestmark = pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="They are used on x86 alone.")


@pytest.fixture(scope="module")
def tensors():
    draw = torch.Generator().manual_seed(1)
    weight = torch.randn(WIDE, WIDE, 3, 3, generator=draw) / (3 * WIDE**0.5)
    return {"c.weight": weight, "c.bias": torch.randn(WIDE, generator=draw)}


def layer(kind, tensors, **options):
    weights = Weights(MemorySource(tensors), storage_dtype=torch.float32)
    made = kind(weights, "c", *[WIDE] * (1 if kind is UpsampleConv else 2), **options)
    weights.finish()
    return made


def direct(x, tensors, **options):
    """In float64, of channels that come last."""
    weight, bias = (tensors[f"c.{name}"].double() for name in ("weight", "bias"))
    return nn.functional.conv2d(x.permute(0, 3, 1, 2).double(), weight, bias, **options).permute(0, 2, 3, 1)


def is_close(found, exact):
    assert found.shape == exact.shape
    return float((found - exact).abs().max() / exact.abs().max()) < 1e-5


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(2, 17, 14), (3, 6, 5), (2, 2, 2)])
def test_a_convolution_is_the_direct_one(tensors, size, stride):
    x = torch.randn(*size, WIDE)
    assert is_close(layer(Conv, tensors, stride=stride)(x), direct(x, tensors, padding=1, stride=stride))


@pytest.mark.parametrize(("height", "width"), [(18, 14), (17, 13)])
def test_an_enlargement_is_the_direct_one(tensors, height, width):
    x = torch.randn(2, 9, 7, WIDE)
    doubled = x.repeat_interleave(2, 1).repeat_interleave(2, 2)[:, :height, :width]
    assert is_close(layer(UpsampleConv, tensors)(x, height, width), direct(doubled, tensors, padding=1))


@pytest.mark.parametrize("size", [(64, 64), (8, 14), (7, 10), (4, 7), (3, 3)])
def test_parts_of_a_clip_are_computed_by_the_kernel_of_the_whole(size):
    kinds = {_are_few(torch.empty(frames, *size, WIDE)) for frames in (1, 3, 14)}
    assert kinds == {are_few(14 * size[0] * size[1])}


def test_a_network_that_is_used_for_videos_of_several_sizes_has_the_kernel_for_each(tensors):
    """Kept as it was laid out for the first of them, it would be slow for the others."""
    conv = layer(Conv, tensors)
    first = conv.kernel(torch.empty(1, 2, 2, WIDE))
    assert isinstance(first, Convolution)
    assert conv.kernel(torch.empty(1, 2, 2, WIDE)) is first
    assert isinstance(conv.kernel(torch.empty(1, 64, 64, WIDE)), Winograd)
    assert isinstance(layer(Conv, tensors, stride=2).kernel(torch.empty(1, 64, 64, WIDE)), Convolution)
