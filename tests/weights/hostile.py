"""What the tests of hostile files share: bytes to spoil, and what opening them may cost."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from hypothesis import strategies as st

from videoai.errors import ModelDamaged
from videoai.weights.tensor_source import TensorSource


@contextmanager
def in_little_memory(megabytes: float = 120) -> Iterator[None]:
    """What is inside allocates no more, whatever a file claims. (That it takes no minutes, the timeouts say.)"""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * 1e6


def opens_or_is_damaged(read: Callable[[], TensorSource], largest: int) -> bool:
    """Whether it opens; if so, each tensor is read or is damaged, and none is larger than the file could hold."""
    try:
        source = read()
    except ModelDamaged as error:
        assert error.message
        assert error.hint
        assert len(error.message) < 2000
        error.message.encode()
        return False
    for name in source.names():
        name.encode()
        tensor = source.read(name)
        assert isinstance(tensor, torch.Tensor)
        assert tensor.shape == source.shape(name)
        assert tensor.numel() <= largest
    return True


@st.composite
def spoilt(draw: st.DrawFn, good: bytes, header: int) -> bytes:
    """A good file with a few bytes changed, cut out, put in or repeated, most of them in its header."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, header if draw(st.booleans()) else max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(["change", "flip", "cut", "insert", "end", "number"]))
        if kind == "change":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 9))]
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=9))
        elif kind == "end":
            del data[at:]
        elif kind == "number":
            number = draw(st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1]))
            data[at : at + 8] = number.to_bytes(8, "little")
    return bytes(data)
