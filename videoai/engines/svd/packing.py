"""How each tensor of a network is kept at 16, 8 or 4 bits, in a converted file as in a run that packs while it loads.

Both ask here, so that both compute with the same numbers, bit for bit.
"""

from __future__ import annotations

from pathlib import Path

import torch

from videoai.engines.svd.weights import Pack, Use
from videoai.weights.keeping import in_file, keep
from videoai.weights.quantise import Quantised, should_quantise
from videoai.weights.tensor_source import PackedTensor

_LEAST_BITS = {"vae": 8}
"""The autoencoder draws the final pixels, and is a twentieth of the whole."""

_ONCE_BITS = 8
"""Of weights that are folded into a constant: that constant's error is in every step of a run."""

_CAREFUL_BITS = 8
_CAREFUL = (".self_attn.v_proj.", ".self_attn.out_proj.")
"""What the image encoder's attention passes on: a sixth of it, and half of the error of its one token at 4 bits
(bench/convert.py)."""


def part_bits(part: str, bits: int) -> int:
    """The bits that a network has in a model of `bits`."""
    return max(bits, _LEAST_BITS.get(part, 0))


def tensor_bits(part: str, name: str, shape: torch.Size, use: Use, bits: int) -> int:
    """The bits of one tensor of a network in a model of `bits`."""
    bits = part_bits(part, bits)
    if use == "folded":
        return max(bits, _ONCE_BITS)
    if use == "packable" and should_quantise(name, shape):
        return max(bits, _CAREFUL_BITS) if any(careful in name for careful in _CAREFUL) else bits
    return 16


def packer(part: str, bits: int, path: Path) -> Pack:
    """What makes of the tensors of a network, in the file `path`, those of a model of `bits`.

    It raises ModelDamaged for one whose numbers cannot be packed.
    """

    def pack(name: str, tensor: torch.Tensor | PackedTensor, use: Use) -> torch.Tensor | PackedTensor:
        wanted = tensor_bits(part, name, tensor.shape, use, bits)
        if isinstance(tensor, Quantised):  # which gains nothing by more
            wanted = min(wanted, tensor.bits)
        with in_file(path):
            return keep(name, tensor, wanted)

    return pack
