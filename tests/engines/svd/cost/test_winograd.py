"""What convolutions by fewer multiplications take beside inputs and outputs: as planned, measured, and not much."""

from __future__ import annotations

import pytest
import torch

from tests.support.live import Live
from videoai.engines.svd.chunking import outputs_at_a_time, tiles_at_a_time
from videoai.engines.svd.cost.activations import NumberBytes
from videoai.engines.svd.cost.layers import Block, decoder_layers, unet_layers
from videoai.engines.svd.winograd import Winograd

FP32 = NumberBytes(4)
MIB = 1 << 20
POINTS = 36


@pytest.mark.parametrize(
    ("inputs", "outputs", "size"),
    [
        (256, 256, (2, 8, 8)),  # a few tiles
        (256, 256, (2, 64, 64)),
        (256, 256, (2, 130, 128)),  # more than are held at a time
        (320, 1280, (2, 16, 16)),
        (1280, 1280, (2, 8, 8)),  # a part of the weight at a time
    ],
)
def test_it_takes_what_is_planned_for_it(inputs, outputs, size):
    frames, height, width = size
    weight, bias, x = torch.randn(outputs, inputs, 3, 3), torch.randn(outputs), torch.randn(*size, inputs)
    out = torch.zeros(*size, outputs)
    with Live(weight, bias, x, out) as live:
        Winograd(weight).add_to(out, x, bias, (1, 1))
    assert live.peak == pytest.approx(FP32.convolving(inputs, outputs, frames * height * width), rel=0.2)


def convolutions() -> set[tuple[int, int]]:
    """The inputs and outputs of all in the networks, and of one that is wider than any."""
    blocks = [layer for layer in (*unet_layers(), *decoder_layers()) if isinstance(layer, Block)]
    return {(5120, 1280)} | {(inputs, block.outputs) for block in blocks for inputs in (block.inputs, block.outputs)}


@pytest.mark.parametrize(("inputs", "outputs"), sorted(convolutions()))
def test_little_is_held_at_a_time_but_enough_for_a_fast_product(inputs, outputs):
    tiles, together = tiles_at_a_time(POINTS, inputs), outputs_at_a_time(POINTS, inputs, outputs)
    assert tiles >= 96
    assert 86 <= together <= outputs, "96, but for parts of one size"
    of_one = 4 * POINTS * inputs
    assert tiles == 96 or tiles * of_one <= 16 * MIB < (tiles + 1) * of_one
    parts = -(-outputs // together)
    assert 0 <= parts * together - outputs < parts, "parts are about as large as each other"
    assert together <= 96 or together * of_one <= 24 * MIB
    assert parts == 1 or -(-outputs // (parts - 1)) * of_one > 24 * MIB, "there are no more than need be"


@pytest.mark.parametrize(("inputs", "outputs"), [(256, 256), (255, 512), (512, 255), (320, 640)])
def test_memory_is_planned_for_the_convolutions_that_are_computed_so(inputs, outputs):
    suits = Winograd.suits(torch.empty(outputs, inputs, 3, 3))
    if torch.backends.mkl.is_available():
        assert suits == (FP32.convolving(inputs, outputs, 1 << 14) > 0)
    assert NumberBytes(2).convolving(inputs, outputs, 1 << 14) == 0
