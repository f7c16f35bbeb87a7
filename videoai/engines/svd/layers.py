"""The small layers everything is built of. Activations are tokens: channels last, contiguous.

A clip's activations are (frames, height, width, channels) or, where the place does not matter, (frames, positions,
channels): products need no transposition, and a convolution sees the same memory as its channels-last layout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import nn

from videoai.engines.svd import kernels
from videoai.engines.svd.chunking import at_a_time
from videoai.engines.svd.kernels import Convolution, Product
from videoai.engines.svd.weights import Weights
from videoai.engines.svd.winograd import Winograd


class Linear:
    """A product with a weight and a bias, both in the checkpoint under `name`."""

    def __init__(self, weights: Weights, name: str, inputs: int, outputs: int, *, bias: bool = True) -> None:
        self.weight = weights.weight(f"{name}.weight", outputs, inputs)
        self.bias = weights.tensor(f"{name}.bias", outputs) if bias else None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(…, inputs) to (…, outputs)."""
        return self.weight.laid_out(Product)(x, self.bias)

    def add_to(self, out: torch.Tensor, x: torch.Tensor) -> None:
        """out += the product, (…, outputs)."""
        self.weight.laid_out(Product).add_to(out, x, self.bias)


_KEYS = ("many", "few")
"""A network that is used for a small video and then for a large one lays its convolutions out anew."""

_CLIP = 14
"""Frames of the model's clips. By them a frame's positions are few or many: of a clip that is computed in parts, every
part is computed alike, so that weights which are laid out once and those which are at each use give the same bits."""


def _are_few(x: torch.Tensor) -> bool:
    """Whether a clip of frames such as these, (frames, height, width, channels), has few positions."""
    return kernels.are_few(_CLIP * x.shape[1:3].numel())


def _convolution(
    weight: torch.Tensor, like: torch.Tensor, few: bool, stride: int = 1, kept: bool = False
) -> Convolution | Winograd:
    """The fastest for inputs of the shape of `like`."""
    if not few and stride == 1 and Winograd.suits(weight):
        return Winograd(weight)
    return Convolution(weight, like, stride, kept, few)


class Conv:
    """A convolution over height and width of (frames, height, width, channels)."""

    def __init__(
        self,
        weights: Weights,
        name: str,
        inputs: int,
        outputs: int,
        *,
        size: int = 3,
        stride: int = 1,
        padding: int = 1,
        bias: bool = True,
    ) -> None:
        self.weights = weights
        self.weight = weights.weight(f"{name}.weight", outputs, inputs, size, size)
        self.bias = (
            weights.tensor(f"{name}.bias", outputs)
            if bias
            else torch.zeros(outputs, device=weights.device, dtype=weights.dtype)
        )
        self.outputs = outputs
        self.stride = stride
        self.padding = padding

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(frames, height, width, inputs) to (frames, height', width', outputs)."""
        return self.kernel(x)(x, self.bias, (self.padding, self.padding))

    def kernel(self, like: torch.Tensor) -> Convolution | Winograd:
        """The convolution of inputs such as `like`, without a bias and padding."""
        few = _are_few(like)
        return self.weight.laid_out(
            lambda weight, kept: _convolution(weight, like, few, self.stride, kept), key=_KEYS[few]
        )


class TemporalConv:
    """A convolution over three frames at each position, as a (3, 1) one over (frames, positions).

    The checkpoint's (3, 1, 1) is three-dimensional, which MPS has no sound kernel for.
    """

    def __init__(self, weights: Weights, name: str, inputs: int, outputs: int) -> None:
        self.weight = weights.weight(f"{name}.weight", outputs, inputs, 3, 1, 1)
        self.bias = weights.tensor(f"{name}.bias", outputs)

    def kernel(self, like: torch.Tensor) -> Convolution:
        """The (3, 1) convolution of (1, frames, positions, inputs) such as `like`."""
        few = kernels.are_few(like.shape[:3].numel())
        return self.weight.laid_out(
            lambda weight, kept: Convolution(weight.squeeze(-1), like, kept=kept, few=few), key=_KEYS[few]
        )


class UpsampleConv:
    """Twice the size by repeating pixels, then a 3×3 convolution."""

    def __init__(self, weights: Weights, name: str, channels: int, *, bias: bool = True) -> None:
        self.weights = weights
        self.weight = weights.weight(f"{name}.weight", channels, channels, 3, 3)
        self.bias = weights.tensor(f"{name}.bias", channels) if bias else None

    def __call__(self, x: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """(frames, h, w, channels) to (frames, height, width, channels): 2h and 2w, or one less.

        Each of the four pixels that come of one sees only 2×2 different ones, so four 2×2 convolutions with summed
        weights give the same as one 3×3, at 4/9 of the work.
        """
        frames, h, w, channels = x.shape
        if (height, width) != (2 * h, 2 * w):
            repeated = x.repeat_interleave(2, 1).repeat_interleave(2, 2)[:, :height, :width].contiguous()
            few = _are_few(repeated)
            whole = self.weight.laid_out(
                lambda weight, kept: _convolution(weight, repeated, few, kept=kept), key=f"whole, {_KEYS[few]}"
            )
            return whole(repeated, self.bias, (1, 1))
        few = _are_few(x)
        quarters = self.weight.laid_out(
            lambda weight, kept: _convolutions(weight, x, kept, few), key=f"quarters, {_KEYS[few]}"
        )
        out = x.new_empty(frames, h, 2, w, 2, channels)
        for index, quarter in enumerate(quarters):
            i, j = divmod(index, 2)
            out[:, :, i, :, j] = quarter(x, self.bias, (1, 1))[:, i : i + h, j : j + w]
        return out.view(frames, height, width, channels)


def _convolutions(weight: torch.Tensor, like: torch.Tensor, kept: bool, few: bool) -> Iterable[Convolution]:
    """With a weight's quarters. Those that are not kept are made one after the other, and never held together."""
    made = (Convolution(quarter, like, kept=kept, few=few) for quarter in _quarters(weight))
    return list(made) if kept else made


def _quarters(weight: torch.Tensor) -> Iterator[torch.Tensor]:
    """Of (out, in, 3, 3) the four (out, in, 2, 2), in `kernel_layout`, that each pixel of a doubled picture sees."""
    taps = weight.permute(0, 2, 3, 1)  # channels last, as the layout is on the CPU: it is no further copy there
    for row in _HALVES:
        for column in _HALVES:
            quarter = torch.stack([torch.stack(column(part.unbind(1)), 1) for part in row(taps.unbind(1))], 1)
            yield kernels.kernel_layout(quarter.permute(0, 3, 1, 2))
            del quarter


_Taps = tuple[torch.Tensor, ...]
_HALVES: tuple[Callable[[_Taps], _Taps], ...] = (
    lambda taps: (taps[0], taps[1] + taps[2]),
    lambda taps: (taps[0] + taps[1], taps[2]),
)
"""Three taps as the even and as the odd pixel of a doubled picture see them, two each."""


class LayerNorm:
    """Over the channels of each token."""

    def __init__(self, weights: Weights, name: str, channels: int, eps: float = 1e-5) -> None:
        self.scale = weights.tensor(f"{name}.weight", channels)
        self.offset = weights.tensor(f"{name}.bias", channels)
        self.eps = eps

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.layer_norm(x, self.scale.shape, self.scale, self.offset, self.eps)


class FeedForward:
    """GEGLU: half of the hidden units gate the other half."""

    def __init__(self, weights: Weights, name: str, channels: int) -> None:
        self.inner = 4 * channels
        self.proj = Linear(weights, f"{name}.net.0.proj", channels, 2 * self.inner)
        self.out = Linear(weights, f"{name}.net.2", self.inner, channels)

    def add_to(self, x: torch.Tensor, norm: LayerNorm, rows: int) -> None:
        """x += feed-forward of norm(x), in place, at most `rows` tokens at a time; x is contiguous."""
        tokens = x.view(-1, x.shape[-1])
        value, gate = self.proj.weight.laid_out(
            lambda weight, kept: [Product(part, kept) for part in weight.split(self.inner)]
        )
        out = self.out.weight.laid_out(Product)
        value_bias, gate_bias = torch.split(self.proj.bias, self.inner) if self.proj.bias is not None else (None, None)
        for some in torch.split(tokens, at_a_time(len(tokens), rows, x.device)):
            normed = norm(some)
            hidden = value.times(normed, value_bias, gate.gelu(normed, gate_bias))
            out.add_to(some, hidden, self.out.bias)


def sinusoidal_embedding(values: torch.Tensor, width: int) -> torch.Tensor:
    """The cosines, then the sines, of each value at falling frequencies: (n,) to (n, width), fp32."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half, dtype=torch.float32, device=values.device) * (-math.log(10000) / half))
    angles = values.float()[:, None] * frequencies
    return nn.functional.pad(torch.cat((angles.cos(), angles.sin()), -1), (0, width % 2))
