"""RIFE 4.0's network: where each pixel of a frame between two others comes from, in either of them, and from which.

Four blocks of convolutions, from an eighth of the size to all of it, each correct what the one before has found: two
flows, from the new frame into the one before it and into the one after it, and a mask that mixes both. No pixel is
invented: what comes out is the two frames, moved and mixed.

In two things a frame differs from the published program's, for the eye sees them where little moves. Of a way of a
pixel or two the network sees a third, and a quarter of it is at nothing: a clip would move by jerks. So how far each
pixel moves is found at twice the size, once for both frames, and what is slow is moved by its part of that (`paced`).
And frames are sampled so that fine detail stays as sharp as in those on both sides (`_CUBIC`).

Z. Huang et al., Real-Time Intermediate Flow Estimation for Video Frame Interpolation, ECCV 2022; the network of
version 4.0 of Practical-RIFE (github.com/hzwer/Practical-RIFE). Its weights are in weights/, beside their licence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv_transpose2d, grid_sample, interpolate, pad, prelu, sigmoid

from videoai.engines.devices import CPU, Device
from videoai.engines.svd.layers import Conv
from videoai.engines.svd.weights import Weights
from videoai.errors import NotFinite
from videoai.events import Pixels
from videoai.finishing.rife_shape import BLOCKS, INNER, MULTIPLE, OUTPUTS, is_looked_at_twice
from videoai.language import say
from videoai.weights.safetensors_file import SafetensorsFile

WEIGHTS = Path(__file__).with_name("weights") / "rife40_fp16.safetensors"

_SLOW = 4.0
"""Pixels. What moves no further from frame to frame is paced, what moves twice as far is not: measured."""

_CUBIC = {"mps": "cpu"}
"""Where a kind of device has its frames sampled by cubes of their surroundings, if it does not do it itself. Sampling
by lines blurs what lies between pixels, and every other frame would be softer than the one beside it."""

_FAR = 32
"""Pixels. If the second block finds both flows further off somewhere, all begin anew at half the size."""


class Pair:
    """Two frames, as the network sees them: (2, 3, height, width) in [0, 1], fp32, their sides filled up."""

    @staticmethod
    def of(before: Pixels, after: Pixels, device: torch.device | str = "cpu") -> Pair:
        """Two frames, (height, width, 3), on the device that computes."""
        return Pair(*(torch.from_numpy(np.array(frame)).to(device) for frame in (before, after)))

    def __init__(self, before: Tensor, after: Tensor) -> None:
        """Each is (height, width, 3), uint8, on the device that computes."""
        self.height, self.width, _ = before.shape
        pixels = torch.stack([before, after]).permute(0, 3, 1, 2).to(torch.float32) / 255
        more = (0, -self.width % MULTIPLE, 0, -self.height % MULTIPLE)
        # With their last pixels: at a border of black ones, flows would go astray.
        self.pixels = (pad(pixels, more, mode="replicate") if any(more) else pixels).contiguous()
        self.grid = _grid(self.pixels)
        self.way: Tensor | None = None
        """How far each pixel moves from one to the other, once it is known."""


class Flow(NamedTuple):
    """What the blocks have found: (2, 2, height, width) pixels to the right and down, in each frame; the mask's logits,
    (1, 1, height, width)."""

    flow: Tensor
    mask: Tensor

    def plus(self, other: Flow) -> Flow:
        """Corrected by another."""
        return Flow(self.flow + other.flow, self.mask + other.mask)

    def paced(self, time: float, way: Tensor) -> Flow:
        """The same, but what moves slowly is at `time` of its `way`, (2, height, width) pixels, where this agrees that
        it is slow."""
        slow = torch.minimum(_slowness(way), _slowness(self.way))
        return Flow(torch.lerp(self.flow, torch.stack((-time * way, (1 - time) * way)), slow), self.mask)

    @property
    def way(self) -> Tensor:
        """How far each pixel moves from the first frame to the second."""
        found: Tensor = self.flow[1] - self.flow[0]
        return found


def _slowness(way: Tensor) -> Tensor:
    found: Tensor = (2 - way.norm(dim=0) / _SLOW).clamp(0, 1)
    return found


class Rife:
    """The frame at any time between two. Flows, and what is sampled by them, are fp32 in any type of number."""

    def __init__(self, weights: Weights) -> None:
        """Raises ModelDamaged if they are another network's."""
        self.device = weights.device
        self._blocks = [_Correction(weights.at(f"block{index}"), *sides) for index, sides in enumerate(BLOCKS)]
        weights.finish()

    def between(self, pair: Pair, time: float, *, on_block: Callable[[], None] = lambda: None) -> Tensor:
        """The frame at `time`, which is 0 at the first of the pair and 1 at the second: (height, width, 3), uint8.

        `on_block` is called before each block; if it raises, nothing is left. Raises NotFinite if a number overflows.
        """
        with torch.inference_mode():
            mixed = blended(pair, self._found(pair, time, on_block), cubic=True)
            if not bool(mixed.isfinite().all()):
                raise NotFinite(
                    say("A frame between two others cannot be computed here: a number became infinite."),
                    say("Leave out --smooth, or use --compute fp32."),
                )
            return (mixed * 255).round_().clamp_(0, 255).to(torch.uint8)

    def _found(self, pair: Pair, time: float, on_block: Callable[[], None]) -> Flow:
        found = self.flow(pair, time, on_block)
        if not is_looked_at_twice(pair.height, pair.width):
            return found.paced(time, found.way)
        if pair.way is None:
            first = self._blocks[0].alone(pair.pixels, 0.5, 4)
            pair.way = self._corrected(pair, first, 0.5, (2, 1, 0.5), on_block).way
        return found.paced(time, pair.way)

    def flow(self, pair: Pair, time: float, on_block: Callable[[], None] = lambda: None) -> Flow:
        """What the published network finds."""
        first, second, *_ = self._blocks
        on_block()
        found = first.alone(pair.pixels, time, 8)
        on_block()
        more = second(_warped(pair, found.flow), found, time, 4)
        if all(float(flow.abs().max()) > _FAR for flow in more.flow):
            return self._corrected(pair, first.alone(pair.pixels, time, 16), time, (8, 4, 2), on_block)
        return self._corrected(pair, found.plus(more), time, (2, 1), on_block)

    def _corrected(
        self, pair: Pair, found: Flow, time: float, shrinks: Sequence[float], on_block: Callable[[], None]
    ) -> Flow:
        """By the last blocks, each at a part of the size."""
        for block, shrink in zip(self._blocks[-len(shrinks) :], shrinks, strict=True):
            on_block()
            found = found.plus(block(_warped(pair, found.flow), found, time, shrink))
        return found


class _Correction:
    """Twelve convolutions at a part of the size: two that halve it, eight with what they were given added, one back."""

    def __init__(self, weights: Weights, inputs: int, channels: int) -> None:
        sides = ((inputs, channels // 2), (channels // 2, channels))
        self._halving = [_Activated(weights, f"conv0.{i}", *of, stride=2) for i, of in enumerate(sides)]
        self._inner = [_Activated(weights, f"convblock.{i}", channels, channels) for i in range(INNER)]
        # Where flows come from, 8 bits of a number would be a twentieth of a pixel and more.
        self._back = weights.tensor("lastconv.weight", channels, OUTPUTS, 4, 4, dtype=torch.float32)
        self._back_bias = weights.tensor("lastconv.bias", OUTPUTS, dtype=torch.float32)
        self._dtype = weights.dtype

    def alone(self, pixels: Tensor, time: float, shrink: float) -> Flow:
        """What it finds when nothing is found yet."""
        return self._computed(_shrunk(pixels, shrink).flatten(0, 1)[None], time, shrink)

    def __call__(self, warped: Tensor, found: Flow, time: float, shrink: float) -> Flow:
        """By how much the flows, and the mask, are to be corrected; `warped` are the frames, moved by the flows."""
        flow = _shrunk(found.flow, shrink) / shrink
        seen = (_shrunk(warped, shrink), _shrunk(found.mask, shrink), flow)
        pixels, mask, flow = (each.flatten(0, 1)[None] for each in seen)
        return self._computed(pixels, time, shrink, mask, flow)

    def _computed(self, pixels: Tensor, time: float, shrink: float, *more: Tensor) -> Flow:
        x = torch.cat((pixels, torch.full_like(pixels[:, :1], time), *more), 1)
        x = x.permute(0, 2, 3, 1).to(self._dtype).contiguous()
        for conv in self._halving:
            x = conv(x)
        given = x
        for conv in self._inner:
            x = conv(x)
        x = (x + given).float().permute(0, 3, 1, 2)
        y = conv_transpose2d(x, self._back, self._back_bias, stride=2, padding=1)
        y = _resized(y, 2 * shrink)
        return Flow(y[0, :4].unflatten(0, (2, 2)) * (2 * shrink), y[:, 4:])


class _Activated:
    """A convolution and its PReLU, of channels-last tokens."""

    def __init__(self, weights: Weights, name: str, inputs: int, outputs: int, stride: int = 1) -> None:
        self._conv = Conv(weights, f"{name}.0", inputs, outputs, stride=stride)
        self._slope = weights.tensor(f"{name}.1.weight", outputs)

    def __call__(self, x: Tensor) -> Tensor:
        y = self._conv(x).permute(0, 3, 1, 2)
        return prelu(y, self._slope).permute(0, 2, 3, 1)


def load(device: Device = CPU) -> Rife:
    """The network on a processor, in its numbers. Raises ModelMissing or ModelDamaged."""
    source = SafetensorsFile(WEIGHTS)
    return Rife(Weights(source, device=device.name, dtype=device.dtype, storage_dtype=device.dtype))


def _shrunk(x: Tensor, by: float) -> Tensor:
    return _resized(x, 1 / by)


def _resized(x: Tensor, by: float) -> Tensor:
    return x if by == 1 else interpolate(x, scale_factor=by, mode="bilinear", recompute_scale_factor=False)


def _grid(pixels: Tensor) -> Tensor:
    """Where each pixel is, (1, 2, height, width): −1 at one edge, 1 at the other."""
    height, width = pixels.shape[2:]
    across, down = (torch.linspace(-1, 1, side, device=pixels.device) for side in (width, height))
    return torch.stack((across.expand(height, width), down[:, None].expand(height, width)))[None]


def blended(pair: Pair, found: Flow, *, cubic: bool = False) -> Tensor:
    """Both frames, moved and mixed: (height, width, 3), fp32, about in [0, 1]; as published if not `cubic`."""
    before, after = _warped(pair, found.flow, cubic=cubic)
    share = sigmoid(found.mask[0]).to(before.device)
    mixed: Tensor = before * share + after * (1 - share)
    return mixed[:, : pair.height, : pair.width].permute(1, 2, 0)


def _warped(pair: Pair, flow: Tensor, *, cubic: bool = False) -> Tensor:
    """Both frames, each moved by its flow. What comes from outside is the pixel at the edge."""
    height, width = pair.pixels.shape[2:]
    # Sampled within the edges, for which no device needs a padding of its own.
    halves = flow.new_tensor(((width - 1) / 2, (height - 1) / 2))
    places = (pair.grid + flow / halves[:, None, None]).clamp_(-1, 1).permute(0, 2, 3, 1)
    if not cubic:
        return grid_sample(pair.pixels, places, mode="bilinear", align_corners=True)
    device = _CUBIC.get(flow.device.type, flow.device.type)
    return grid_sample(
        pair.pixels.to(device), places.to(device), mode="bicubic", padding_mode="border", align_corners=True
    )
