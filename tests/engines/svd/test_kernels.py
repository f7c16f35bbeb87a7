"""Products on a torch that lacks what this one has."""

from __future__ import annotations

import subprocess
import sys
import weakref

import pytest
import torch

from tests.conftest import ROOT
from videoai.engines.svd import kernels
from videoai.engines.svd.kernels import (
    Convolution,
    Product,
    are_few,
    fuses_silu,
    kernel_layout,
    scaled_silu,
    uses_onednn,
)

BOUNDS = {torch.float32: 1e-5, torch.bfloat16: 2e-2, torch.float16: 3e-3}
NUMBERS = [torch.float32, torch.bfloat16, torch.float16]

WITHOUT_ONEDNN = """
import types, torch
torch.backends.mkldnn.is_available = lambda: False
torch.ops.mkldnn = types.SimpleNamespace()
from videoai.engines.svd import engine
from videoai.engines.svd import kernels
x, weight = torch.randn(3, 8), torch.randn(5, 8)
assert not kernels.uses_onednn(x)
assert torch.equal(kernels.Product(weight)(x), x @ weight.t())
print("fine")
"""


def test_a_torch_without_onednn_as_on_a_mac_runs_the_engine():
    result = subprocess.run([sys.executable, "-c", WITHOUT_ONEDNN], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == "fine\n", result.stderr


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (64, 64),
        pytest.param(320, 1280, marks=pytest.mark.slow),
        pytest.param(1280, 320, marks=pytest.mark.slow),
        (640, 1920),
    ],
)
def test_a_weight_laid_out_for_products_gives_the_same_bits(dtype, inputs, outputs):
    """A plan that keeps its weights and one that streams them give the same video."""
    weight, bias = torch.randn(outputs, inputs).to(dtype), torch.randn(outputs).to(dtype)
    kept, other = Product(weight, kept=True), Product(weight)
    for rows in (1, 17, 64, 300, 2048):
        x, more = torch.randn(rows, inputs).to(dtype), torch.randn(rows, outputs).to(dtype)
        assert torch.equal(kept(x, bias), other(x, bias))
        assert torch.equal(kept.gelu(x, bias), other.gelu(x, bias))
        assert torch.equal(kept.plus(x, bias, more), other.plus(x, bias, more))
        assert torch.equal(kept.times(x, bias, more.clone()), other.times(x, bias, more.clone()))


@pytest.mark.parametrize("dtype", NUMBERS)
def test_a_product_and_what_follows_it(dtype):
    weight, bias = torch.randn(96, 48).to(dtype), torch.randn(96).to(dtype)
    x, more = torch.randn(2, 30, 48).to(dtype), torch.randn(2, 30, 96).to(dtype)
    product, wanted = Product(weight), torch.nn.functional.linear(x.double(), weight.double(), bias.double())
    assert error(product(x, bias), wanted) < BOUNDS[dtype]
    assert error(product.gelu(x, bias), torch.nn.functional.gelu(wanted)) < BOUNDS[dtype]
    assert error(product.plus(x, bias, more.clone()), wanted + more) < BOUNDS[dtype]
    assert error(product.times(x, bias, more.clone()), wanted * more) < BOUNDS[dtype]


def test_what_onednn_refuses_torch_computes(monkeypatch):
    """As fp16, on a processor without instructions for it."""
    monkeypatch.setattr(kernels, "_ONEDNN_TYPES", {torch.float32})
    weight, x = torch.randn(96, 48).half(), torch.randn(2, 30, 48).half()
    assert not uses_onednn(x)
    assert torch.equal(Product(weight)(x), torch.nn.functional.linear(x, weight))


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize(("size", "stride", "padding"), [((3, 3), 1, (1, 1)), ((3, 3), 2, (1, 1)), ((3, 1), 1, (1, 0))])
@pytest.mark.parametrize(("height", "width"), [(5, 7), (40, 30)])
def test_a_convolution_of_few_positions_and_of_many(dtype, size, stride, padding, height, width):
    weight, bias = torch.randn(64, 32, *size).to(dtype), torch.randn(64).to(dtype)
    x = torch.randn(2, height, width, 32).to(dtype)
    few = are_few(2 * height * width)
    convolution = Convolution(kernel_layout(weight), x, stride, few=few)
    wanted = torch.nn.functional.conv2d(
        x.double().permute(0, 3, 1, 2), weight.double(), bias.double(), stride, padding
    ).permute(0, 2, 3, 1)
    assert error(convolution(x, bias, padding), wanted) < BOUNDS[dtype]
    out = torch.randn(wanted.shape).to(dtype)
    summed = out.double() + wanted
    convolution.add_to(out, x, bias, padding)
    assert error(out, summed) < BOUNDS[dtype]
    # Laid out for another shape, it is the same convolution.
    other = Convolution(kernel_layout(weight), x[:1, :4], stride, few=not few)
    assert error(other(x, bias, padding), wanted) < BOUNDS[dtype]


@pytest.mark.parametrize(("shape", "size", "padding"), [((3, 15, 26), (3, 3), (1, 1)), ((1, 8, 160), (3, 1), (1, 0))])
def test_convolutions_to_many_channels_in_bf16_are_products_part_by_part(shape, size, padding):
    weight, x = torch.randn(1280, 16, *size).bfloat16(), torch.randn(*shape, 16).bfloat16()
    convolution, bias = Convolution(kernel_layout(weight), x), torch.randn(1280).bfloat16()
    given = []
    if (product := convolution._product) is not None:
        convolution._product = lambda x, bias: given.append(len(x)) or product(x, bias)
    wanted = torch.nn.functional.conv2d(
        x.double().permute(0, 3, 1, 2), weight.double(), bias.double(), padding=padding
    ).permute(0, 2, 3, 1)
    assert error(convolution(x, bias, padding), wanted) < BOUNDS[torch.bfloat16]
    if uses_onednn(x):
        assert len(given) > 1
        assert max(given) <= 1024
        assert sum(given) == wanted.shape[:3].numel()


@pytest.mark.skipif(not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="this processor has no bf16")
@pytest.mark.parametrize("few", [True, False], ids=["few positions", "many positions"])
def test_a_weight_that_is_laid_out_is_not_held_otherwise_too(few):
    weight = kernel_layout(torch.randn(64, 64, 3, 3).bfloat16())
    if not uses_onednn(weight):
        pytest.skip("weights stay as they are")
    x, held = torch.randn(2, 5 if few else 40, 30, 64).bfloat16(), weakref.ref(weight)
    convolution = Convolution(weight, x, kept=True, few=few)
    del weight
    assert held() is None
    assert convolution(x, padding=(1, 1)).shape == x.shape


def error(ours: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((ours.double() - wanted).abs().max() / wanted.abs().max())


@pytest.mark.skipif(not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="this processor has no bf16")
@pytest.mark.parametrize("shape", [(1, 5, 7, 64), (3, 20, 48)])
def test_scale_offset_and_silu_in_one_go(shape):
    x, scale, offset = (
        torch.randn(shape).bfloat16(),
        torch.randn(shape[-1]).bfloat16(),
        torch.randn(shape[-1]).bfloat16(),
    )
    if not fuses_silu(x, scale):
        pytest.skip("torch computes it in two")
    wanted = torch.nn.functional.silu(x.double() * scale.double() + offset.double())
    assert error(scaled_silu(x, scale, offset), wanted) < 1e-2
    assert not fuses_silu(x, torch.randn(shape[0] + 1, 1, shape[-1])), "a scale for each frame"
