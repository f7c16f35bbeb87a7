"""What convolutions by fewer multiplications take beside inputs and outputs: as planned, measured, and not much."""

from __future__ import annotations

import pytest
import torch

from tests.support.live import Live
from videoai.engines.svd.chunking import outputs_at_a_time, tiles_at_a_time
from videoai.engines.svd.cost.activations import NumberBytes
from videoai.engines.svd.cost.layers import Block, Resize, decoder_layers, unet_layers
from videoai.engines.svd.winograd import Winograd

FP32 = NumberBytes(4)
MIB = 1 << 20


def planned(taps: int, inputs: int, outputs: int, tokens: int) -> int:
    """Without the weight: a quarter's, where an enlargement is of four convolutions with 2×2 taps."""
    if taps == 3:
        return FP32.convolving(inputs, outputs, tokens)
    assert inputs == outputs
    return FP32.doubling(inputs, tokens) - 4 * 4 * inputs**2


@pytest.mark.parametrize(
    ("taps", "inputs", "outputs", "size"),
    [
        (3, 256, 256, (2, 8, 8)),  # a few tiles
        (3, 256, 256, (2, 64, 64)),
        (3, 256, 256, (2, 130, 128)),  # more than are held at a time
        (3, 320, 1280, (2, 16, 16)),
        (3, 1280, 1280, (2, 8, 8)),  # a part of the weight at a time
        (2, 512, 512, (2, 32, 32)),
    ],
)
def test_it_takes_what_is_planned_for_it(taps, inputs, outputs, size):
    frames, height, width = size
    weight, bias, x = torch.randn(outputs, inputs, taps, taps), torch.randn(outputs), torch.randn(*size, inputs)
    out = torch.zeros(frames, height + 3 - taps, width + 3 - taps, outputs)
    with Live(weight, bias, x, out) as live:
        Winograd(weight).add_to(out, x, bias, (1, 1))
    assert live.peak == pytest.approx(planned(taps, inputs, outputs, frames * height * width), rel=0.2)


def convolutions() -> set[tuple[int, int, int]]:
    """The points, inputs and outputs of all in the networks, and of one that is wider than any."""
    found = {(36, 5120, 1280)}
    for layer in (*unet_layers(), *decoder_layers()):
        if isinstance(layer, Block):
            found |= {(36, layer.inputs, layer.outputs), (36, layer.outputs, layer.outputs)}
        elif isinstance(layer, Resize) and layer.up:
            found |= {(25, layer.channels, layer.channels)}
    return found


@pytest.mark.parametrize(("points", "inputs", "outputs"), sorted(convolutions()))
def test_little_is_held_at_a_time_but_enough_for_a_fast_product(points, inputs, outputs):
    tiles, together = tiles_at_a_time(points, inputs), outputs_at_a_time(points, inputs, outputs)
    assert tiles >= 128
    assert 128 <= together <= outputs
    of_one = 4 * points * inputs
    assert tiles == 128 or tiles * of_one <= 24 * MIB < (tiles + 1) * of_one
    parts = -(-outputs // together)
    assert 0 <= parts * together - outputs < parts, "parts are about as large as each other"
    assert together <= 128 or together * of_one <= 48 * MIB
    assert parts == 1 or -(-outputs // (parts - 1)) * of_one > 48 * MIB, "there are no more than need be"


@pytest.mark.parametrize(("inputs", "outputs"), [(256, 256), (255, 512), (512, 255), (320, 640)])
def test_memory_is_planned_for_the_convolutions_that_are_computed_so(inputs, outputs):
    suits = Winograd.suits(torch.empty(outputs, inputs, 3, 3))
    if torch.backends.mkl.is_available():
        assert suits == (FP32.convolving(inputs, outputs, 1 << 14) > 0)
    assert NumberBytes(2).convolving(inputs, outputs, 1 << 14) == 0
