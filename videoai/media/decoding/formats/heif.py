"""HEIC and AVIF: the primary picture of a file of boxes. Which of the two it is, its codec says and not its brand."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

import pyvips

from videoai.media.decoding import rescue, vips
from videoai.media.decoding.colours import code_points
from videoai.media.decoding.colours.colour import Colours, Profile
from videoai.media.decoding.colours.tonemap import USUAL_PEAK
from videoai.media.decoding.formats import avif_by_pillow
from videoai.media.decoding.formats.heif_boxes import Primary, primary_of
from videoai.media.decoding.opened import MAX_AVIF_PIXELS, Opened, TargetSize, check_size

_AV1, _HEVC = b"av01", b"hvc1"
_AVIF = (b"avif", b"avis")
_BRANDS = (b"mif1", b"avif", b"heic", b"heix")
_FULL_RANGE = 0x80
"""In the last byte of colr."""
_NARROW = 16, 235
"""Black and white of limited range, in 8 bits."""
_BANDS = {"L": 1, "I": 1, "LA": 2, "La": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}
"""Of the modes that pi_heif gives."""


_DOWN = (("d270", 6), ("d180", 3), ("d90", 8), ("d0", 1))
"""How the left, upper, right and lower side becomes the lower one, and the EXIF orientation that turns it back."""


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. Its decoders turn and mirror as the file says (irot, imir); its EXIF repeats that."""
    primary = _primary(data)
    if primary.rows_there is not None:  # other things that are missing must not matter
        data = data.ljust(min(primary.end, 2 * len(data)), b"\0")
    image, bits = (_av1 if primary.codec == _AV1 else _hevc)(data, name)
    if primary.codec == _AV1 and image.width * image.height > avif_by_pillow.LARGE:
        try:
            return _by_pillow(data, name, wanted, primary)
        except (OSError, ValueError, RuntimeError, SyntaxError):
            pass  # of a variety that Pillow does not know: libvips may have the memory
    width, height = image.width, image.height
    numbers = _spread(_grey(image) if primary.is_grey else image, primary)
    opened = Opened(numbers, width, height, colours=_colours(primary.properties, bits))
    return opened if primary.rows_there is None else _cut(opened, primary)


def rescued(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. Of an AVIF that libvips does not know."""
    return _by_pillow(data, name, wanted, _primary(data))


def _primary(data: bytes) -> Primary:
    try:
        return primary_of(data)
    except ValueError:  # its decoder may still make something of it
        return Primary(_AV1 if data[8:12] in _AVIF else _HEVC)


def _by_pillow(data: bytes, name: str, wanted: TargetSize, primary: Primary) -> Opened:
    opened = avif_by_pillow.opened(data, name, wanted)
    image = _grey(opened.image) if primary.is_grey else opened.image
    return replace(opened, image=image, colours=_colours(primary.properties, 8))


def _cut(opened: Opened, primary: Primary) -> Opened:
    """Without the tiles that the file breaks off before, which its decoder leaves green. Raises ValueError."""
    corners = primary.corners
    side = next(at for at in range(4) if {corners[at], corners[at - 1]} == {2, 3})  # where its last row is now
    turn, orientation = _DOWN[side]
    image = opened.image.rot(turn)
    lying = replace(opened, image=image, width=image.width, height=image.height, orientation=orientation)
    return rescue.cut(lying, primary.rows_there or 0)


def _av1(data: bytes, name: str) -> tuple[pyvips.Image, int]:
    image = vips.load("heifload_buffer", _branded(data))
    check_size(name, image.width, image.height, MAX_AVIF_PIXELS)
    return image, image.get("bits-per-sample")


def _branded(data: bytes) -> bytes:
    """With a brand that libheif wants to see: muxers do not always write one."""
    brands = data[16 : int.from_bytes(data[:4], "big")]
    if not brands or any(brand in brands for brand in _BRANDS):
        return data
    return data[:16] + _BRANDS[0] + data[20:]


def _hevc(data: bytes, name: str) -> tuple[pyvips.Image, int]:
    """Its decoder is not in libvips' wheels."""
    import pi_heif

    picture = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    check_size(name, *picture.size)
    return pixels_of(picture), picture.info["bit_depth"]


def pixels_of(picture: Any) -> pyvips.Image:
    """Of one of pi_heif's pictures, decoded now; more than 8 bits come as 16."""
    pixels = picture.data
    (width, height), (mode, _, more) = picture.size, picture.mode.partition(";")
    bands, wide = _BANDS[mode], bool(more)
    in_row = picture.stride // (bands * (2 if wide else 1))
    image = pyvips.Image.new_from_memory(pixels, in_row, height, bands, "ushort" if wide else "uchar")
    image._references.append(picture)  # whose memory it is, for as long as anything made of the image lives
    grey, colour = ("grey16", "rgb16") if wide else ("b-w", "srgb")
    return image.crop(0, 0, width, height).copy(interpretation=grey if bands < 3 else colour)


def _grey(image: pyvips.Image) -> pyvips.Image:
    """One band, and alpha, of what may have come as RGB: so that a profile of grey fits."""
    grey = image[0].bandjoin(image[image.bands - 1]) if image.hasalpha() else image[0]
    return grey.copy(interpretation="grey16" if image.format == "ushort" else "b-w")


def _spread(image: pyvips.Image, primary: Primary) -> pyvips.Image:
    """What its decoders leave as it was coded: over the full range, and free of its alpha."""
    last = 65535 if image.format == "ushort" else 255
    spread = image
    if _is_narrow(primary):
        black, white = (tone * (last + 1) >> 8 for tone in _NARROW)
        spread = ((image[0] - black) * (last / (white - black))).rint().cast(image.format)
        spread = spread.bandjoin(image[1]) if image.hasalpha() else spread
    if primary.premultiplied and image.hasalpha():
        spread = spread.copy(interpretation=image.interpretation)
        spread = spread.unpremultiply(max_alpha=last).rint().cast(image.format)
    return spread.copy(interpretation=image.interpretation)


def _is_narrow(primary: Primary) -> bool:
    """Whether it is a grey picture in limited range: the one kind in which its decoders overlook that."""
    said = primary.properties.get(b"colr.nclx", b"")
    return primary.is_grey and len(said) == 7 and not said[6] & _FULL_RANGE


def _colours(properties: dict[bytes, bytes], bits: int) -> Colours | None:
    """An ICC profile goes before numbers. In 16 bits the decoders leave those empty that are not coded."""
    profile = properties.get(b"colr.prof") or properties.get(b"colr.rICC")
    if profile:
        return Profile(profile)
    said = properties.get(b"colr.nclx", b"")
    if len(said) < 4:
        return None
    primaries, transfer = struct.unpack_from(">HH", said)
    top = 1.0 if bits <= 8 else ((1 << bits) - 1 << 16 - bits) / 65535
    return code_points.of_heif(primaries, transfer, _peak(properties), top)


def _peak(properties: dict[bytes, bytes]) -> float:
    """In nits: of the picture, else of the screen that it was made on."""
    (brightest,) = struct.unpack(">H", properties.get(b"clli", b"")[:2].ljust(2, b"\0"))
    (screen,) = struct.unpack(">I", properties.get(b"mdcv", b"")[16:20].ljust(4, b"\0"))
    return brightest or screen / 10_000 or USUAL_PEAK
