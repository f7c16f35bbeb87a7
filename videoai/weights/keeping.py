"""What is kept of a tensor: half precision, or packed weights, of numbers that either can hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.weights.quantise import Quantised, quantise
from videoai.weights.tensor_source import PackedTensor, unpacked

_LARGEST = torch.finfo(torch.float16).max
FETCH_AGAIN = say(
    "The file was altered, or the disk or memory is failing: “videoai models verify MODEL” tells you which. "
    "Download it again, or use another file."
)
"""What to do about a file whose numbers cannot be."""


def keep(name: str, tensor: Tensor | PackedTensor, bits: int) -> Tensor | Quantised:
    """A tensor at `bits`: in half precision at 16, packed at 8 and 4; one that is so already stays as it is.

    It is rounded to halves before it is packed: whatever files a model comes in, and whichever precisions it went
    through, its packed weights are the same. Raises ModelDamaged, naming it, if halves cannot hold its numbers.
    """
    if isinstance(tensor, Quantised) and tensor.bits == bits:
        return tensor
    dense = unpacked(tensor)
    if bits == 16 and dense.dtype == torch.float16:
        return dense
    check_numbers(name, dense)
    half = dense.to(torch.float16)
    return half if bits == 16 else quantise(half, bits)


@contextmanager
def in_file(path: Path) -> Iterator[None]:
    """Say of damage in which file it is."""
    try:
        yield
    except ModelDamaged as error:
        raise ModelDamaged(say("{path}: {trouble}", path=path, trouble=error.message), error.hint) from error


def check_numbers(name: str, tensor: Tensor, largest: float = _LARGEST) -> None:
    """Raises ModelDamaged, naming the tensor, if one of its numbers is beyond `largest`, infinite or none at all.

    Whatever is infinite in half precision, or not a number, makes black videos.
    """
    if not tensor.numel():
        return
    least, most = torch.aminmax(tensor.float() if tensor.dtype.itemsize == 1 else tensor)  # which knows no 8-bit floats
    if not (float(least) >= -largest and float(most) <= largest):
        raise ModelDamaged(
            say("damaged: {name} contains numbers that are infinite, too large or not numbers.", name=name), FETCH_AGAIN
        )
