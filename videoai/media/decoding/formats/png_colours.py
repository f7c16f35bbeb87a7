"""How a PNG says what its numbers mean (PNG, third edition, 4.3 and 11.3.2): cICP before iCCP, sRGB, and gAMA."""

from __future__ import annotations

import struct
import zlib

from videoai.media.decoding.colours import code_points, curves
from videoai.media.decoding.colours.colour import Colours, Profile
from videoai.media.decoding.colours.encoding import Encoding
from videoai.media.decoding.colours.primaries import BT709, Primaries
from videoai.media.decoding.colours.tonemap import USUAL_PEAK
from videoai.media.decoding.formats.png_chunks import chunks

_RGB, _FULL_RANGE = 0, 1
_INTENTS = (b"\0", b"\1", b"\2", b"\3")
"""Of an sRGB chunk."""
_LARGEST_PROFILE = 16 << 20
_NITS = 10_000
"""Parts of a nit that cLLI and mDCV count in."""


def colours_of(data: bytes) -> Colours | None:
    """None: as sRGB. What is odd or damaged is passed over."""
    said: dict[bytes, bytes] = {}
    for chunk in chunks(data, before=b"IDAT"):
        if chunk.is_whole:
            said.setdefault(chunk.kind, chunk.content)
    numbers = said.get(b"cICP", b"")
    if len(numbers) == 4 and (numbers[2], numbers[3]) == (_RGB, _FULL_RANGE):
        encoding = code_points.of_png(numbers[0], numbers[1], _peak(said))
        if encoding is not None:
            return encoding
    if b"iCCP" in said:  # not as libpng reads it, which takes none of RGB for a grey picture
        profile = _unpacked(said[b"iCCP"])
        return Profile(profile) if profile else None
    if said.get(b"sRGB", b"") in _INTENTS or len(said.get(b"gAMA", b"")) != 4:
        return None
    return _by_gamma(said[b"gAMA"], said.get(b"cHRM", b""))


def _unpacked(named: bytes) -> bytes:
    """The profile, as much of it as may be; what cannot be unpacked is none, and will be told of as such."""
    _, _, packed = named.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _LARGEST_PROFILE)
    except zlib.error:
        return packed


def _peak(said: dict[bytes, bytes]) -> float:
    """In nits: of the picture, else of the screen that it was made on."""
    brightest = struct.unpack_from(">I", said.get(b"cLLI", b"").ljust(8, b"\0"))[0]
    screen = struct.unpack_from(">I", said.get(b"mDCV", b"").ljust(24, b"\0"), 16)[0]
    return (brightest or screen) / _NITS or USUAL_PEAK


def _by_gamma(gamma: bytes, chromaticities: bytes) -> Encoding | None:
    power = int.from_bytes(gamma, "big") / 100_000
    if power == 0:
        return None
    primaries = BT709
    if len(chromaticities) == 32:
        numbers = [number / 100_000 for number in struct.unpack(">8I", chromaticities)]
        white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
        primaries = Primaries(red, green, blue, white)
    try:
        primaries.to(BT709)
    except ZeroDivisionError:  # nothing can be mixed of these
        return None
    return Encoding(curves.gamma(1 / power), primaries)
