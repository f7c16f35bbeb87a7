"""Weights at 8 and 4 bits, packed, and made whole again one layer at a time.

A weight is level · step. The levels are whole numbers from −127 to 127 at 8 bits, and a palette of 16
fitted to Gaussian groups at 4. The steps are shared by a group of neighbours and are themselves packed:
a signed byte a group, times one float32 a block of 512 weights. docs/quantisation.md has the
measurements behind each of these choices.

Groups run over the flattened tensor, so any shape will do: a Linear's or a convolution's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.weights.codebook import CODEBOOK, levels_of, nearest_level

BLOCK = 512
GROUP = 16
"""How many neighbouring weights share a step."""

_CHUNK = 1 << 18
"""How many weights are worked on at once, a multiple of BLOCK: temporaries stay at a MB or two, in a CPU's
cache, where unpacking is several times as fast as a whole tensor at a time."""
_DEVICE_CHUNK = 1 << 22  # a GPU has no such cache and minds the number of launches instead

_FACTORS = (1.0, -1.0)
"""The steps tried for a group, as multiples of its largest weight."""
_HEADROOM = 1.25  # so that a fitted step, a little larger than the largest weight, fits its signed byte

_EXACT_PARTS = frozenset(
    {
        *("conv_in", "conv_out", "time_conv_out", "time_embedding", "add_embedding"),
        *("patch_embedding", "position_embedding", "visual_projection", "quant_conv"),
    }
)
_FINEST = ("down_blocks.0.", "up_blocks.3.")
_FINEST_EXACT = frozenset({"spatial_res_block", "proj_in", "proj_out", "downsamplers"})
"""In the UNet's two blocks at full resolution: a hundredth of its weights, over half of the squared error."""


def should_quantise(name: str, shape: tuple[int, ...] | torch.Size) -> bool:
    """Whether the tensor called `name` may be packed: the large weights of Linears and convolutions.

    Biases, norms and mixing factors are small and stay exact; so do the layers at a network's two ends, the
    embeddings of time, whose errors every other layer would inherit, and the UNet's few at full resolution
    that are nearest to the output.
    """
    parts = name.split(".")
    if parts[-1] != "weight" or len(shape) < 2 or math.prod(shape) < 2 * BLOCK:
        return False
    exact = _EXACT_PARTS | _FINEST_EXACT if name.startswith(_FINEST) else _EXACT_PARTS
    return exact.isdisjoint(parts) and not any("norm" in part for part in parts)


@dataclass(frozen=True, slots=True)
class Quantised:
    """A packed weight tensor. Its padded length is a multiple of 512 weights.

    `codes` are int8, one a weight, at 8 bits, and uint8, two a byte (the low half first), at 4;
    `scales` int8, one a group; `blocks` float32, one every 512 weights.
    """

    shape: torch.Size
    codes: Tensor
    scales: Tensor
    blocks: Tensor

    @property
    def bits(self) -> int:
        """8 or 4."""
        return 8 if self.codes.dtype == torch.int8 else 4

    @property
    def nbytes(self) -> int:
        """The bytes of everything that is kept."""
        return sum(tensor.nbytes for tensor in self.tensors().values())

    def tensors(self) -> dict[str, Tensor]:
        """What goes into a file; `from_tensors` is the inverse."""
        shape = torch.tensor(self.shape, dtype=torch.int64)
        return {"codes": self.codes, "scales": self.scales, "blocks": self.blocks, "shape": shape}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Quantised:
        """Raises ModelDamaged unless types and sizes are those of a packed weight."""
        if tensors.keys() != {"codes", "scales", "blocks", "shape"}:
            raise ModelDamaged(
                say("A packed weight has the wrong parts: {parts}.", parts=", ".join(sorted(tensors))), _PACK_AGAIN
            )
        sides = tensors["shape"]
        if sides.dtype != torch.int64 or sides.ndim != 1 or bool((sides < 0).any()):
            raise ModelDamaged(say("A packed weight has no shape: {sides}.", sides=sides.tolist()), _PACK_AGAIN)
        shape = torch.Size(sides.tolist())
        packed = cls(shape, tensors["codes"], tensors["scales"], tensors["blocks"])
        for name, (dtype, size) in layout(shape, packed.bits).items():
            found = tensors[name]
            if found.dtype != dtype or tuple(found.shape) != size:
                raise ModelDamaged(
                    say(
                        "A packed weight's {name} are {dtype} {shape}, not {wanted} {sides}.",
                        name=name,
                        dtype=found.dtype,
                        shape=tuple(found.shape),
                        wanted=dtype,
                        sides=size,
                    ),
                    _PACK_AGAIN,
                )
        return packed

    def to(self, device: torch.device | str) -> Quantised:
        """The same on `device`."""
        return Quantised(self.shape, self.codes.to(device), self.scales.to(device), self.blocks.to(device))

    def dequantise(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """The weights, contiguous, on the codes' device; the same bits on every device.

        Each weight is one float32 product, rounded once more if `dtype` is narrower: not in the product, which MPS
        would compute in the type of its result.
        """
        if self.codes.device.type == "cpu":
            out = torch.empty(len(self.blocks) * BLOCK, dtype=dtype)
            for start in range(0, len(out), _CHUNK):
                end = min(start + _CHUNK, len(out))
                out[start:end] = self._product(start, end, self._steps(start, end)).view(-1)
        else:
            out = self._on_device(dtype)
        return out[: self.shape.numel()].view(self.shape)

    def _on_device(self, dtype: torch.dtype) -> Tensor:
        """All weights, with the padding, in as few operations as may be: each takes the time of its launch."""
        count = len(self.blocks) * BLOCK
        steps = self._steps(0, count)
        if count <= _DEVICE_CHUNK:
            return self._product(0, count, steps).to(dtype).view(-1)
        out = torch.empty(count, dtype=dtype, device=self.codes.device)
        for start in range(0, count, _DEVICE_CHUNK):
            end = min(start + _DEVICE_CHUNK, count)
            out[start:end] = self._product(start, end, steps[start // GROUP : end // GROUP]).view(-1)
        return out

    def _steps(self, start: int, end: int) -> Tensor:
        """Of the groups of these weights: (groups, 1) float32."""
        blocks = self.blocks[start // BLOCK : end // BLOCK].unsqueeze(1)
        return _times(self.scales[start // GROUP : end // GROUP], blocks).view(-1, 1)

    def _product(self, start: int, end: int, steps: Tensor) -> Tensor:
        """These weights: (groups, GROUP) float32."""
        if self.bits == 4:
            return levels_of(self.codes[start // 2 : end // 2]).view(-1, GROUP).mul_(steps)
        return _times(self.codes[start:end], steps)


def _times(numbers: Tensor, factors: Tensor) -> Tensor:
    """A row of whole numbers for each factor, (rows, 1), times it, float32: on the CPU faster as two operations."""
    if numbers.device.type == "cpu":
        return numbers.to(torch.float32).view(len(factors), -1).mul_(factors)
    return numbers.view(len(factors), -1) * factors


_PACK_AGAIN = say("Import the model again.")


def layout(shape: torch.Size, bits: int) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Type and size of each of `Quantised.tensors()`, known before there are any."""
    blocks = -(-shape.numel() // BLOCK)
    weights = blocks * BLOCK
    return {
        "codes": (torch.int8 if bits == 8 else torch.uint8, (weights * bits // 8,)),
        "scales": (torch.int8, (weights // GROUP,)),
        "blocks": (torch.float32, (blocks,)),
        "shape": (torch.int64, (len(shape),)),
    }


def quantise(weight: Tensor, bits: int) -> Quantised:
    """`weight`, of any shape and floating type, packed at 8 or 4 bits, on the CPU.

    Raises ValueError for other bits and ModelDamaged for weights that are not finite.
    """
    if bits not in (8, 4):
        raise ValueError(f"weights are packed at 8 or 4 bits, not {bits}")
    flat = weight.detach().to("cpu").reshape(-1)
    parts = [_quantise_chunk(chunk, bits) for chunk in torch.split(flat, _CHUNK)]
    codes, scales, blocks = (torch.cat(column) for column in zip(*parts, strict=True))
    return Quantised(weight.shape, codes, scales, blocks)


def _quantise_chunk(chunk: Tensor, bits: int) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, scales and blocks of consecutive weights, padded with zeros to whole blocks."""
    weights = F.pad(chunk.to(torch.float32), (0, -len(chunk) % BLOCK))
    if not bool(torch.isfinite(weights).all()):
        raise ModelDamaged(say("A weight is infinite or not a number."), say("Download the model again."))
    largest = weights.view(-1, BLOCK).abs().amax(1)
    groups = weights.view(-1, GROUP)
    if bits == 8:
        blocks = largest / (127 * 127)
        codes, scales = _eight(groups, _per_group(blocks, groups))
        return codes.to(torch.int8).view(-1), scales.to(torch.int8).view(-1), blocks
    blocks = largest * (_HEADROOM / 127)
    codes, scales = _four(groups, _per_group(blocks, groups))
    low, high = codes.view(-1, 2).to(torch.uint8).unbind(1)
    return low | high << 4, scales.to(torch.int8).view(-1), blocks


def _eight(groups: Tensor, blocks: Tensor) -> tuple[Tensor, Tensor]:
    """Whole-number levels; steps are rounded up, so that the largest weight is not cut off."""
    scales = (groups.abs().amax(1, keepdim=True) / 127 / blocks).nan_to_num(0.0).ceil().clamp(0, 127)
    codes = (groups / (scales * blocks)).nan_to_num(0.0, 0.0, 0.0).round().clamp(-127, 127)
    return codes, scales


def _four(groups: Tensor, blocks: Tensor) -> tuple[Tensor, Tensor]:
    """The palette's levels with the least squared error over the steps tried.

    For each step tried: the nearest levels, then the best step for those levels (least squares), and at the
    end the nearest levels for the best step.
    """
    peaks = groups.gather(1, groups.abs().argmax(1, keepdim=True))
    least = torch.full_like(peaks, math.inf)
    best = torch.zeros_like(peaks)
    codebook = torch.tensor(CODEBOOK)
    for factor in _FACTORS:
        first = (peaks * factor / blocks).nan_to_num(0.0).round()
        levels = codebook[nearest_level(groups / (first * blocks))]
        fitted = (groups * levels).sum(1, keepdim=True) / levels.square().sum(1, keepdim=True)
        scales = (fitted / blocks).nan_to_num(0.0).round().clamp(-127, 127)
        error = (groups - levels * (scales * blocks)).square().sum(1, keepdim=True)
        better = error < least
        least, best = torch.where(better, error, least), torch.where(better, scales, best)
    return nearest_level(groups / (best * blocks)), best


def _per_group(blocks: Tensor, groups: Tensor) -> Tensor:
    """The block's factor for each group, (groups, 1)."""
    return blocks.repeat_interleave(BLOCK // GROUP).unsqueeze(1)
