"""TIFF pictures of numbers that libvips does not know: libtiff only takes off the compression, the rest is done here.

The file is shown to it as a picture of bytes, one for each plane. What comes out has 8 bits, whatever went in.
The third predictor is that of Adobe's Technical Note 3.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips
from PIL import Image, ImageSequence

from videoai.media.decoding import vips
from videoai.media.decoding.formats import tiff_tags
from videoai.media.decoding.formats.tiff_layout import (
    ASSOCIATED,
    COLOURS,
    FLOAT,
    ICC_LAB,
    INKS,
    LAB,
    LZMA,
    PALETTE,
    SIGNED,
    WHITE_IS_ZERO,
    ZSTD,
    Layout,
)
from videoai.media.decoding.formats.tiff_tags import Tags
from videoai.media.decoding.opened import check_size

Numbers = npt.NDArray[Any]

PILLOWS_ALONE = (LZMA, ZSTD)
"""The libtiff in libvips' wheels has neither, that in Pillow's both."""
_KEPT = (259, 266, 347)
"""Compression, the order of bits, and what all JPEGs in the file share."""
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3

_MOST_BYTES = 250_000_000
"""Of a picture without compression: two seconds, and perhaps all of them are in memory beside what comes out."""
_MOST_IN_PILLOW = 80_000_000
"""Bytes of what comes as a whole, so that it is in memory twice."""
_BYTES_AT_ONCE = 1 << 21
_MOST_AT_ONCE = 100_000_000
"""Bytes of a row of tiles."""


def unpacked(tags: Tags, layout: Layout, name: str, fail_on: str) -> tuple[pyvips.Image, int]:
    """The picture, and how many of its rows there are: all of them, or it raises, unless `fail_on` is "none".

    Raises BadPhoto if it is too large, ValueError or pyvips.Error if it cannot be read.
    """
    most = _MOST_IN_PILLOW if layout.compression in PILLOWS_ALONE else _MOST_BYTES
    check_size(name, layout.width, layout.height, layout.pixels_in(most))
    if layout.tile and layout.tile[1] * (layout.width + layout.tile[0]) > layout.pixels_in(_MOST_AT_ONCE):
        raise ValueError("tiles as large as a picture")

    def parts() -> Iterator[Numbers]:
        return _parts(_pages(tags, layout), layout, tags, partial=fail_on == "none")

    convert, rows = _converter(layout, tags, parts), 0
    pixels = None
    for part in parts():
        eight = convert(part)
        if pixels is None:
            pixels = np.zeros((layout.height, *eight.shape[1:]), np.uint8)
        pixels[rows : rows + len(eight)] = eight
        rows += len(eight)
    if pixels is None:
        raise ValueError("no rows")
    return _labelled(pixels, layout), rows


def _pages(tags: Tags, layout: Layout) -> list[pyvips.Image]:
    """The picture as bytes: an image whose rows are those of the file, tiles one below the other; or one a plane."""
    where, sizes = (tags.all(324), tags.all(325)) if layout.tile else (tags.all(273), tags.all(279))
    number = len(where) // (layout.bands if layout.planar else 1)
    rows, high = tags.one(278, layout.height), layout.height
    if layout.tile:
        rows, high = layout.tile[1], layout.tile[1] * math.prod(layout.grid)
    common = {tag: tags.all(tag) for tag in _KEPT if tags.all(tag)}
    common |= {256: (layout.row_bytes,), 257: (high,), 258: (8,), 262: (1,), 277: (1,), 278: (rows,)}
    planes = layout.shown if layout.planar else (0,)
    shares = [slice(plane * number, (plane + 1) * number) for plane in planes]
    shown = tiff_tags.with_pictures(tags, [common | {273: where[share], 279: sizes[share]} for share in shares])
    if layout.compression in PILLOWS_ALONE:
        with Image.open(io.BytesIO(shown), formats=["TIFF"]) as file:
            return [pyvips.Image.new_from_array(np.asarray(page)) for page in ImageSequence.Iterator(file)]
    return [vips.load("tiffload_buffer", shown, page=page, fail_on="error") for page in range(len(planes))]


def _parts(pages: list[pyvips.Image], layout: Layout, tags: Tags, *, partial: bool) -> Iterator[Numbers]:
    """The numbers that are to be seen, some rows at a time: (rows, width, bands)."""
    regions, (tiles, _) = [pyvips.Region.new(page) for page in pages], layout.grid
    step = layout.tile[1] if layout.tile else min(16 if partial else layout.height, _rows_at_once(layout))
    for top in range(0, layout.height, step):
        rows = step if layout.tile else min(step, layout.height - top)
        try:
            read = [_fetched(region, layout, top * tiles, rows * tiles) for region in regions]
        except pyvips.Error:
            if not partial:
                raise
            return
        rows_of = (np.frombuffer(plane, np.uint8).reshape(-1, layout.row_bytes) for plane in read)
        planes = [_numbers(plane, layout, tags) for plane in rows_of]
        together = np.concatenate(planes, axis=-1) if layout.planar else planes[0][..., layout.shown]
        apart = together.reshape(tiles, rows, layout.across, -1).swapaxes(0, 1)
        yield apart.reshape(rows, tiles * layout.across, -1)[: layout.height - top, : layout.width]


def _rows_at_once(layout: Layout) -> int:
    return max(1, _BYTES_AT_ONCE // layout.row_bytes)


def _fetched(region: pyvips.Region, layout: Layout, top: int, rows: int) -> bytes:
    """A few rows at a time: libvips goes on to the last one, however many are missing, before it raises."""
    step = _rows_at_once(layout)
    tops = range(top, top + rows, step)
    return b"".join(region.fetch(0, at, layout.row_bytes, min(step, top + rows - at)) for at in tops)


def _numbers(rows: npt.NDArray[np.uint8], layout: Layout, tags: Tags) -> Numbers:
    """Of rows of bytes: (rows, pixels, bands)."""
    bands = 1 if layout.planar else layout.bands
    predictor, bits = tags.one(317, 1), layout.bits
    if bits not in (8, 16, 32, 64):
        return _bits(rows, bits, layout.across * bands).reshape(len(rows), -1, bands)
    letter = "f" if layout.numbers == FLOAT else "i" if layout.numbers == SIGNED and bits > 16 else "u"
    if predictor == _FLOAT_DIFFERENCES:
        summed = rows.reshape(len(rows), -1, bands).cumsum(axis=1, dtype=np.uint8)
        planes = summed.reshape(len(rows), bits // 8, -1).transpose(0, 2, 1)
        return np.ascontiguousarray(planes).view(f">{letter}{bits // 8}").reshape(len(rows), -1, bands)
    numbers = rows.view(f"{tags.order}{letter if predictor != _DIFFERENCES else 'u'}{bits // 8}")
    numbers = numbers.reshape(len(rows), -1, bands)
    if predictor == _DIFFERENCES:
        native = numbers.dtype.newbyteorder("=")
        numbers = numbers.cumsum(axis=1, dtype=native).view(native.str.replace("u", letter))
    return numbers


def _bits(rows: npt.NDArray[np.uint8], bits: int, count: int) -> Numbers:
    """Numbers of so many bits that follow one another, the highest bit first: (rows, count)."""
    period = math.lcm(bits, 8) // 8  # bytes, after which the numbers begin at the edge of one again
    whole = np.pad(rows, ((0, 0), (0, -rows.shape[1] % period))).reshape(len(rows), -1, period)
    numbers = np.empty((*whole.shape[:2], period * 8 // bits), np.uint16)
    for number in range(numbers.shape[2]):
        first, end = number * bits // 8, -(-(number + 1) * bits // 8)
        together: Numbers = whole[..., first].astype(np.uint32)
        for at in range(first + 1, end):
            together = together << 8 | whole[..., at]
        numbers[..., number] = together >> (end * 8 - (number + 1) * bits) & (2**bits - 1)
    return numbers.reshape(len(rows), -1)[:, :count]


def _converter(
    layout: Layout, tags: Tags, parts: Callable[[], Iterator[Numbers]]
) -> Callable[[Numbers], npt.NDArray[np.uint8]]:
    """What makes 8 bits of numbers. It may read all of them first."""
    if layout.numbers == FLOAT or layout.bits > 16:
        white = _white(layout, parts)

        def eight(part: Numbers) -> npt.NDArray[np.uint8]:
            levels = _fractions(part)
            with np.errstate(all="ignore"):
                levels *= np.float32(255 / white)
            np.clip(np.nan_to_num(levels, copy=False, posinf=255), 0, 255, out=levels)
            if layout.photometric == WHITE_IS_ZERO:
                levels[..., 0] = 255 - levels[..., 0]
            return np.rint(levels, out=levels).astype(np.uint8)
    else:
        tables = _tables(layout, tags)

        def eight(part: Numbers) -> npt.NDArray[np.uint8]:
            return np.stack([table[part[..., band]] for band, table in tables], axis=-1)

    associated = layout.alpha and layout.alpha[1] == ASSOCIATED
    return (lambda part: _on_white(eight(part), layout)) if associated else eight


def _white(layout: Layout, parts: Callable[[], Iterator[Numbers]]) -> float:
    """Which number is white. Such files do not say it: the first of the usual ones that few numbers are above."""
    full = float(2 ** (layout.bits - (layout.numbers == SIGNED)) - 1)
    limits = (1.0, 255.0, 65535.0) if layout.numbers == FLOAT else (255.0, 65535.0, full)
    counts, highest, lit = np.zeros(len(limits)), 0.0, 0
    for part in parts():
        seen = _fractions(part[..., : COLOURS[layout.photometric]])
        lit += int(np.count_nonzero(seen > 0))
        counts += [np.count_nonzero(seen > limit) for limit in limits]
        if counts[-1]:
            highest = max(highest, float(seen[np.isfinite(seen)].max(initial=0)))
    return next((limit for limit, count in zip(limits, counts, strict=True) if count <= lit / 2), highest)


def _fractions(numbers: Numbers) -> npt.NDArray[np.float32]:
    """As many digits as 8 bits need. What is too large becomes infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        return numbers.astype(np.float32)


def _tables(layout: Layout, tags: Tags) -> list[tuple[int, npt.NDArray[np.uint8]]]:
    """For each band of the result which of the numbers it is made of, and number → 8 bits."""
    numbers = np.arange(2**layout.bits)
    full = 2**layout.bits
    if layout.photometric == PALETTE:
        maps = np.array(tags.all(320)).reshape(3, -1)
        maps = maps >> 8 if maps.max() > 255 else maps  # some programs write maps of 8 bits
        return [(0, one.astype(np.uint8)) for one in maps]
    span = numbers / (full - 1)
    if layout.numbers == SIGNED:
        span = np.where(numbers < full // 2, numbers / (full // 2 - 1), 0)
    tables = [span] * len(layout.shown)
    if layout.photometric == WHITE_IS_ZERO:
        tables[0] = 1 - span
    elif layout.photometric == LAB:
        tables[1] = tables[2] = (numbers + full // 2) % full / full * (256 / 255)
    elif layout.photometric == ICC_LAB and layout.bits == 16:
        tables[0] = numbers / 0xFF00
        tables[1] = tables[2] = numbers / full * (256 / 255)
    return [(band, np.rint(np.clip(table, 0, 1) * 255).astype(np.uint8)) for band, table in enumerate(tables)]


def _on_white(part: npt.NDArray[np.uint8], layout: Layout) -> npt.NDArray[np.uint8]:
    """Colours that were multiplied by their alpha, on white; of inks that is none."""
    colours, alpha = part[..., :-1], part[..., -1:]
    return colours if layout.photometric == INKS else colours + np.minimum(255 - alpha, 255 - colours)


def _labelled(pixels: npt.NDArray[np.uint8], layout: Layout) -> pyvips.Image:
    image = pyvips.Image.new_from_array(pixels)
    if layout.photometric in (LAB, ICC_LAB):
        lab = image.extract_band(0, n=3) * [100 / 255, 1, 1] - [0, 128, 128]
        return lab.copy(interpretation="lab")
    kind = {INKS: "cmyk"}.get(layout.photometric, "b-w" if image.bands < 3 else "srgb")
    return image.copy(interpretation=kind)
