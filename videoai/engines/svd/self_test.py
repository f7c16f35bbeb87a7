"""Does this machine's accelerator compute each kind of layer rightly? Each is compared with the CPU.

Some versions of macOS and torch give wrong numbers for some shapes without an error; a video that was made with them
is merely strange. The reference is the same layer on the CPU in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from videoai.engines.devices import Device
from videoai.engines.svd.attention import attend, attend_over_frames
from videoai.engines.svd.group_norm import GroupNorm, normalise_silu
from videoai.engines.svd.layers import Conv, FeedForward, LayerNorm, Linear, TemporalConv, UpsampleConv
from videoai.engines.svd.weights import Weights
from videoai.language import say
from videoai.weights.quantise import quantise
from videoai.weights.tensor_source import MemorySource

_LIMITS = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 8e-2}
"""The largest error there may be, as a share of the largest value: rounding, and nothing more."""

_CHANNELS, _HEADS = 64, 2


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """One kind of layer: the largest error as a share of the largest value, and what is allowed."""

    layer: str
    error: float
    limit: float

    @property
    def ok(self) -> bool:
        return self.error <= self.limit  # false for a NaN


@dataclass(frozen=True, slots=True)
class _Case:
    layer: str
    weights: dict[str, tuple[int, ...]]
    input: tuple[int, ...]
    run: Callable[[Weights, Tensor], Tensor]


def self_test(device: Device) -> Iterator[LayerCheck]:
    """Run every kind of layer on `device`, in its type of number, and on the CPU; yield each comparison."""
    for seed, case in enumerate(_CASES):
        draw = torch.Generator().manual_seed(seed)
        tensors = {name: torch.randn(shape, generator=draw) * 0.2 for name, shape in case.weights.items()}
        x = torch.randn(case.input, generator=draw)
        with torch.inference_mode():
            ours = case.run(_weights(tensors, device.name, device.dtype), x.to(device.name, device.dtype))
            reference = case.run(_weights(tensors, "cpu", torch.float64), x.double())
        yield _compared(case.layer, ours, reference, device)
    weight = torch.randn(320, 64, 3, 3, generator=torch.Generator().manual_seed(0))
    for bits in (8, 4):
        packed = quantise(weight, bits)
        unpacked = packed.to(device.name).dequantise(device.dtype)
        yield _compared(say("{bits}-bit weights", bits=bits), unpacked, packed.dequantise(torch.float32), device)


def _weights(tensors: dict[str, Tensor], device: str, dtype: torch.dtype) -> Weights:
    return Weights(MemorySource(tensors), device=device, dtype=dtype)


def _compared(layer: str, ours: Tensor, reference: Tensor, device: Device) -> LayerCheck:
    error = (ours.cpu().double() - reference.double()).abs().max() / reference.abs().max()
    return LayerCheck(layer, float(error), _LIMITS[device.dtype])


def _linear(weights: Weights, x: Tensor) -> Tensor:
    layer = Linear(weights, "l", _CHANNELS, 96)
    weights.finish()
    return layer(x)


def _conv(stride: int) -> Callable[[Weights, Tensor], Tensor]:
    def run(weights: Weights, x: Tensor) -> Tensor:
        layer = Conv(weights, "c", _CHANNELS, 96, stride=stride)
        weights.finish()
        return layer(x)

    return run


def _temporal(weights: Weights, x: Tensor) -> Tensor:
    layer = TemporalConv(weights, "c", _CHANNELS, _CHANNELS)
    weights.finish()
    return layer.kernel(x[None])(x[None], layer.bias, (1, 0))[0]


def _upsample(weights: Weights, x: Tensor) -> Tensor:
    layer = UpsampleConv(weights, "c", _CHANNELS)
    weights.finish()
    return layer(x, 2 * x.shape[1], 2 * x.shape[2])


def _layer_norm(weights: Weights, x: Tensor) -> Tensor:
    layer = LayerNorm(weights, "n", _CHANNELS)
    weights.finish()
    return layer(x)


def _group_norm(weights: Weights, x: Tensor) -> Tensor:
    layer = GroupNorm(weights, "n", _CHANNELS, 1e-5)
    weights.finish()
    return normalise_silu(x, *layer.per_frame(x))


def _feed_forward(weights: Weights, x: Tensor) -> Tensor:
    norm = LayerNorm(weights, "n", _CHANNELS)
    layer = FeedForward(weights, "f", _CHANNELS)
    weights.finish()
    out = x.clone()
    layer.add_to(out, norm, 100)
    return out


def _self_attention(weights: Weights, x: Tensor) -> Tensor:
    q, k, v = (part.contiguous() for part in x.chunk(3, -1))
    return attend(q, k, v, _HEADS, scores=2**16)


def _over_frames(weights: Weights, x: Tensor) -> Tensor:
    q, k, v = (part.contiguous() for part in x.chunk(3, -1))
    return attend_over_frames(q, k, v, _HEADS)


_NORM: dict[str, tuple[int, ...]] = {"n.weight": (_CHANNELS,), "n.bias": (_CHANNELS,)}
_HIDDEN = 4 * _CHANNELS
_GEGLU: dict[str, tuple[int, ...]] = {
    "f.net.0.proj.weight": (2 * _HIDDEN, _CHANNELS),
    "f.net.0.proj.bias": (2 * _HIDDEN,),
    "f.net.2.weight": (_CHANNELS, _HIDDEN),
    "f.net.2.bias": (_CHANNELS,),
}
_CONV: dict[str, tuple[int, ...]] = {"c.weight": (96, _CHANNELS, 3, 3), "c.bias": (96,)}

_CASES = (
    _Case(say("linear"), {"l.weight": (96, _CHANNELS), "l.bias": (96,)}, (2, 300, _CHANNELS), _linear),
    _Case(say("convolution"), _CONV, (2, 40, 40, _CHANNELS), _conv(1)),
    _Case(say("convolution, small map"), _CONV, (2, 6, 10, _CHANNELS), _conv(1)),
    _Case(say("convolution, stride 2"), _CONV, (2, 40, 40, _CHANNELS), _conv(2)),
    _Case(
        say("temporal convolution"),
        {"c.weight": (_CHANNELS, _CHANNELS, 3, 1, 1), "c.bias": (_CHANNELS,)},
        (14, 300, _CHANNELS),
        _temporal,
    ),
    _Case(
        say("enlarging convolution"),
        {"c.weight": (_CHANNELS, _CHANNELS, 3, 3), "c.bias": (_CHANNELS,)},
        (2, 20, 20, _CHANNELS),
        _upsample,
    ),
    _Case(say("layer norm"), _NORM, (2, 300, _CHANNELS), _layer_norm),
    _Case(say("group norm with SiLU"), _NORM, (4, 300, _CHANNELS), _group_norm),
    _Case(say("feed-forward with GEGLU"), _NORM | _GEGLU, (2, 300, _CHANNELS), _feed_forward),
    _Case(say("attention within a frame"), {}, (2, 400, 3 * _CHANNELS), _self_attention),
    _Case(say("attention within a small frame"), {}, (2, 60, 3 * _CHANNELS), _self_attention),
    _Case(say("attention over {count} frames", count=14), {}, (14, 200, 3 * _CHANNELS), _over_frames),
    _Case(say("attention over {count} frames", count=6), {}, (6, 200, 3 * _CHANNELS), _over_frames),
)
