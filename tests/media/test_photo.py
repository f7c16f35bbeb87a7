"""The photo's door: real files of every kind, upright and in true colours; hostile ones refused in one line."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from tests.conftest import EXAMPLES, ROOT, find_tool
from videoai.errors import BadPhoto
from videoai.media.photo import read_photo

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (40, 60, 220), (240, 240, 240)


def four_corners(width: int = 96, height: int = 64) -> Image.Image:
    """Red, green, blue and white quarters, clockwise from the top left: no two ways up look alike."""
    image = Image.new("RGB", (width, height))
    for corner, colour in zip([(0, 0), (1, 0), (1, 1), (0, 1)], [RED, GREEN, BLUE, WHITE], strict=True):
        image.paste(
            colour,
            (
                corner[0] * width // 2,
                corner[1] * height // 2,
                (corner[0] + 1) * width // 2,
                (corner[1] + 1) * height // 2,
            ),
        )
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    w, h = image.size
    return [
        image.getpixel(at)
        for at in [(w // 4, h // 4), (3 * w // 4, h // 4), (3 * w // 4, 3 * h // 4), (w // 4, 3 * h // 4)]
    ]


def assert_upright(path: Path, tolerance: int = 14) -> None:
    photo = read_photo(path)
    assert (photo.width, photo.height) == photo.image.size == (96, 64)
    difference = np.abs(np.array(corners(photo.image)) - np.array([RED, GREEN, BLUE, WHITE]))
    assert difference.max() <= tolerance


# How a picture must lie in the file so that each EXIF orientation stands it up again (the inverse operations).
LAID_DOWN = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", LAID_DOWN)
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff", "heic", "avif"])
def test_every_exif_orientation_of_every_format_comes_out_upright(tmp_path, ending, orientation):
    turn = LAID_DOWN[orientation]
    lying = four_corners() if turn is None else four_corners().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo.{ending}"
    if ending == "heic":
        pillow_heif.from_pillow(lying).save(path, exif=exif.tobytes(), quality=95)
    else:
        lying.save(path, exif=exif, **({} if ending in ("png", "tiff") else {"quality": 95}))
    assert_upright(path)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "bmp", "gif", "heic", "avif"])
def test_the_content_decides_the_format_and_not_the_name(tmp_path, ending):
    path = tmp_path / f"photo.{ending}"
    if ending == "heic":
        pillow_heif.from_pillow(four_corners()).save(path, quality=95)
    else:
        four_corners().save(path)
    renamed = path.rename(tmp_path / "photo.txt")
    assert_upright(renamed)


def test_a_heic_made_by_another_tool(tmp_path):
    four_corners().save(tmp_path / "in.png")
    subprocess.run(
        [find_tool("heif-enc", "libheif-examples"), "-q", "95", "in.png", "-o", "out.heic"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert_upright(tmp_path / "out.heic")


@pytest.mark.parametrize(
    ("ending", "pixels"),
    [
        ("png", "rgb48be"),
        ("tiff", "rgb48le"),
        ("tiff", "yuv420p"),
        ("jpg", "yuvj444p"),
        ("bmp", "bgr565le"),
    ],
)
def test_pictures_made_by_ffmpeg_in_odd_pixel_formats(tmp_path, ending, pixels):
    four_corners().save(tmp_path / "in.png")
    subprocess.run(
        [find_tool("ffmpeg", "ffmpeg"), "-v", "error", "-i", "in.png", "-pix_fmt", pixels, f"out.{ending}"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert_upright(tmp_path / f"out.{ending}", tolerance=16)


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_an_animation_gives_its_first_frame(tmp_path, ending):
    path = tmp_path / f"moving.{ending}"
    others = [Image.new("RGB", (96, 64), colour) for colour in ("black", "yellow")]
    four_corners().save(path, save_all=True, append_images=others, duration=100)
    assert_upright(path)


@pytest.mark.parametrize("mode", ["CMYK", "LAB"])
def test_pictures_in_other_colour_spaces(tmp_path, mode):
    path = tmp_path / "photo.tif"
    image = four_corners()
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    else:
        image = image.convert(mode)
    image.save(path)
    assert_upright(path)


def test_a_cmyk_jpeg(tmp_path):
    four_corners().convert("CMYK").save(tmp_path / "photo.jpg", quality=95)
    assert_upright(tmp_path / "photo.jpg")


@pytest.mark.parametrize(
    ("ending", "samples"),
    [
        ("png", np.uint16([[0, 32768, 65535]])),
        ("tif", np.uint16([[0, 32768, 65535]])),
        ("tif", np.float32([[0, 0.5, 1]])),
        ("tif", np.int32([[0, 128, 255]])),
    ],
)
def test_grey_of_more_than_8_bits_keeps_its_tones(tmp_path, ending, samples):
    path = tmp_path / f"grey.{ending}"
    Image.fromarray(samples.repeat(20, 0).repeat(20, 1)).save(path)
    tones = np.asarray(read_photo(path).image)[10, [5, 30, 55]]
    assert np.abs(tones.astype(int) - [[0] * 3, [128] * 3, [255] * 3]).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA"])
def test_few_colours(tmp_path, mode):
    path = tmp_path / "few.png"
    source = Image.new("RGB", (40, 40), "white")
    source.paste("black", (0, 0, 20, 40))
    source.convert(mode).save(path)
    pixels = np.asarray(read_photo(path).image)
    assert pixels[20, 5].max() <= 2
    assert pixels[20, 35].min() >= 253


@pytest.mark.parametrize("ending", ["png", "webp", "gif", "tif"])
def test_transparent_is_composited_on_white_and_not_black(tmp_path, ending):
    path = tmp_path / f"clear.{ending}"
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 20, 40))
    image.save(path)
    pixels = np.asarray(read_photo(path).image).astype(int)
    assert np.abs(pixels[20, 5] - [200, 0, 0]).max() <= 8
    assert pixels[20, 35].min() >= 247


def test_an_embedded_profile_is_converted_to_srgb(tmp_path):
    """A profile with red and blue exchanged: only a real conversion puts them back."""
    swapped = wide_gamut_profile()
    path = tmp_path / "photo.png"
    Image.new("RGB", (40, 40), (180, 90, 60)).save(path, icc_profile=swapped)
    pixel = np.array(read_photo(path).image.getpixel((20, 20)))
    reference = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), (180, 90, 60)),
        ImageCms.ImageCmsProfile(io.BytesIO(swapped)),
        ImageCms.createProfile("sRGB"),
    )
    assert np.abs(pixel - np.array(reference.getpixel((0, 0)))).max() <= 1
    assert np.abs(pixel - [180, 90, 60]).max() >= 15


def wide_gamut_profile() -> bytes:
    """sRGB's profile with gamma 1.0 in its tone curves: as linear light, middle tones become much lighter."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    for index in range(count):
        tag, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            curve = b"curv" + bytes(4) + struct.pack(">I", 0)  # a curve of no points is the identity
            profile[offset : offset + size] = curve.ljust(size, b"\0")
    return bytes(profile)


def test_a_broken_profile_is_told_and_the_photo_still_used(tmp_path):
    path = tmp_path / "photo.jpg"
    four_corners().save(path, icc_profile=b"not a profile at all", quality=95)
    photo = read_photo(path)
    assert "colour profile" in photo.notices[0]
    assert_upright(path)


def test_focus_decides_what_a_crop_keeps():
    photo = read_photo(EXAMPLES / "rocket.jpg")
    left, middle, right = (photo.fitted(384, 640, focus=(x, 0.5)) for x in (0.0, 0.5, 1.0))
    whole = np.asarray(photo.image.resize((round(photo.width * 640 / photo.height), 640), Image.Resampling.LANCZOS))
    for crop, start in ((left, 0), (middle, (whole.shape[1] - 384) // 2), (right, whole.shape[1] - 384)):
        assert np.abs(crop.astype(int) - whole[:, start : start + 384]).mean() < 3


def test_pad_keeps_the_whole_photo_over_a_backdrop_without_black():
    photo = read_photo(EXAMPLES / "rocket.jpg")
    padded = photo.fitted(384, 640, fit="pad")
    height = round(384 * photo.height / photo.width)
    top = (640 - height) // 2
    small = np.asarray(photo.image.resize((384, height), Image.Resampling.LANCZOS))
    assert np.abs(padded[top + 2 : top + height - 2].astype(int) - small[2:-2]).mean() < 4
    assert padded[:50].mean() > 5


def test_reducing_a_fine_pattern_does_not_alias(tmp_path):
    """Lines one pixel wide must come out as an even grey, not as bands."""
    lines = np.zeros((1500, 2400), np.uint8)
    lines[:, ::2] = 255
    Image.fromarray(lines).save(tmp_path / "lines.png")
    fitted = read_photo(tmp_path / "lines.png").fitted(640, 384)
    assert fitted[20:-20, 20:-20].std() < 4


def test_a_large_photo_is_reduced_the_same_way_in_bands(tmp_path):
    gradient = np.add.outer(np.linspace(0, 120, 4800), np.linspace(0, 120, 7000)).astype(np.uint8)
    Image.fromarray(gradient).save(tmp_path / "large.png", compress_level=1)
    photo = read_photo(tmp_path / "large.png")
    assert (photo.width, photo.height) == (7000, 4800)
    fitted = photo.fitted(640, 384)[..., 0].astype(int)
    assert np.diff(fitted, axis=1).max() <= 2  # no seam between bands
    assert np.diff(fitted, axis=0).max() <= 2


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


@pytest.mark.parametrize("name", HOSTILE)
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
    """Seconds, peak bytes, exit code and stderr of the command line on a photo."""
    start = time.monotonic()
    with open(path.with_suffix(".err"), "w+") as errors:
        command = [sys.executable, str(ROOT / "generate_video.py"), str(path), "--model", "draft", "--quiet"]
        process = subprocess.Popen(command, stderr=errors, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read()
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return time.monotonic() - start, peak, process.returncode, text


def test_more_than_64_mb_is_refused_without_reading(tmp_path):
    path = tmp_path / "photo.jpg"
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(BadPhoto, match="65 MB"):
        read_photo(path)


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
