"""Camera raw files are no photos yet: a sensor's values, and beside them pictures that are mostly too small."""

from __future__ import annotations

import re

from videoai.media.decoding.formats import tiff_tags
from videoai.media.decoding.formats.tiff_tags import Tags

_MARKS = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("RAF", rb"FUJIFILMCCD-RAW"),
        ("ORF", rb"IIR[OS]|MMOR"),
        ("RW2", rb"IIU\0"),  # Panasonic; Leica's RWL
        ("MRW", rb"\0MR[MI]"),
        ("X3F", rb"FOVb"),
        ("CRW", rb"(?:II|MM).{4}HEAPCCDR"),
        ("CR3", rb".{4}ftypcrx "),
        ("CR2", rb"II\*\0.{4}CR\x02"),
        ("TIF", rb"II\*\0.{4}\xba\xb0\xac\xbb"),  # Canon's EOS-1D and 1Ds
        ("IIQ", rb".{8}(?:IIII.waR|MMMMRaw)"),
        ("LRI", rb"LELR \0"),
        ("RAW", rb".{25}ARECOYK"),  # Contax
    )
)
"""How a file of that kind begins, as ExifTool's and dcraw's sources have it. All other kinds are TIFF files."""

_COMPRESSION, _PHOTOMETRIC, _MAKE, _DNG_VERSION, _DNG_PRIVATE = 259, 262, 271, 50706, 50740
_OF_A_SENSOR = (32803, 34892)
"""Values of the photometric tag: one colour a pixel, and such pixels interpolated (DNG 1.7.1, chapter 4)."""
_PACKED = (32767, 32770, 34713, 65535)
"""Compressions of sensors' values: Sony's, Samsung's, Nikon's, Pentax's."""

_MAKERS = (
    (b"NIKON", "NEF"),
    (b"SONY", "ARW"),
    (b"PENTAX", "PEF"),
    (b"RICOH", "PEF"),
    (b"SAMSUNG", "SRW"),
    (b"Hasselblad", "3FR"),
    (b"Phase One", "IIQ"),
    (b"Leaf", "MOS"),
    (b"Mamiya", "MEF"),
    (b"SEIKO EPSON", "ERF"),
    (b"EASTMAN KODAK", "KDC"),
    (b"Kodak", "DCR"),
    (b"Canon", "CR2"),
)


def raw_kind(data: bytes) -> str | None:
    """What kind of raw file it is by what is in it, “DNG” say; "" if that is not known, and None if it is none."""
    by_mark = next((name for name, pattern in _MARKS if pattern.match(data)), None)
    if by_mark is not None:
        return by_mark
    found = list(tiff_tags.every(data)) if data[2:4] in (b"*\0", b"\0*", b"+\0", b"\0+") else []
    make = next(filter(None, (each.content(_MAKE) for each in found)), b"")
    if any(_DNG_VERSION in each for each in found):
        return "GPR" if make.startswith(b"GoPro") else "DNG"
    if any(is_of_a_sensor(each) or _DNG_PRIVATE in each for each in found):
        return next((name for maker, name in _MAKERS if make.upper().startswith(maker.upper())), "")
    return None


def is_of_a_sensor(picture: Tags) -> bool:
    """Whether these are a sensor's values."""
    return picture.first(_PHOTOMETRIC) in _OF_A_SENSOR or picture.first(_COMPRESSION) in _PACKED
