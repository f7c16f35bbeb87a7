"""Convolutions by fewer multiplications: the numbers of the direct ones, as exact as they are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from videoai.engines.svd import kernels, winograd
from videoai.engines.svd.winograd import Winograd


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def weight_of(outputs: int, inputs: int, taps: int) -> torch.Tensor:
    return drawn(outputs, inputs, taps, taps, seed=2) / (taps * inputs**0.5)


def direct(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, padding: tuple[int, int]) -> torch.Tensor:
    return nn.functional.conv2d(x.permute(0, 3, 1, 2), weight, bias, padding=padding).permute(0, 2, 3, 1)


def error(found: torch.Tensor, exact: torch.Tensor) -> float:
    assert found.shape == exact.shape
    return float((found - exact).abs().max() / exact.abs().max())


@pytest.mark.parametrize(
    ("size", "padding"), [((2, 8, 12), (1, 1)), ((3, 9, 13), (0, 1)), ((1, 10, 7), (0, 0)), ((2, 3, 2), (1, 1))]
)
def test_it_is_as_exact_as_the_direct_convolution(size, padding):
    x, weight, bias = drawn(*size, 96), weight_of(80, 96, 3), drawn(80, seed=3)
    exact = direct(x.double(), weight.double(), bias.double(), padding)
    found = error(Winograd(weight)(x, bias, padding), exact)
    assert found < 8 * error(direct(x, weight, bias, padding), exact)


@pytest.mark.parametrize("limit", [1, 5, 16, 40])
def test_blocks_and_parts_give_the_same(monkeypatch, limit):
    x, weight, bias = drawn(3, 18, 21, 32), weight_of(48, 32, 3), drawn(48, seed=3)
    whole = Winograd(weight)(x, bias, (1, 1))
    monkeypatch.setattr(winograd, "tiles_at_a_time", lambda points, inputs: limit)
    monkeypatch.setattr(winograd, "outputs_at_a_time", lambda points, inputs, outputs: 20)
    assert torch.allclose(Winograd(weight)(x, bias, (1, 1)), whole, rtol=0, atol=1e-5)


def test_it_adds_to_a_band_of_what_there_is():
    x, weight, bias = drawn(2, 10, 9, 32), weight_of(32, 32, 3), drawn(32, seed=3)
    there = drawn(2, 20, 9, 32, seed=4)
    out = there.clone()
    Winograd(weight).add_to(out[:, 4:12], x, bias, (0, 1))
    assert torch.equal(out[:, :4], there[:, :4])
    assert torch.equal(out[:, 12:], there[:, 12:])
    assert torch.allclose(out[:, 4:12], there[:, 4:12] + direct(x, weight, bias, (0, 1)), rtol=0, atol=5e-6)


def test_processors_with_a_slow_blas_multiply_one_by_one(monkeypatch):
    a, b = drawn(4, 70, 64), drawn(4, 48, 64, seed=2)
    batch = kernels.batched_product(a, b)
    monkeypatch.setattr(kernels, "_BLAS_IS_SLOW", True)
    assert torch.allclose(kernels.batched_product(a, b), batch, rtol=0, atol=1e-4)


@pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="It is measured, and used, on x86 alone.")
def test_it_is_for_wide_layers_in_fp32():
    weight = weight_of(256, 256, 3)
    assert Winograd.suits(weight)
    for other in (
        weight.bfloat16(),
        weight[:, :128],
        weight[:128],
        weight[..., :1],
        weight[..., :2, :2],
        weight[..., :1, :1],
        weight.to("meta"),
    ):
        assert not Winograd.suits(other)


def test_a_part_is_about_as_large_as_the_others():
    for count, most in ((10, 4), (7, 7), (1, 5), (9, 1)):
        parts = list(winograd._parts(count, most))
        assert [index for part in parts for index in range(part.start, part.stop)] == list(range(count))
        assert max(part.stop - part.start for part in parts) <= most
