"""The small layers everything is built of. Activations are tokens: channels last, contiguous.

A clip's activations are (frames, height, width, channels) or, where the place does not matter, (frames, positions,
channels): products need no transposition, and a convolution sees the same memory as its channels-last layout.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from videoai.engines.svd import kernels
from videoai.engines.svd.weights import Weights


class Linear:
    """A product with a weight and a bias, both in the checkpoint under `name`."""

    def __init__(self, weights: Weights, name: str, inputs: int, outputs: int, *, bias: bool = True) -> None:
        self.weight = weights.weight(f"{name}.weight", outputs, inputs)
        self.bias = weights.tensor(f"{name}.bias", outputs) if bias else None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(…, inputs) to (…, outputs)."""
        return kernels.linear(x, self.weight.dense(), self.bias)


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
    ) -> None:
        self.weights = weights
        self.weight = weights.weight(f"{name}.weight", outputs, inputs, size, size)
        self.bias = weights.tensor(f"{name}.bias", outputs)
        self.outputs = outputs
        self.stride = stride
        self.padding = padding

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(frames, height, width, inputs) to (frames, height', width', outputs)."""
        return conv2d(x, self.weight.dense(), self.bias, self.stride, self.padding)


def conv2d(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: int = 1,
    padding: int | tuple[int, int] = 0,
) -> torch.Tensor:
    """A convolution of channels-last tokens: (frames, height, width, in) to (frames, height', width', out)."""
    if kernels.uses_onednn(x) and stride == 1 and x.shape[:3].numel() < _FEW:
        return _conv_by_matmul(x, weight, bias, padding)
    y = nn.functional.conv2d(x.permute(0, 3, 1, 2), weight, bias, stride, padding)
    return y.permute(0, 2, 3, 1).contiguous()


_FEW = 1024
"""With fewer positions, rearranging the weight costs oneDNN's convolution more than a product's larger input."""


def _conv_by_matmul(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, padding: int | tuple[int, int]
) -> torch.Tensor:
    rows, columns = padding if isinstance(padding, tuple) else (padding, padding)
    outputs, inputs, high, wide = weight.shape
    near = nn.functional.pad(x, (0, 0, columns, columns, rows, rows)).unfold(1, high, 1).unfold(2, wide, 1)
    near = near.permute(0, 1, 2, 4, 5, 3)
    taps = weight.permute(0, 2, 3, 1).reshape(outputs, -1)
    return kernels.linear(near.reshape(-1, high * wide * inputs), taps, bias).view(*near.shape[:3], outputs)


class TemporalConv:
    """A convolution over three frames at each position, as a (3, 1) one over (frames, positions).

    The checkpoint's (3, 1, 1) is three-dimensional, which MPS has no sound kernel for.
    """

    def __init__(self, weights: Weights, name: str, inputs: int, outputs: int) -> None:
        self.weight = weights.weight(f"{name}.weight", outputs, inputs, 3, 1, 1)
        self.bias = weights.tensor(f"{name}.bias", outputs)

    def dense(self) -> torch.Tensor:
        """The weight as (outputs, inputs, 3, 1)."""
        return self.weight.dense().squeeze(-1)


def temporal_conv(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """(frames, positions, in) to (frames, positions, out), with a weight of (out, in, 3, 1)."""
    return conv2d(x[None], weight, bias, padding=(1, 0))[0]


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
            return conv2d(repeated, self.weight.dense(), self.bias, padding=1)
        rows = _halves(self.weight.dense(), 2)
        out = x.new_empty(frames, h, 2, w, 2, channels)
        for i in (0, 1):
            for j, quarter in enumerate(_halves(rows[i], 3)):
                y = conv2d(x, kernels.kernel_layout(quarter), self.bias, padding=1)
                out[:, :, i, :, j] = y[:, i : i + h, j : j + w]
        return out.view(frames, height, width, channels)


def _halves(weight: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The taps along `dim`, three of them, as the even and the odd pixel of a doubled picture see them: two each."""
    first, middle, last = weight.unbind(dim)
    return torch.stack((first, middle + last), dim), torch.stack((first + middle, last), dim)


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
        """x += feed-forward of norm(x), in place, `rows` tokens at a time; x is contiguous."""
        tokens = x.view(-1, x.shape[-1])
        value, gate = torch.split(self.proj.weight.dense(), self.inner)
        out = self.out.weight.dense()
        value_bias, gate_bias = torch.split(self.proj.bias, self.inner) if self.proj.bias is not None else (None, None)
        for some in torch.split(tokens, rows):
            normed = norm(some)
            hidden = kernels.linear_times(normed, value, value_bias, kernels.linear_gelu(normed, gate, gate_bias))
            some.add_(kernels.linear(hidden, out, self.out.bias))


def sinusoidal_embedding(values: torch.Tensor, width: int) -> torch.Tensor:
    """The cosines, then the sines, of each value at falling frequencies: (n,) to (n, width), fp32."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half, dtype=torch.float32, device=values.device) * (-math.log(10000) / half))
    angles = values.float()[:, None] * frequencies
    return nn.functional.pad(torch.cat((angles.cos(), angles.sin()), -1), (0, width % 2))
