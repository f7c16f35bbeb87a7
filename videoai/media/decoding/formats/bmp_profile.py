"""The ICC profile that a BMP can hold (BITMAPV5HEADER)."""

from __future__ import annotations

import struct

from videoai.media.decoding.colours.colour import Profile

_HEADER_AT, _HEADER_SIZE = 14, 124
_EMBEDDED = b"DEBM"


def profile_of(data: bytes) -> Profile | None:
    """None: it has none, or says nothing that anybody heeds."""
    if len(data) < _HEADER_AT + _HEADER_SIZE or struct.unpack_from("<I", data, _HEADER_AT)[0] < _HEADER_SIZE:
        return None
    (kind,) = struct.unpack_from("<4s", data, _HEADER_AT + 56)
    at, size = struct.unpack_from("<II", data, _HEADER_AT + 112)
    content = data[_HEADER_AT + at : _HEADER_AT + at + size]
    return Profile(content) if kind == _EMBEDDED and content else None
