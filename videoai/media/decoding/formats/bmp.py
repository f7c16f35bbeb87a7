"""BMP: palettes, run lengths and bit fields, under Windows' and OS/2's headers, as Chromium shows them.

FFmpeg and Pillow each know only the usual half of it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips

from videoai.media.decoding import rescue
from videoai.media.decoding.formats import bmp_profile
from videoai.media.decoding.formats.bmp_runs import Bytes, TooManyRuns, decoded_runs
from videoai.media.decoding.opened import Opened, TargetSize, check_size, laborious

_FILE_HEADER, _OS2, _INFO = 14, 12, 40
_RGB, _RLE8, _RLE4, _FIELDS, _ALPHA_FIELDS = 0, 1, 2, 3, 6
_USUAL_FIELDS = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}


@dataclass(frozen=True, slots=True)
class _BMPHeader:
    width: int
    height: int
    top_down: bool
    bits: int
    compression: int
    start: int
    """Where the pixels are."""
    masks: tuple[int, ...]
    """Of red, green, blue and, if there is, alpha; none if the numbers are no bit fields."""
    palette: Bytes
    """(colours, 3)"""

    @property
    def row_bytes(self) -> int:
        return (self.width * self.bits + 7) // 8

    @property
    def stride(self) -> int:
        return (self.row_bytes + 3) // 4 * 4


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS."""
    picture, rows = _opened(data, name)
    if rows < picture.height:
        raise ValueError("rows are missing")
    return picture


def rescued(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS."""
    picture, rows = _opened(data, name)
    if _header(data).top_down:
        return rescue.cut(picture, rows)
    cut = rescue.cut(replace(picture, image=picture.image.flip("vertical")), rows)
    return replace(cut, image=cut.image.flip("vertical"))


def _opened(data: bytes, name: str) -> tuple[Opened, int]:
    """The picture, and how many of its rows there are. Raises BadPhoto, struct.error or ValueError."""
    header = _header(data)
    check_size(name, header.width, header.height)
    if header.compression in (_RLE8, _RLE4):
        try:
            numbers, covered, rows = decoded_runs(data[header.start :], header.width, header.height, header.bits)
        except TooManyRuns as error:
            raise laborious(name) from error
        image = _of_palette(numbers, header.palette) & pyvips.Image.new_from_array(covered)
    else:
        there = len(data) - header.start - header.row_bytes
        rows = min(header.height, max(0, there // header.stride + 1))
        size = header.stride * header.height
        body = np.frombuffer(data[header.start : header.start + size].ljust(size, b"\0"), np.uint8)
        image = _of_rows(body.reshape(header.height, header.stride)[:, : header.row_bytes], header)
    image = image if header.top_down else image.flip("vertical")
    return Opened(image, header.width, header.height, colours=bmp_profile.profile_of(data)), rows


def _header(data: bytes) -> _BMPHeader:
    start, size = struct.unpack_from("<II", data, 10)
    end = _FILE_HEADER + size
    if size == _OS2:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression, colours, fields = _RGB, 0, []
    else:
        known = data[18 : min(end, 70)].ljust(52, b"\0")
        width, height, _, bits, compression, _, _, _, colours, _, *fields = struct.unpack("<iiHHIIiiII4I", known)
        if size <= _INFO and compression in (_FIELDS, _ALPHA_FIELDS):
            count = 3 if compression == _FIELDS else 4
            fields = list(struct.unpack_from(f"<{count}I", data, end))
            end += 4 * count
    masks = _masks(bits, compression, fields, is_long=size > _INFO)
    if width < 1 or height == 0 or (compression, bits) not in _KINDS:
        raise ValueError(f"{bits} bits, compression {compression}")
    palette = _palette(data[end:], bits, colours, 3 if size == _OS2 else 4) if bits <= 8 else np.zeros((0, 3), np.uint8)
    return _BMPHeader(width, abs(height), height < 0, bits, compression, max(start, end), masks, palette)


_KINDS = {
    *((_RGB, bits) for bits in (1, 2, 4, 8, 16, 24, 32)),
    *((fields, bits) for fields in (_FIELDS, _ALPHA_FIELDS) for bits in (16, 32)),
    (_RLE8, 8),
    (_RLE4, 4),
}


def _masks(bits: int, compression: int, fields: list[int], *, is_long: bool) -> tuple[int, ...]:
    if bits not in _USUAL_FIELDS:
        return ()
    colours = _USUAL_FIELDS[bits] if compression == _RGB else tuple(fields[:3])
    alpha = fields[3] if len(fields) > 3 and (compression != _RGB or (is_long and bits == 32)) else 0
    return (*colours, alpha) if alpha else colours


def _palette(data: bytes, bits: int, colours: int, size: int) -> Bytes:
    most = 1 << bits
    number = min(colours or most, most, len(data) // size)
    return np.frombuffer(data[: number * size], np.uint8).reshape(-1, size)[:, 2::-1]


def _of_rows(rows: Bytes, header: _BMPHeader) -> pyvips.Image:
    height, width, bits = header.height, header.width, header.bits
    if bits == 24:
        blue_first = pyvips.Image.new_from_array(np.ascontiguousarray(rows).reshape(height, width, 3))
        return blue_first[2].bandjoin([blue_first[1], blue_first[0]]).copy(interpretation="srgb")
    if bits > 8:
        numbers = np.ascontiguousarray(rows).view(f"<u{bits // 8}")
        return pyvips.Image.new_from_array(_fields(numbers, header.masks)).copy(interpretation="srgb")
    parts = [rows >> shift & (1 << bits) - 1 for shift in range(8 - bits, -1, -bits)]
    return _of_palette(np.stack(parts, axis=-1).reshape(height, -1)[:, :width], header.palette)


def _fields(numbers: npt.NDArray[Any], masks: tuple[int, ...]) -> Bytes:
    """What each mask takes out, as 8 bits."""
    out = np.empty((*numbers.shape, len(masks)), np.uint8)
    for band, mask in enumerate(masks):
        shift = (mask & -mask).bit_length() - 1 if mask else 0
        wide = (mask >> shift).bit_length()
        shift, most = shift + max(0, wide - 8), max(1, (1 << min(wide, 8)) - 1)
        table = np.rint(np.arange(most + 1) * (255 / most)).astype(np.uint8)
        for row, into in zip(numbers, out, strict=True):  # all at once would take twice the file's size
            into[:, band] = table[(row & mask) >> shift]
    return out


def _of_palette(numbers: Bytes, palette: Bytes) -> pyvips.Image:
    """What is not in the palette is black."""
    table = np.zeros((1, 256, 3), np.uint8)
    table[0, : len(palette)] = palette
    image = pyvips.Image.new_from_array(np.ascontiguousarray(numbers))
    return image.maplut(pyvips.Image.new_from_array(table)).copy(interpretation="srgb")
