"""What kind of file it is, by what is in it; and what it is called if it is none that can be opened."""

from __future__ import annotations

import io

from videoai.errors import BadPhoto
from videoai.language import say
from videoai.media.decoding.raw import is_raw

_MARKS = (
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("WebP", 8, b"WEBP"),
    ("GIF", 0, b"GIF8"),
    ("BMP", 0, b"BM"),
    *(("TIFF", 0, mark) for mark in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
)
"""Where in a file which bytes say so."""

_BRANDS = {b"avif": "AVIF", b"avis": "AVIF"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"), "HEIC"
)


def kind_of(data: bytes, name: str) -> str:
    """One of decode.OPENERS. Raises BadPhoto that says what the file is instead."""
    if is_raw(io.BytesIO(data)):
        raise BadPhoto(
            say("{name} is a camera's raw file, which has to be developed first.", name=name),
            say("Open it in a photo program and export it as JPEG or TIFF."),
        )
    for kind, at, mark in _MARKS:
        if data[at : at + len(mark)] == mark:
            return kind
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        return _BRANDS[data[8:12]]
    raise BadPhoto(
        say("{name} is not a photo that can be read.", name=name),
        say("Use a JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF file."),
    )
