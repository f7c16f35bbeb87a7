"""Files that lie, break off or want too much: refused in one line, in time and in bounds."""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, ROOT, measured
from tests.media.test_photo import four_corners
from videoai.errors import BadPhoto
from videoai.media.photo import read_photo


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes = b"", bits: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def bytes_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def lying_jpeg() -> bytes:
    data = bytearray(bytes_of(four_corners(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65000, 65000)
    return bytes(data)


def lying_webp() -> bytes:
    """A canvas of 9,999 × 9,999 around a picture that is cut off."""
    size = (9999 - 1).to_bytes(3, "little")
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size + size
    inner = bytes_of(four_corners(), "WEBP")[12:40]
    body = b"WEBP" + canvas + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lying_gif() -> bytes:
    data = bytearray(bytes_of(four_corners().convert("P"), "GIF"))
    data[6:10] = struct.pack("<HH", 65535, 65535)
    return bytes(data)


def lying_bmp() -> bytes:
    data = bytearray(bytes_of(four_corners(), "BMP"))
    data[18:26] = struct.pack("<ii", 9999, 9999)
    return bytes(data)


def lying_tiff() -> bytes:
    width = struct.pack("<HHII", 256, 4, 1, 96), struct.pack("<HHII", 256, 4, 1, 90000)
    return bytes_of(four_corners(), "TIFF").replace(*width)


HOSTILE = {
    "empty": lambda: b"",
    "text": lambda: b"not a photo\n" * 100,
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "eps": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "png of 400 million pixels": lambda: png(20000, 20000),
    "png of a billion pixels that are there": lambda: png(60000, 20000, bytes(20000 * 7501), bits=1, colour=0),
    "png of 99 million pixels that are not there": lambda: png(9999, 9999),
    "png of one column of 99 million pixels": lambda: png(1, 99_000_000, bytes(2 * 99_000_000), colour=0),
    "png cut off": lambda: (EXAMPLES / "coffee.png").read_bytes()[:100_000],
    "png with a wrong checksum": lambda: (EXAMPLES / "coffee.png").read_bytes()[:5000] + bytes(461_706 - 5000),
    "jpeg of 4 billion pixels": lying_jpeg,
    "jpeg cut off": lambda: (EXAMPLES / "rocket.jpg").read_bytes()[:20_000],
    "webp with a lying canvas": lying_webp,
    "webp cut off": lambda: bytes_of(Image.open(EXAMPLES / "coffee.png"), "WEBP")[:9000],
    "gif of 4 billion pixels": lying_gif,
    "gif cut off": lambda: bytes_of(Image.open(EXAMPLES / "coffee.png").convert("P"), "GIF")[:9000],
    "bmp of 99 million pixels that are not there": lying_bmp,
    "tiff with a lying width": lying_tiff,
    "tiff cut off": lambda: bytes_of(Image.open(EXAMPLES / "coffee.png"), "TIFF")[:9000],
    "avif cut off": lambda: bytes_of(Image.open(EXAMPLES / "coffee.png"), "AVIF")[:9000],
    "heic cut off": lambda: pillow_heif_bytes()[:9000],
    "heic header alone": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64),
}


def pillow_heif_bytes() -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.open(EXAMPLES / "coffee.png")).save(buffer)
    return buffer.getvalue()


ALIKE = [
    "gif of 4 billion pixels",
    "bmp of 99 million pixels that are not there",
    *(f"{kind} cut off" for kind in ("webp", "gif", "tiff", "avif")),
    *("empty", "svg", "pdf", "eps"),
]
"""Another of the same kind is there too."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in ALIKE else name for name in HOSTILE]
)
def test_a_hostile_file_gives_one_line_in_time_and_in_bounds(tmp_path, name):
    path = tmp_path / "photo.jpg"
    path.write_bytes(HOSTILE[name]())
    seconds, peak, code, said = run_measured(path)
    assert code == 2
    assert said.startswith("Error: photo.jpg ")
    assert said.count("\n") == 2  # the sentence and the hint
    assert "Traceback" not in said
    assert seconds < 2
    assert peak < 600e6


def run_measured(path: Path) -> tuple[float, int, int, str]:
    """See `measured`."""
    return measured(sys.executable, ROOT / "generate_video.py", path, "--model", "draft", "--quiet")


def test_more_than_64_mb_is_refused_without_reading(tmp_path):
    path = tmp_path / "photo.jpg"
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(BadPhoto, match=r"68 MB; the limit is 67 MB"):
        read_photo(path)


def test_few_bytes_that_stand_for_very_many_pixels_are_read_in_bounds(tmp_path):
    """38 bytes: 16383 × 6100 pixels of one colour."""
    path = tmp_path / "photo.webp"
    path.write_bytes(bytes.fromhex("524946461e000000574542505650384c110000002ffefff4050750bc6a15b9ff8188e87f0000"))
    _, peak, code, said = run_measured(path)
    assert (code, said) == (0, "")
    assert peak < 600e6


@pytest.mark.slow
def test_the_largest_photo_that_is_allowed_is_read_in_bounds(tmp_path):
    """10,000 × 10,000 pixels with transparency, all there: the widest mode at the limit."""
    path = tmp_path / "photo.png"
    Image.new("RGBA", (10000, 10000), (10, 120, 200, 255)).save(path, compress_level=1)
    _, peak, code, said = run_measured(path)
    assert (code, said) == (0, "")
    assert peak < 1e9


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "unreadable", "nul"])
def test_what_is_not_a_readable_file(tmp_path, kind):
    path = tmp_path / "thing"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "unreadable":
        path.write_bytes(b"x")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("root may read everything")
    elif kind == "nul":
        path = Path("a\0b")
    with pytest.raises(BadPhoto) as caught:
        read_photo(path)
    assert caught.value.hint
