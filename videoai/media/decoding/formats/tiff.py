"""TIFF: whatever libtiff knows, in numbers of any kind."""

from __future__ import annotations

import pyvips

from videoai.media.decoding import rescue, vips
from videoai.media.decoding.colours.colour import Profile
from videoai.media.decoding.formats import tiff_tags
from videoai.media.decoding.formats.tiff_layout import (
    COLOURS,
    ICC_LAB,
    JPEG,
    LAB,
    LOG_L,
    PALETTE,
    UNSIGNED,
    YCC,
    Layout,
    layout_of,
)
from videoai.media.decoding.formats.tiff_numbers import PILLOWS_ALONE, unpacked
from videoai.media.decoding.formats.tiff_tags import Tags
from videoai.media.decoding.opened import MAX_STREAMED_PIXELS, Opened, TargetSize, check_size

_ORIENTATION, _ICC, _SUBSAMPLING = 274, 34675, 530
_OF_NUMBERS = (258, 259, 262, 266, 277, 284, 292, 317, 320, 338, 339, 347, _SUBSAMPLING)
"""The tags that say what the bytes of a tile mean."""
_YCC_TO_RGB = [[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]
"""ITU-R BT.601. libvips does it for JPEGs and for what is subsampled, and leaves the others."""
_MOST_WHOLE_BYTES = 300_000_000
"""Of a picture that is in memory as a whole, without compression."""
_MOST_STREAMED_BYTES = 1 << 30
"""Of a picture without compression, row by row: a second or two."""


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS."""
    return _opened(data, name, "error")[0]


def rescued(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS."""
    return rescue.cut(*_opened(data, name, "none"))


def _opened(data: bytes, name: str, fail_on: str) -> tuple[Opened, int]:
    """The picture, and how many of its rows there are, which is only counted if `fail_on` is "none"."""
    found = tiff_tags.read(data)
    layout = layout_of(found)
    if not _is_plain(layout):
        image, rows = unpacked(found, layout, name, fail_on)
    elif layout.tile:
        image, rows = _of_tiles(found, layout, name, fail_on)
    else:
        image, rows = _of_strips(data, layout, name, fail_on)
    profile, orientation = found.content(_ICC), found.one(_ORIENTATION, 1)
    return Opened(
        _shown(image, layout, found),
        layout.width,
        layout.height,
        orientation if 1 <= orientation <= 8 else 1,
        Profile(profile) if profile and image.interpretation != "lab" else None,
    ), rows


def _of_strips(data: bytes, layout: Layout, name: str, fail_on: str) -> tuple[pyvips.Image, int]:
    is_whole = fail_on == "error"
    size = _MOST_STREAMED_BYTES if is_whole else _MOST_STREAMED_BYTES // 2
    check_size(name, layout.width, layout.height, min(MAX_STREAMED_PIXELS, layout.pixels_in(size)))
    image, rows = vips.load("tiffload_buffer", data, fail_on=fail_on), layout.height
    if not is_whole:
        rows = vips.rows_there(vips.load("tiffload_buffer", data, fail_on="error"))
    return image, rows


def _is_plain(layout: Layout) -> bool:
    """Whether libvips knows such numbers, and gets them right."""
    if layout.photometric not in COLOURS:
        return True
    if layout.numbers != UNSIGNED or layout.planar or layout.compression in PILLOWS_ALONE:
        return False
    if layout.photometric in (LAB, ICC_LAB):
        return False
    if layout.photometric == PALETTE:
        return layout.bits <= 8 and layout.bands == 1
    return layout.bits in (8, 16) or (layout.bits in (1, 2, 4) and layout.bands == 1)


def _of_tiles(found: Tags, layout: Layout, name: str, fail_on: str) -> tuple[pyvips.Image, int]:
    """Tiles as strips of a narrow picture, which is then put together: a tile that is missing fails only so."""
    check_size(name, layout.width, layout.height, layout.pixels_in(_MOST_WHOLE_BYTES))
    across, high = layout.tile or (0, 0)
    columns, down = layout.grid
    where, sizes = found.all(324)[: columns * down], found.all(325)[: columns * down]
    narrow = {tag: found.all(tag) for tag in _OF_NUMBERS if found.all(tag)}
    narrow |= {256: (across,), 257: (high * columns * down,), 278: (high,), 273: where, 279: sizes}
    shown = tiff_tags.with_pictures(found, [narrow])
    image, rows = vips.load("tiffload_buffer", shown, fail_on=fail_on), layout.height
    if fail_on == "none":
        there = vips.rows_there(vips.load("tiffload_buffer", shown, fail_on="error"))
        rows = min(there // (high * columns) * high, layout.height)
    whole = image.copy_memory().grid(high, columns, down)
    return whole.crop(0, 0, layout.width, layout.height), rows


def _shown(image: pyvips.Image, layout: Layout, found: Tags) -> pyvips.Image:
    """Colours and alpha alone, as something that libvips has a name for."""
    colours = COLOURS.get(layout.photometric)
    if layout.photometric == LOG_L:
        light = (image / 256 - 64).math2_const("wop", [2])
        return light.bandjoin([light, light]).copy(interpretation="scrgb")
    if layout.photometric == YCC and layout.compression != JPEG and found.all(_SUBSAMPLING, 2, 2) == (1, 1):
        rgb = (image.extract_band(0, n=3) - [0, 128, 128]).recomb(_YCC_TO_RGB)
        return rgb.rint().cast("uchar").copy(interpretation="srgb")
    if not _is_plain(layout) or colours is None or image.bands <= colours or layout.photometric == PALETTE:
        return image
    shown = image.extract_band(0, n=colours)
    return shown.bandjoin(image[layout.alpha[0]]) if layout.alpha else shown
