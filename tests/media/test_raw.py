"""Camera raw files: known by what is in them, and opened only where the camera stored a whole picture beside."""

from __future__ import annotations

import io
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from tests.media.pictures import PHOTOS
from tests.media.test_photo import LAID_DOWN, four_corners
from videoai.errors import BadPhoto
from videoai.media.decoding.decode import Decoded, decode
from videoai.media.decoding.formats.raw import raw_kind
from videoai.media.decoding.opened import TargetSize

Tags = dict[int, tuple[int, ...] | bytes]


def tiff(order: str, *directories: Tags, mark: bytes = b"", beside: bytes = b"") -> bytes:
    """A TIFF file of directories in a row; the next one is named by tag 330, or follows.

    `mark` stands before the first one, `beside` behind the last: a value of -1 is its place.
    """
    start = 8 + len(mark)
    length = start + len(_directories(order, start, 0, directories))
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", start) + mark
    return head + _directories(order, start, length, directories) + beside


def _directories(order: str, at: int, place: int, directories: tuple[Tags, ...]) -> bytes:
    content = b""
    for number, tags in enumerate(directories):
        end = at + 2 + 12 * len(tags) + 4
        entries, more = struct.pack(f"{order}H", len(tags)), b""
        for tag, values in sorted(tags.items()):
            if isinstance(values, bytes):
                kind, count, packed = 2, len(values), values
            else:
                kind, count = 4, len(values)
                packed = struct.pack(f"{order}{count}I", *(place if value == -1 else value for value in values))
            entries += struct.pack(f"{order}HHI", tag, kind, count)
            entries += packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack(f"{order}I", end + len(more))
            more += packed if len(packed) > 4 else b""
        following = 0 if number + 1 == len(directories) or 330 in tags else end + len(more)
        content += entries + struct.pack(f"{order}I", following) + more
        at = end + len(more)
    return content


def below(order: str, first: Tags, *others: Tags, **more: bytes) -> bytes:
    """Such a file whose first directory names all the others."""
    one = tiff(order, {**first, 330: (0,) * len(others)}, mark=more.get("mark", b""))
    places, at = [], len(one)
    for other in others:
        places.append(at)
        at += len(_directories(order, at, 0, (other,)))
    return tiff(order, {**first, 330: tuple(places)}, *others, **more)


SENSOR: Tags = {256: (96,), 257: (64,), 262: (32803,)}

RAWS = {
    "DNG": tiff("<", {256: (160,), 257: (107,), 50706: (0x0601,)}),
    "DNG in a BigTIFF": b"II+\0\x08\0\0\0" + struct.pack("<QQHHQQQ", 16, 1, 50706, 1, 4, 0x0401, 0),
    "DNG, told by a later picture": tiff("<", {256: (160,)}, {256: (6000,), 50706: (0x0401,)}),
    "GPR": tiff("<", {271: b"GoPro\0", 50706: (0x0401,)}),
    "NEF": below(">", {271: b"NIKON CORPORATION\0"}, {256: (160,)}, {262: (32803,)}),
    "ARW": below("<", {271: b"SONY\0"}, {259: (32767,)}),
    "ARW whose picture is no directory": tiff("<", {271: b"SONY\0", 330: (5_000_000,), 50740: (8,)}),
    "PEF": tiff(">", {271: b"PENTAX Corporation \0", 259: (65535,)}),
    "SRW": below("<", {271: b"SAMSUNG\0"}, {256: (160,)}, {259: (32770,)}),
    "3FR": below("<", {271: b"Hasselblad\0"}, SENSOR),
    "MOS": tiff("<", {271: b"Leaf\0", 262: (32803,)}),
    "MEF": below(">", {271: b"Mamiya-OP Co.,Ltd.\0"}, SENSOR),
    "ERF": below(">", {271: b"SEIKO EPSON CORP.\0"}, SENSOR),
    "KDC": below(">", {271: b"EASTMAN KODAK COMPANY\0"}, {259: (65000,), 262: (32803,)}),
    "DCR": below(">", {271: b"Kodak\0"}, SENSOR),
    "CR2": b"II*\0\x10\0\0\0CR\x02\0" + bytes(100),
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(100),
    "CRW": b"II\x1a\0\0\0HEAPCCDR" + bytes(100),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(100),
    "ORF": b"IIRO\x08\0\0\0" + bytes(100),
    "ORF of another camera": b"IIRS\x08\0\0\0" + bytes(100),
    "RW2": b"IIU\0\x18\0\0\0\x88\xe7\x74\xd8" + bytes(100),
    "MRW": b"\0MRM\0\1\2\3\0PRD" + bytes(100),
    "X3F": b"FOVb\1\0\2\0" + bytes(100),
    "IIQ": b"II*\0\x08\0\0\0IIIITwaR" + bytes(100),
    "IIQ of another camera": b"MM\0*\0\0\0\x08MMMMRawT" + bytes(100),
}


@pytest.mark.parametrize("kind", RAWS)
def test_a_raw_file_is_refused_in_words_whatever_its_name(kind):
    assert raw_kind(RAWS[kind]) == kind.split()[0].rstrip(",")
    with pytest.raises(BadPhoto, match=r"photo\.jpg is a camera raw file \(") as caught:
        opened(RAWS[kind], "photo.jpg")
    assert "export it as JPEG" in caught.value.hint


def test_one_of_a_maker_that_nobody_knows_is_one():
    with pytest.raises(BadPhoto, match="is a camera raw file, not a photo"):
        opened(tiff("<", {271: b"Nobody\0", 262: (32803,)}))


def opened(data: bytes, name: str = "photo.raw") -> Decoded:
    return decode(data, name, TargetSize(2048, 1024))


def test_its_thumbnail_does_not_become_the_video():
    with pytest.raises(BadPhoto, match=r"is a camera raw file \(DNG\), not a photo VideoAi can read"):
        opened((PHOTOS / "raw-thumbnail.dng").read_bytes())


# What is none.

PLAIN = {
    "drone's": {271: b"DJI\0", 34665: (8,), 34853: (8,), 700: b"<x:xmpmeta/>\0"},
    "Photoshop's": {305: b"Adobe Photoshop 25.0\0", 34377: b"8BIM" + bytes(20), 37724: b"Adobe Photoshop Document"},
    "of a scanner that is also a camera": {271: b"NIKON\0", 272: b"LS-5000\0", 50341: b"PrintIM\0"},
    "map's": {33550: (1, 1, 1), 34735: (1, 1, 0, 0), 42113: b"-9999\0"},
}


@pytest.mark.parametrize("whose", PLAIN)
def test_a_plain_tiff_of_a_camera_maker_or_with_odd_tags_is_none(whose):
    pixels = four_corners().tobytes()
    sides: Tags = {256: (96,), 257: (64,), 258: (8,), 277: (3,), 278: (64,), 262: (2,)}
    small: Tags = {254: (1,), 256: (1,), 257: (1,), 258: (8,), 277: (1,), 262: (1,), 273: (8,), 279: (1,)}
    data = below("<", {**sides, 273: (-1,), 279: (len(pixels),), **PLAIN[whose]}, small, small, beside=pixels)
    assert raw_kind(data) is None
    assert np.array_equal(opened(data, "photo.dng").image.numpy(), np.asarray(four_corners()))


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L", "1"])
def test_a_photo_called_as_a_raw_file_is_none(mode):
    out = io.BytesIO()
    four_corners().convert(mode).save(out, "TIFF")
    assert opened(out.getvalue(), "photo.dng").width == 96


@pytest.mark.parametrize(
    "content",
    [
        tiff("<", {330: (8, 8, 8)}),  # goes in a circle
        tiff("<", {330: (2**32 - 1, 2**31)}),
        tiff("<", {330: (8,) * 100_000}),
        tiff("<", {273: (8,) * 500_000, 279: (8,) * 500_000}),
        b"II*\0" + b"\xff" * 100,
        b"II+\0" + b"\xff" * 100,
        b"MM\0*\0\0\0\x08\xff\xff",
        b"II*\0",
    ],
)
def test_a_broken_tiff_is_no_raw_file(content):
    assert raw_kind(content) is None
    with pytest.raises(BadPhoto, match="damaged"):
        opened(content)


# The picture that the camera stored.


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    (image or four_corners()).save(out, "JPEG", quality=95, subsampling=0, **options)
    return out.getvalue()


def thumbnail() -> bytes:
    return jpeg(Image.new("RGB", (32, 24), "magenta"))


def with_jpeg(kind: str, picture: bytes, orientation: int = 1) -> bytes:
    """A raw file as such a camera writes it: a sensor's values of 96 × 64, a thumbnail, and that picture."""
    turned: Tags = {274: (orientation,)}
    where: Tags = {513: (-1,), 514: (len(picture),)}
    strip: Tags = {259: (7,), 262: (6,), 273: (-1,), 279: (len(picture),)}
    box = tiff("<", turned)
    return {
        "NEF": lambda: below(">", {271: b"NIKON\0", **turned}, where, SENSOR, beside=picture),
        "DNG": lambda: below("<", {50706: (0x0401,), **turned}, SENSOR, strip, beside=picture),
        "ARW": lambda: below("<", {271: b"SONY\0", **turned}, {**SENSOR, 259: (32767,)}, where, beside=picture),
        "CR2": lambda: tiff(
            "<",
            {259: (6,), 273: (-1,), 279: (len(picture),), **turned},
            SENSOR,
            mark=b"CR\2\0" + bytes(4),
            beside=picture,
        ),
        "RAF": lambda: b"FUJIFILMCCD-RAW 0201" + bytes(64) + struct.pack(">II", 92, len(picture)) + picture + bytes(99),
        "ORF": lambda: b"IIRO" + tiff("<", turned)[4:] + thumbnail() + picture + bytes(99),
        "RW2": lambda: b"IIU\0" + tiff("<", turned)[4:] + thumbnail() + picture + bytes(99),
        "X3F": lambda: b"FOVb\1\0\2\0" + bytes(99) + thumbnail() + picture + bytes(99),
        "CR3": lambda: b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"
        + struct.pack(">I", 8 + len(box)) + b"CMT1" + box + thumbnail() + picture + bytes(99),
    }[kind]()  # fmt: skip


TIFFS = ["NEF", "DNG", "ARW", "CR2"]
OTHERS = ["RAF", "ORF", "RW2", "X3F", "CR3"]


@pytest.mark.parametrize("kind", TIFFS)
def test_a_picture_as_large_as_the_sensor_is_used_with_a_notice(kind):
    found = opened(with_jpeg(kind, jpeg()))
    assert found.notices == (
        "The photo is a camera raw file, so VideoAi uses the picture that the camera stored in it.",
    )
    assert np.abs(found.image.numpy() - np.asarray(four_corners()).astype(int)).max() <= 8


@pytest.fixture(scope="module")
def large() -> Image.Image:
    return Image.open(EXAMPLES / "coffee.png").convert("RGB").resize((1800, 1200))


@pytest.mark.parametrize("kind", OTHERS)
def test_where_the_sensor_is_not_known_it_has_two_million_pixels(kind, large):
    found = opened(with_jpeg(kind, jpeg(large)))
    assert (found.width, found.height) == (1800, 1200)
    assert "camera raw file" in found.notices[0]
    for image in (large.resize((1616, 1080)), None):
        with pytest.raises(BadPhoto, match=f"is a camera raw file \\({kind}\\), not a photo VideoAi can read"):
            opened(with_jpeg(kind, jpeg(image)))


@pytest.mark.parametrize("kind", TIFFS)
@pytest.mark.parametrize("size", [(63, 42), (32, 24)])
def test_a_smaller_picture_is_not_the_photo(kind, size):
    with pytest.raises(BadPhoto, match="is a camera raw file"):
        opened(with_jpeg(kind, jpeg(four_corners().resize(size))))


@pytest.mark.parametrize("kind", [*TIFFS, *OTHERS])
def test_the_raw_file_says_which_way_up_unless_the_picture_does(kind, large):
    image = large if kind in OTHERS else four_corners()
    lying = image.transpose(LAID_DOWN[6])
    if kind not in ("RAF", "X3F"):  # whose pictures always say it
        assert_alike(opened(with_jpeg(kind, jpeg(lying), orientation=6)), image)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert_alike(opened(with_jpeg(kind, jpeg(lying, exif=exif), orientation=8)), image)


def assert_alike(found: Decoded, image: Image.Image) -> None:
    assert (found.width, found.height) == image.size
    small = np.asarray(image.resize((found.image.width, found.image.height)))
    assert np.abs(found.image.numpy() - small.astype(int)).mean() < 3


def test_a_sensors_values_are_no_picture_even_as_jpeg():
    """Adobe's smaller DNG has them as JPEG of linear light, and most others as lossless JPEG."""
    linear: Tags = {50706: (0x0401,), 256: (96,), 257: (64,), 259: (7,), 262: (34892,)}
    picture = jpeg()
    lossless = picture.replace(b"\xff\xc0", b"\xff\xc3")
    for data in (
        tiff("<", {**linear, 273: (-1,), 279: (len(picture),)}, beside=picture),
        with_jpeg("CR2", lossless),
        with_jpeg("NEF", lossless),
    ):
        with pytest.raises(BadPhoto, match="is a camera raw file"):
            opened(data)


def test_another_program_finds_the_same_picture_there(tmp_path):
    (tmp_path / "photo.nef").write_bytes(with_jpeg("NEF", jpeg()))
    found = subprocess.run(
        [find_tool("exiftool", "libimage-exiftool-perl"), "-b", "-JpgFromRaw", "photo.nef"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert found.stdout == jpeg()


@pytest.mark.parametrize("kind", [*TIFFS, *OTHERS])
def test_a_picture_that_breaks_off_is_damaged(kind, large):
    picture = jpeg(large)
    data = with_jpeg(kind, picture[:2000] + bytes(len(picture) - 2000) if kind in TIFFS else picture[:2000])
    with pytest.raises(BadPhoto, match="is damaged or incomplete"):
        opened(data[:-99] if kind in OTHERS else data)


def test_places_that_lie_and_a_million_beginnings_cost_no_time():
    beginnings = b"FUJIFILMCCD-RAW " + b"\xff\xd8\xff\xe1\0\2" * 1_000_000
    far = below("<", {50706: (1,)}, SENSOR, {513: (2**32 - 1,), 514: (2**32 - 1,)})
    many = below("<", {50706: (1,), 271: (2**32 - 1,)}, *[SENSOR] * 31)
    for data in (beginnings, far, many):
        with pytest.raises(BadPhoto, match="is a camera raw file"):
            opened(data)
