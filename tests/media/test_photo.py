"""The photo's door: real files of every kind come out upright and in true colours."""

from __future__ import annotations

import io
import struct
import subprocess
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from tests.conftest import EXAMPLES, find_tool
from videoai.errors import BadPhoto
from videoai.media.decoding.decode import decode
from videoai.media.photo import Photo
from videoai.media.photo_decoder import WORKING

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (40, 60, 220), (240, 240, 240)


def read_photo(path: Path) -> Photo:
    """What the process that decodes photos makes of it, in this one."""
    found = decode(path.read_bytes(), path.name, WORKING)
    image = Image.frombytes("RGB", (found.image.width, found.image.height), found.image.write_to_memory())
    return Photo(image, found.width, found.height, found.notices)


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


def test_a_large_photo_is_reduced_without_seams(tmp_path):
    gradient = np.add.outer(np.linspace(0, 120, 3000), np.linspace(0, 120, 4400)).astype(np.uint8)
    Image.fromarray(gradient).save(tmp_path / "large.png", compress_level=1)
    photo = read_photo(tmp_path / "large.png")
    assert (photo.width, photo.height) == (4400, 3000)
    fitted = photo.fitted(640, 384)[..., 0].astype(int)
    assert np.diff(fitted, axis=1).max() <= 2  # no seam between bands
    assert np.diff(fitted, axis=0).max() <= 2


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_that_lacks_nothing_but_the_mark_of_its_end_is_opened(tmp_path, missing, progressive):
    whole, path = tmp_path / "whole.jpg", tmp_path / "photo.jpg"
    Image.open(EXAMPLES / "coffee.png").convert("RGB").save(whole, progressive=progressive)
    path.write_bytes(whole.read_bytes()[:-missing])
    assert read_photo(path).image.tobytes() == read_photo(whole).image.tobytes()


def test_a_jpeg_that_lacks_some_rows_is_used_without_them(tmp_path):
    whole, path = tmp_path / "whole.jpg", tmp_path / "photo.jpg"
    Image.open(EXAMPLES / "coffee.png").convert("RGB").save(whole)
    path.write_bytes(whole.read_bytes()[: -whole.stat().st_size // 5])
    photo, complete = read_photo(path), read_photo(whole)
    assert "is incomplete" in photo.notices[0]
    assert complete.height * 0.7 < photo.height < complete.height * 0.9
    there = complete.image.crop((0, 0, complete.width, photo.height))
    assert np.abs(np.asarray(photo.image).astype(int) - np.asarray(there)).mean() < 0.1


def test_a_jpeg_that_lacks_most_of_its_rows_is_refused(tmp_path):
    path = tmp_path / "photo.jpg"
    Image.open(EXAMPLES / "coffee.png").convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadPhoto, match="damaged or incomplete"):
        read_photo(path)


@pytest.mark.parametrize(
    ("size", "expected", "more"),
    [
        ((12000, 9000), (2048, 1536), {}),
        pytest.param((12000, 9000), (2048, 1536), {"progressive": True}, marks=pytest.mark.slow),
        ((30000, 3500), (8777, 1024), {}),
    ],
    ids=["phone", "progressive", "panorama"],
)
def test_a_jpeg_of_a_hundred_million_pixels_is_read_smaller(tmp_path, size, expected, more):
    """As many phones make them."""
    path = tmp_path / "photo.jpg"
    Image.new("L", size, 90).save(path, quality=20, **more)
    photo = read_photo(path)
    assert (photo.width, photo.height) == size
    assert photo.image.size == expected
    assert photo.image.getextrema() == ((88, 88),) * 3  # what quality 20 makes of 90
