"""A layer's weight as its kernels want it, and which kernels those are.

Torch's `linear` calls its BLAS, which on some processors runs at half the rate of the oneDNN that ships in the same
wheel (an AMD EPYC with AVX-512: 200 against 460 GFLOP/s). On such CPUs products and convolutions go to oneDNN, which
can also apply what follows them while their result is still in the cache, and which is given its weights in the
layout that it would otherwise make of them at each call. Elsewhere the plain operators are used.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from videoai.engines.svd.chunking import at_a_time


def _has_onednn() -> bool:
    return torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.backends.mkldnn.is_available()


_HAS_ONEDNN: bool = _has_onednn()


_BLAS_IS_SLOW: bool = str(torch.cpu.get_capabilities().get("cpu_name", "")).startswith("AMD")
"""Where oneDNN is faster one by one than torch's BLAS is with a batch."""


def _onednn() -> Any:
    """oneDNN's operators. Looked up at use: a torch built without oneDNN, as a Mac's, has none."""
    return torch.ops.mkldnn


def _onednn_types() -> set[torch.dtype]:
    """The types that oneDNN computes on this processor: it refuses fp16 where there are no instructions for it."""
    types = {torch.float32, torch.bfloat16}
    return types | {torch.float16} if _HAS_ONEDNN and _onednn()._is_mkldnn_fp16_supported() else types


_ONEDNN_TYPES: set[torch.dtype] = _onednn_types()


def uses_onednn(x: torch.Tensor) -> bool:
    """Whether products with `x` go to oneDNN."""
    return _HAS_ONEDNN and x.device.type == "cpu" and x.dtype in _ONEDNN_TYPES


class Product:
    """x @ weightᵀ + bias, and what may follow it: (…, in) by (out, in) to (…, out)."""

    def __init__(self, weight: torch.Tensor, kept: bool = False) -> None:
        """One that is `kept` for many products is rearranged for them where that leaves their bits as they are.

        So it is in bf16, where small products become up to 1.3 times as fast. In fp32 it would gain 3 %, and a plan
        that streams its weights would give another video.
        """
        self._onednn = uses_onednn(weight)
        self._weight = weight
        if self._onednn and kept and weight.dtype == torch.bfloat16 and all(side % _EVEN == 0 for side in weight.shape):
            self._weight = _onednn()._reorder_linear_weight(weight, _ROWS)

    def __call__(self, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        if self._onednn:
            product: torch.Tensor = _onednn()._linear_pointwise(x, self._weight, bias, "none", [], "")
            return product
        return nn.functional.linear(x, self._weight, bias)

    def gelu(self, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """The exact (erf) GELU of the product."""
        if self._onednn:
            product: torch.Tensor = _onednn()._linear_pointwise(x, self._weight, bias, "gelu", [], "none")
            return product
        return nn.functional.gelu(nn.functional.linear(x, self._weight, bias))

    def plus(self, x: torch.Tensor, bias: torch.Tensor | None, other: torch.Tensor) -> torch.Tensor:
        """The product and `other`, of its shape, together."""
        if self._onednn:
            product: torch.Tensor = _onednn()._linear_pointwise.binary(x, other, self._weight, bias, "add")
            return product
        return nn.functional.linear(x, self._weight, bias).add_(other)

    def add_to(self, out: torch.Tensor, x: torch.Tensor, bias: torch.Tensor | None) -> None:
        """out += the product."""
        if self._onednn:
            out.copy_(self.plus(x, bias, out))
        else:
            out.add_(nn.functional.linear(x, self._weight, bias))

    def times(self, x: torch.Tensor, bias: torch.Tensor | None, factor: torch.Tensor) -> torch.Tensor:
        """The product times `factor`, element by element. `factor` may be overwritten."""
        if self._onednn:
            product: torch.Tensor = _onednn()._linear_pointwise.binary(x, factor, self._weight, bias, "mul")
            return product
        return factor.mul_(nn.functional.linear(x, self._weight, bias))


def batched_product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a @ bᵀ of each of a batch: (batch, n, in) by (batch, out, in) to (batch, n, out)."""
    if _BLAS_IS_SLOW and uses_onednn(a):
        return torch.stack([Product(each)(rows) for rows, each in zip(a, b, strict=True)])
    return torch.bmm(a, b.transpose(1, 2))


class Convolution:
    """A convolution of channels-last tokens: (frames, height, width, in) to (frames, height', width', out)."""

    def __init__(
        self, weight: torch.Tensor, like: torch.Tensor, stride: int = 1, kept: bool = False, few: bool = False
    ) -> None:
        """`weight` is (out, in, height, width) in `kernel_layout`; the layout suits inputs of the shape of `like`.

        With `few` positions to convolve it is that of a product: see `are_few`.
        """
        self._size = weight.shape
        self._stride = (stride, stride)
        self._product: Product | None = None
        onednn = uses_onednn(weight) and min(weight.shape[:2]) >= _BLOCK
        wide = weight.dtype == torch.bfloat16 and weight.shape[0] >= _WIDE
        if onednn and stride == 1 and (few or wide):
            self._product = Product(weight.permute(0, 2, 3, 1).flatten(1), kept)
            return  # without the weight, which the product may hold in a layout of its own
        self._packed = onednn
        shape = like.permute(0, 3, 1, 2).shape
        self._weight = (
            _onednn()._reorder_convolution_weight(weight, _SAME, self._stride, _SAME, 1, shape) if onednn else weight
        )

    def __call__(
        self, x: torch.Tensor, bias: torch.Tensor | None = None, padding: tuple[int, int] = (0, 0)
    ) -> torch.Tensor:
        """`padding` is how many rows and columns of zeros to add on each side."""
        if self._product is not None:
            return self._by_product(self._product, x, bias, padding)
        pixels = x.permute(0, 3, 1, 2)
        y: torch.Tensor
        if self._packed:
            y = _onednn()._convolution_pointwise(
                pixels, self._weight, bias, padding, self._stride, _SAME, 1, "none", [], ""
            )
        else:
            y = nn.functional.conv2d(pixels, self._weight, bias, self._stride, padding)
        return y.permute(0, 2, 3, 1).contiguous()

    def add_to(
        self, out: torch.Tensor, x: torch.Tensor, bias: torch.Tensor | None = None, padding: tuple[int, int] = (0, 0)
    ) -> None:
        """out += the convolution of x."""
        if self._product is not None or not (self._packed and out.is_contiguous()):
            out += self(x, bias, padding)
            return
        pixels, sums = x.permute(0, 3, 1, 2), out.permute(0, 3, 1, 2)
        _onednn()._convolution_pointwise_.binary(
            sums, pixels, self._weight, bias, padding, self._stride, _SAME, 1, "add", None, None, [], None
        )

    def _by_product(
        self, product: Product, x: torch.Tensor, bias: torch.Tensor | None, padding: tuple[int, int]
    ) -> torch.Tensor:
        outputs, inputs, high, wide = self._size
        rows, columns = padding
        near = nn.functional.pad(x, (0, 0, columns, columns, rows, rows)).unfold(1, high, 1).unfold(2, wide, 1)
        near = near.permute(0, 1, 2, 4, 5, 3)
        along = 0 if len(near) > 1 else 1
        most = max(1, _FEW * near.shape[along] // near.shape[:3].numel())
        parts = [
            product(part.reshape(-1, high * wide * inputs), bias).view(*part.shape[:3], outputs)
            for part in near.split(at_a_time(near.shape[along], most, x.device), along)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, along)


def are_few(positions: int) -> bool:
    """Whether moving its weight costs a convolution of so many positions more than a product's larger input does."""
    return positions < _FEW


_SAME = (1, 1)


def fuses_silu(x: torch.Tensor, scale: torch.Tensor) -> bool:
    """Whether `scaled_silu` can compute this, and is faster than one operation after the other, as in bf16."""
    return uses_onednn(x) and x.dtype == torch.bfloat16 and scale.numel() == x.shape[-1] and x.is_contiguous()


def scaled_silu(x: torch.Tensor, scale: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """silu(x·scale + offset), with a scale and an offset for each channel of (…, channels): in one go.

    To oneDNN it is a convolution of single pixels in which every channel sees itself alone. All are in one row, whose
    start costs time.
    """
    channels = x.shape[-1]
    pixels = x.view(1, 1, -1, channels).permute(0, 3, 1, 2)
    weight = scale.reshape(channels, 1, 1, 1)
    y: torch.Tensor = _onednn()._convolution_pointwise(
        pixels, weight, offset.flatten(), (0, 0), _SAME, _SAME, channels, "swish", [], ""
    )
    return y.permute(0, 2, 3, 1).reshape(x.shape)


_BLOCK = 16
"""Channels of a block in oneDNN's layouts: smaller weights would be padded."""
_EVEN = 64
"""Of what a weight's sides are multiples in the networks' large layers, and where the bits are known to be the same."""
_ROWS = 2048
"""Of a typical product, which is what its weight is laid out for."""
_FEW = 1024
"""Of more positions, what they see is gathered for a product one part after the other, so that a part is no larger than
a convolution's weight."""
_WIDE = 1280
"""With as many outputs, which small pictures have, a bf16 convolution takes 1.1 to 2.5 times as long as products."""


def kernel_layout(
    weight: torch.Tensor, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> torch.Tensor:
    """The weight in `dtype`, on `device`, laid out as its plain convolutions want it; as it is, where it is so.

    That is channels last: torch would otherwise copy the weight so at each use. It is made in one copy with the
    numbers' type, which takes a quarter of the time of two, and half the memory. For MPS, which is wrong for some
    weights that are not, it is contiguous (pytorch/pytorch#192212).
    """
    device, dtype = device or weight.device, dtype or weight.dtype
    if takes_any_order(device) and weight.ndim in _CHANNELS_LAST:
        return weight.to(device, dtype, memory_format=_CHANNELS_LAST[weight.ndim])
    return weight.to(device, dtype).contiguous()


def takes_any_order(device: torch.device) -> bool:
    """Whether the kernels are right, and quick, whatever order their operands lie in: not those of MPS."""
    return device.type in ("cpu", "cuda")


_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
