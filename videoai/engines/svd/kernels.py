"""The matrix product of a layer, and which kernel computes it.

Torch's `linear` calls its BLAS, which on some processors runs at half the rate of the oneDNN that ships in the same
wheel (an AMD EPYC with AVX-512: 200 against 460 GFLOP/s). On such CPUs products go to oneDNN, which can also apply
what follows the product while its result is still in the cache. Elsewhere the plain operators are used.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

_HAS_ONEDNN: bool = torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.backends.mkldnn.is_available()


def _onednn() -> Any:
    """oneDNN's product. Looked up at use: a torch built without oneDNN, as a Mac's, has no such operator."""
    return torch.ops.mkldnn._linear_pointwise


def uses_onednn(x: torch.Tensor) -> bool:
    """Whether products with `x` go to oneDNN."""
    return _HAS_ONEDNN and x.device.type == "cpu" and x.dtype == torch.float32


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x @ weightᵀ + bias: (…, in) by (out, in) to (…, out)."""
    if uses_onednn(x):
        product: torch.Tensor = _onednn()(x, weight, bias, "none", [], "")
        return product
    return nn.functional.linear(x, weight, bias)


def linear_gelu(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """The exact (erf) GELU of a product."""
    if uses_onednn(x):
        product: torch.Tensor = _onednn()(x, weight, bias, "gelu", [], "none")
        return product
    return nn.functional.gelu(nn.functional.linear(x, weight, bias))


def linear_times(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, factor: torch.Tensor
) -> torch.Tensor:
    """A product times `factor`, element by element. `factor` may be overwritten."""
    if uses_onednn(x):
        product: torch.Tensor = _onednn().binary(x, factor, weight, bias, "mul")
        return product
    return factor.mul_(nn.functional.linear(x, weight, bias))


def kernel_layout(weight: torch.Tensor) -> torch.Tensor:
    """The weight laid out as the device's convolutions want it.

    On the CPU that is channels last: torch would otherwise copy the weight so at each use. Elsewhere it is
    contiguous: MPS is wrong for some weights that are not (pytorch/pytorch#192212).
    """
    if weight.device.type == "cpu" and weight.ndim in _CHANNELS_LAST:
        return weight.contiguous(memory_format=_CHANNELS_LAST[weight.ndim])
    return weight.contiguous()


_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
