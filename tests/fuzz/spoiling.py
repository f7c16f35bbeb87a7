"""Bytes that nobody meant: good ones with a few changed, cut, repeated or put together with others', and pure noise."""

from __future__ import annotations

from hypothesis import strategies as st

_NUMBERS = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1]
_WORDS = [b"\r\n", b"--b", b'"', b"\\", b"\0", b"{", b"[", b"NaN", b"1e999", b"\\ud800", b"../", b"%00", b'filename="']


@st.composite
def spoilt(draw: st.DrawFn, examples: list[bytes]) -> bytes:
    """Mostly near the beginning, where headers are."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(examples)))
    for _ in range(draw(st.integers(1, 6))):
        near = min(len(data), 512) if draw(st.booleans()) else len(data)
        at = draw(st.integers(0, max(0, near - 1)))
        kind = draw(st.sampled_from(["byte", "flip", "number", "cut", "insert", "word", "repeat", "end", "other"]))
        if kind == "byte":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "flip" and data:
            data[min(at, len(data) - 1)] ^= 1 << draw(st.integers(0, 7))
        elif kind == "number":
            size, order = draw(st.sampled_from([1, 2, 4, 8])), draw(st.sampled_from(["little", "big"]))
            number = draw(st.sampled_from(_NUMBERS)) & ((1 << 8 * size) - 1)
            data[at : at + size] = number.to_bytes(size, order)  # type: ignore[arg-type]
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif kind == "word":
            data[at:at] = draw(st.sampled_from(_WORDS)) * draw(st.sampled_from([1, 1, 2, 1000]))
        elif kind == "repeat":
            data[at:at] = data[at : at + draw(st.integers(1, 200))] * draw(st.integers(1, 20))
        elif kind == "end":
            del data[at:]
        elif kind == "other":
            data[at:] = draw(st.sampled_from(examples))[at:]
    return bytes(data)
