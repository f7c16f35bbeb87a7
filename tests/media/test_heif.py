"""HEIC and AVIF files of many makers: the right codec, the right way up, in the right colours."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from tests.conftest import find_tool
from tests.media.made import SRGB_CURVE, Numbers, cicp, gamma_curve, grey_profile, iccp, png, rgb_profile
from tests.media.test_colours import away, opened, seen
from tests.media.test_photo import LAID_DOWN
from videoai.errors import BadPhoto
from videoai.media.decoding.decode import decode
from videoai.media.decoding.formats import heif
from videoai.media.decoding.formats.heif_boxes import primary_of
from videoai.media.decoding.opened import TargetSize
from videoai.media.photo import read_photo

HALF = 1.0
"""Levels of 255, on average: lossless, but through luma and chroma."""


def ramps(width: int = 96, height: int = 64) -> npt.NDArray[np.uint8]:
    """Smooth in all directions, so that chroma of half the size loses little."""
    y, x = np.mgrid[0:height, 0:width]
    across, down = x / (width - 1), y / (height - 1)
    return np.rint(255 * np.stack([across, down, (across + 1 - down) / 2], -1)).astype(np.uint8)


def wide(pixels: Numbers) -> npt.NDArray[np.uint16]:
    return pixels.astype(np.uint16) * 257


def avif(folder: Path, pixels: Numbers, *options: str) -> bytes:
    (folder / "in.png").write_bytes(png(pixels))
    command = [find_tool("avifenc", "libavif-bin"), "--lossless", *options, "in.png", "out.avif"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "out.avif").read_bytes()


def heic(pixels: Numbers, numbers: tuple[int, int, int, int] = (1, 13, 6, 1), **options: object) -> bytes:
    """`numbers`: primaries, transfer, matrix, full range."""
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[bands] + (";16" if pixels.itemsize == 2 else "")
    names = ("color_primaries", "transfer_characteristics", "matrix_coefficients", "full_range_flag")
    file = io.BytesIO()
    picture = pillow_heif.from_bytes(mode, (pixels.shape[1], pixels.shape[0]), np.ascontiguousarray(pixels).tobytes())
    said = dict(zip(names, numbers, strict=True))
    picture.save(file, format="HEIF", quality=-1, chroma="444", **said, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        "--depth 8 --yuv 444 --range full --cicp 12/13/6",
        "--depth 8 --yuv 420 --range full --cicp 12/13/1",
        "--depth 8 --yuv 444 --range full --cicp 12/13/0",
        "--depth 8 --yuv 400 --range limited --cicp 1/13/6",
        "--depth 8 --yuv 444 --range full --cicp 1/1/1",
        "--depth 8 --yuv 444 --range full --cicp 2/2/2",
        "--depth 8 --yuv 444 --range full --cicp 12/2/6",
        "--depth 10 --yuv 444 --range limited --cicp 9/16/9",
        "--depth 10 --yuv 400 --range limited --cicp 9/16/9",
        "--depth 10 --yuv 420 --range full --cicp 9/18/9",
        "--depth 10 --yuv 444 --range limited --cicp 12/13/6",
        "--depth 12 --yuv 444 --range full --cicp 9/16/9",
        "--depth 12 --yuv 444 --range limited --cicp 9/18/9",
        "--depth 12 --yuv 400 --range full --cicp 5/5/5",
    ],
)
def test_an_avif_is_as_chromium_has_it(tmp_path, chromiums_eye, options):
    data = avif(tmp_path, ramps(), *options.split())
    assert away(seen(data), chromiums_eye(data) * 255) < 2
    assert opened(data).notices == ()


@pytest.mark.parametrize(
    "options", ["", "--premultiply", "--depth 10", "--range limited --cicp 1/13/1", "--cicp 9/16/9"]
)
def test_transparency_of_an_avif_is_put_on_white(tmp_path, options):
    """Not as Chromium has it, which takes alpha as of limited range; avifdec and MIAF do not."""
    cover = np.linspace(0, 255, 96).round().astype(np.uint8)[None, :].repeat(64, 0)
    pixels, numbers = np.dstack([ramps(), cover]), (9, 16) if "16" in options else (1, 13)
    for grey in (False, True):
        pixels[..., :3] = pixels[..., 1:2] if grey else pixels[..., :3]
        data = avif(tmp_path, pixels, *options.split(), *(("--yuv", "400") if grey else ()))
        assert away(seen(data), seen(png(pixels, cicp(*numbers)))) < HALF


@pytest.mark.parametrize("numbers", [(12, 13, 6, 1), (12, 13, 6, 0), (9, 16, 9, 1), (9, 16, 9, 0), (9, 18, 9, 1)])
@pytest.mark.parametrize("pixels", [ramps(), wide(ramps())], ids=["8 bits", "10 bits"])
def test_a_heic_of_such_numbers_is_as_a_png_of_them(numbers, pixels):
    assert away(seen(heic(pixels, numbers)), seen(png(pixels, cicp(*numbers[:2])))) < HALF


def test_a_grey_heic():
    for pixels in (ramps()[..., 0], wide(ramps()[..., 0])):
        assert away(seen(heic(pixels)), seen(png(pixels))) < 0.3


def test_transparency_of_a_heic_is_put_on_white(tmp_path):
    cover = np.linspace(0, 255, 96).round().astype(np.uint8)[None, :].repeat(64, 0)
    whole = np.dstack([ramps(), cover])
    right = ramps() * (cover / 255)[..., None] + 255 - cover[..., None]
    assert away(seen(heic(whole)), right) < HALF
    assert away(seen(heic(wide(whole))), right) < HALF
    (tmp_path / "in.png").write_bytes(png(np.dstack([(ramps() * (cover / 255)[..., None]).astype(np.uint8), cover])))
    encoder = find_tool("heif-enc", "libheif-examples")
    command = [encoder, "-L", "-p", "chroma=444", "--premultiplied-alpha", "in.png", "-o", "out.heic"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert away(seen((tmp_path / "out.heic").read_bytes()), right) < HALF


@pytest.mark.parametrize("size", [(95, 63), (1, 1), (65, 1), (601, 33)])
def test_a_heic_of_odd_size(size):
    pixels = np.ascontiguousarray(ramps(640, 64)[: size[1], : size[0]])
    assert away(seen(heic(pixels)), pixels.astype(float)) < HALF


def test_10_and_12_bits_of_another_encoder(tmp_path):
    (tmp_path / "in.png").write_bytes(png(wide(ramps())))
    for bits in ("10", "12"):
        encoder = find_tool("heif-enc", "libheif-examples")
        command = [encoder, "-L", "-p", "chroma=444", "-b", bits, "in.png", "-o", "out.heic"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        assert away(seen((tmp_path / "out.heic").read_bytes()), ramps().astype(float)) < 0.3


def test_a_profile_goes_before_numbers():
    profile = rgb_profile("P3", SRGB_CURVE)
    right = seen(png(ramps(), iccp(profile)))
    picture = pillow_heif.from_pillow(Image.fromarray(ramps()))
    picture.info["icc_profile"], picture.info["icc_profile_type"] = profile, "prof"
    file = io.BytesIO()
    picture.save(file, quality=-1, chroma="444")
    assert b"prof" in file.getvalue()
    assert away(seen(file.getvalue()), right) < HALF


def test_an_avif_with_a_profile_is_as_chromium_has_it(tmp_path, chromiums_eye):
    power, grey = gamma_curve(1.0), ramps()[..., 0]
    for profile, pixels, options in (
        (rgb_profile("P3", power), ramps(), "--cicp 9/16/9"),  # the profile goes before the numbers
        (grey_profile(power), grey, "--yuv 400"),
        (rgb_profile("P3", power), grey, "--yuv 400 --depth 10"),
    ):
        (tmp_path / "in.icc").write_bytes(profile)
        data = avif(tmp_path, pixels, "--icc", "in.icc", *options.split())
        assert away(seen(data), chromiums_eye(data) * 255) < HALF
        assert opened(data).notices == ()


def large_avif(folder: Path, wide: int, high: int, *options: str) -> tuple[bytes, npt.NDArray[np.float64]]:
    """Squares of 64 × 64 pixels, and what each of them shows."""
    small = np.ascontiguousarray(ramps(wide, high)[:, :, ::-1])
    right = seen(avif(folder, small, *options))
    (folder / "in.png").write_bytes(png(small.repeat(64, 0).repeat(64, 1)))
    command = [find_tool("avifenc", "libavif-bin"), "--speed", "10", "--yuv", "444", *options, "in.png", "out.avif"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "out.avif").read_bytes(), right


@pytest.mark.slow
def test_a_large_avif_is_no_different(tmp_path):
    data, right = large_avif(tmp_path, 66, 64, "--depth", "10", "--cicp", "9/16/9", "--irot", "1")
    shown = decode(data, "photo", TargetSize(2112, 2048))
    assert (shown.width, shown.height) == (4096, 4224)
    assert away(shown.image.numpy()[16::32, 16::32].astype(float), right) < 2


@pytest.mark.slow
def test_a_large_avif_opens_in_the_memory_that_there_is(tmp_path):
    large_avif(tmp_path, 94, 64, "--depth", "10", "--cicp", "9/16/9")
    photo = read_photo(tmp_path / "out.avif")
    assert (photo.width, photo.height) == (6016, 4096)


"""How a picture lies in its file so that each orientation stands it up again."""


@pytest.mark.parametrize("orientation", LAID_DOWN)
@pytest.mark.parametrize("ending", ["heic", "avif"])
def test_each_orientation_stands_up_once(ending, orientation):
    turn, picture, file = LAID_DOWN[orientation], Image.fromarray(ramps(96, 48)), io.BytesIO()
    lying = picture.transpose(turn) if turn is not None else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    if ending == "heic":
        pillow_heif.from_pillow(lying).save(file, exif=exif.tobytes(), quality=-1, chroma="444")
    else:
        lying.save(file, "AVIF", exif=exif, quality=100, subsampling="4:4:4")
    assert (opened(file.getvalue()).width, opened(file.getvalue()).height) == (96, 48)
    assert away(seen(file.getvalue()), ramps(96, 48).astype(float)) < 1.5


def tiled(orientation: int) -> bytes:
    """As phones write it: tiles of 128 × 128, here 5 × 4 of them as they lie."""
    turn, file, exif = LAID_DOWN[orientation], io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    lying = Image.fromarray(ramps(640, 512) if orientation < 5 else ramps(512, 640))
    lying = lying.transpose(turn) if turn is not None else lying
    pillow_heif.from_pillow(lying).save(file, exif=exif.tobytes(), quality=-1, chroma="444", tile_size=128)
    return file.getvalue()


@pytest.mark.parametrize(
    "orientation", [pytest.param(which, marks=[pytest.mark.slow] * (which not in (1, 3, 6))) for which in LAID_DOWN]
)
def test_of_tiles_that_a_file_breaks_off_before_nothing_is_shown(orientation):
    data = tiled(orientation)
    whole, broken = seen(data), opened(data[: len(data) * 9 // 10])
    height, width = broken.image.height, broken.image.width
    assert (height, width) == ((384, 640) if orientation < 5 else (640, 384))
    top, left = 128 * (orientation in (3, 4)), 128 * (orientation in (6, 7))  # where the last row lies first
    there = whole[top : top + height, left : left + width]
    assert away(broken.image.numpy().astype(float), there) == 0
    assert len(broken.notices) == 1
    assert "The photo's file is incomplete: 25 %" in broken.notices[0]


def test_of_a_file_with_too_few_tiles_it_is_said_that_it_is_damaged():
    data = tiled(1)
    with pytest.raises(BadPhoto, match="damaged or incomplete"):
        opened(data[: len(data) // 2])


def test_the_primary_of_several_pictures_is_the_photo():
    others = [Image.new("RGB", (96, 64), colour) for colour in ("black", "red")]
    file, container = io.BytesIO(), pillow_heif.from_pillow(Image.fromarray(ramps()))
    for other in others:
        container.add_from_pillow(other)
    container.save(file, primary_index=2, quality=-1, chroma="444")
    assert seen(file.getvalue()).reshape(-1, 3).mean(0).tolist() == pytest.approx([255, 0, 0], abs=3)


def repacked(data: bytes, brands: bytes, between: bytes) -> bytes:
    """With other brands, and something between: what the boxes say of places in the file moves along."""
    old = int.from_bytes(data[:4], "big")
    new = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + between
    at = data.index(b"mdat") + 4
    return new + data[old:].replace(at.to_bytes(4, "big"), (at - old + len(new)).to_bytes(4, "big"))


@pytest.mark.parametrize("brands", ["mif1 avif mif1", "mif1 mif1", "heic mif1", "avif MA1B", "avif"])
def test_the_codec_decides_and_not_the_brand(tmp_path, brands):
    data = avif(tmp_path, ramps(), "--cicp", "12/13/6")
    major, *compatible = brands.encode().split()
    free = (16).to_bytes(4, "big") + b"free" + bytes(8)
    other = repacked(data, b"".join([major, bytes(4), *compatible]), free)
    assert other != data
    assert away(seen(other), seen(data)) < 0.2


def test_a_heic_is_one_by_whatever_name():
    data = heic(ramps(), (12, 13, 6, 1))
    other = data[:8] + b"avif" + data[12:]
    assert away(seen(other), seen(data)) == 0


def test_an_avif_with_a_matrix_that_few_know(tmp_path):
    data = avif(tmp_path, ramps(), "--cicp", "9/13/9")
    said = b"nclx\0\x09\0\x0d\0\x09"
    constant = data.replace(said, said[:-1] + b"\x0a")
    assert constant != data
    assert away(seen(constant), seen(data)) == 0


def test_boxes_that_do_not_say_what_is_in_the_file_are_an_error_and_nothing_else(tmp_path):
    data = avif(tmp_path, ramps(), "--cicp", "12/13/6")
    meta = data[: data.index(b"mdat")]
    for at in range(len(meta)):
        for broken in (meta[:at], meta[:at] + b"\xff" + meta[at + 1 :], meta[:at] + b"\0" + meta[at + 1 :]):
            try:
                primary_of(broken)
            except ValueError:
                continue
    with pytest.raises(ValueError, match="fit together"):
        primary_of(b"\0\0\0\x10ftypavif\0\0\0\0")
    assert heif.opened(data, "photo", TargetSize(96, 64)).colours is not None
