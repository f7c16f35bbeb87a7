"""What a picture's numbers mean as colours: as Chromium draws the same file, or as the published formulas say."""

from __future__ import annotations

import io
import struct
import subprocess

import numpy as np
import numpy.typing as npt
import pytest
import pyvips
from PIL import Image, ImageCms

from tests.conftest import find_tool
from tests.media.made import (
    DISPLAY_P3,
    SRGB_CURVE,
    Chunk,
    Numbers,
    chrm,
    chunk,
    cicp,
    clli,
    gama,
    gamma_curve,
    grey_profile,
    iccp,
    png,
    rgb_profile,
    table_profile,
)
from tests.media.pictures import PHOTOS
from videoai.media.decoding.decode import Decoded, TargetSize, decode

UNUSABLE = ("The photo's colour profile cannot be used, so its colours are read as sRGB.",)
CLOSE = 0.7
"""Of 255 levels, on average: what rounding makes of it, here and in Chromium, which works with 8 bits more often."""


def cube(bits: int) -> Numbers:
    """Colours from all over: (27, 27, 3) of 8 or 16 bits."""
    steps = np.linspace(0, 2**bits - 1, 9).round().astype(np.uint8 if bits == 8 else np.uint16)
    return np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)


def opened(data: bytes) -> Decoded:
    return decode(data, "photo", TargetSize(2048, 1024))


def seen(data: bytes) -> npt.NDArray[np.float64]:
    return opened(data).image.numpy().astype(float)


def away(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    assert left.shape == right.shape
    return float(np.abs(left - right).mean())


@pytest.mark.parametrize(
    "name",
    [
        "png-cicp-p3.png",
        "png-chrm-p3.png",
        "png-gama1.png",
        "avif-hdr-pq.avif",
        "jpeg-grey-rgbprofile18.jpg",
        "jpeg-grey-srgbprofile-notice.jpg",
    ],
)
def test_photos_that_once_came_out_in_wrong_colours_or_with_an_idle_notice(chromiums_eye, name):
    data = (PHOTOS / name).read_bytes()
    assert away(seen(data), chromiums_eye(data) * 255) < CLOSE
    assert opened(data).notices == ()


def test_a_heic_of_display_p3_without_a_profile():
    # Chromium opens none: the same picture as a PNG, of which the test above shows that it is right.
    right = seen((PHOTOS / "png-cicp-p3.png").read_bytes())
    assert away(seen((PHOTOS / "heic-nclx-p3.heic").read_bytes()), right) < 1


@pytest.mark.parametrize("transfer", [1, 4, 5, 6, 7, 8, 11, 13, 14, 15, 16, 17, 18])
def test_a_png_of_each_transfer_function(chromiums_eye, transfer):
    for pixels, primaries in ((cube(8), 12), (cube(16), 9), (cube(8)[..., 0], 12), (cube(16)[..., 0], 9)):
        data = png(pixels, cicp(primaries, transfer))
        assert away(seen(data), chromiums_eye(data) * 255) < CLOSE


@pytest.mark.parametrize("primaries", [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22])
def test_a_png_of_each_primaries(chromiums_eye, primaries):
    for transfer in (13, 16):
        data = png(cube(8), cicp(primaries, transfer))
        assert away(seen(data), chromiums_eye(data) * 255) < CLOSE


P3 = chrm(*DISPLAY_P3)
ORDER: dict[str, tuple[Chunk, ...]] = {
    "cICP before all": (cicp(12, 13), iccp(rgb_profile("sRGB", gamma_curve(1.0))), (b"sRGB", b"\0"), gama(1.0)),
    "iCCP before sRGB": (iccp(rgb_profile("P3", SRGB_CURVE)), (b"sRGB", b"\0"), gama(1.0)),
    "sRGB before gAMA": ((b"sRGB", b"\0"), gama(1.0), P3),
    "an sRGB chunk of no known intent": ((b"sRGB", b"\t"), gama(1.0)),
    "gAMA alone": (gama(1 / 1.8),),
    "gAMA and cHRM": (gama(1 / 1.8), chrm(0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)),
    "cHRM alone": (P3,),
    "gAMA of nothing": (gama(0),),
    "gAMA cut short": ((b"gAMA", b"\0\0"),),
    "cHRM cut short": (gama(1.0), (b"cHRM", b"\0\0\0\0")),
    "cHRM of one colour": (gama(1.0), chrm(0.3127, 0.3290, *[0.3] * 6)),
    "cHRM of nothing": (gama(1.0), chrm(*[0] * 8)),
    "cICP of unknown primaries": (cicp(99, 13), gama(1.0)),
    "cICP of unknown transfer": (cicp(12, 99),),
    "cICP that leaves it open": (cicp(2, 2), gama(1.0)),
    "cICP of limited range": (cicp(12, 13, full=0),),
    "cICP cut short": ((b"cICP", b"\x0c\r\0"),),
    "cICP too long": ((b"cICP", b"\x0c\r\0\1\0"),),
    "two cICP": (cicp(12, 13), cicp(9, 13)),
}


@pytest.mark.parametrize("chunks", ORDER.values(), ids=ORDER.keys())
def test_which_chunk_of_a_png_decides(chromiums_eye, chunks):
    data = png(cube(8), *chunks)
    assert away(seen(data), chromiums_eye(data) * 255) < CLOSE
    assert opened(data).notices == ()


def test_a_chunk_that_is_damaged_or_not_of_rgb_says_nothing():
    plain = seen(png(cube(8)))
    damaged = png(cube(8), cicp(12, 13)).replace(chunk(*cicp(12, 13)), chunk(*cicp(12, 13))[:-1] + b"?")
    assert away(seen(damaged), plain) == 0
    assert away(seen(png(cube(8), cicp(12, 13, matrix=1))), plain) == 0


def test_transparency_is_put_on_white_after_the_colours_are_converted(chromiums_eye):
    cover = np.linspace(0, 255, 27).round().astype(np.uint8)[None, :, None].repeat(27, 0)
    for chunks in ((cicp(12, 13),), (cicp(9, 16),), (gama(1.0),), (iccp(rgb_profile("P3", gamma_curve(1.0))),)):
        data = png(np.dstack([cube(8), cover]), *chunks)
        assert away(seen(data), chromiums_eye(data) * 255) < CLOSE


def rwtmo(light: npt.NDArray[np.float64], peak: float) -> npt.NDArray[np.float64]:
    """Light of grey above paper white, by the control points of SMPTE ST 2094-50, C.2, drawn as a polygon."""
    headroom = np.log2(peak / 203)
    white = 1 - 0.5 * min(headroom / np.log2(1000 / 203), 1)
    t = np.linspace(0, 1, 10_001)
    bend = 0.35 + 0.65 / white, 0.35 * white + 0.65
    x, y = (
        (1 - t) ** 2 * first + 2 * t * (1 - t) * middle + t**2 * last
        for first, middle, last in ((1, bend[0], 2**headroom), (white, bend[1], 1))
    )
    return np.where(light < 1, light * white, np.interp(light, x, y))


@pytest.mark.parametrize("peak", [250, 600, 1000, 4000, 10000])
def test_highlights_of_pq_follow_the_published_curve(chromiums_eye, peak):
    codes = np.linspace(0, 65535, 1024).round().astype(np.uint16)
    data = png(codes[None, :].repeat(2, 0), cicp(9, 16), clli(peak))
    root = (codes / 65535) ** (32 / 2523)
    nits = 10_000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)
    shown = rwtmo(nits / 203, peak)
    right = 255 * np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
    assert np.abs(seen(data)[0, :, 0] - right).max() < 0.6
    assert away(seen(data), chromiums_eye(data) * 255) < 1


def jpeg(pixels: Numbers, profile: bytes | None) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=98, subsampling=0, icc_profile=profile)
    return file.getvalue()


PROFILES = {
    "Display P3": rgb_profile("P3", SRGB_CURVE),
    "sRGB": rgb_profile("sRGB", SRGB_CURVE),
    "linear": rgb_profile("P3", gamma_curve(1.0)),
    "of a scanner": rgb_profile("P3", gamma_curve(1.8), kind=b"scnr"),
    "table, version 2": table_profile(1.8, 2),
    "table, version 4": table_profile(1.8, 4),
    "grey for a grey picture": grey_profile(gamma_curve(1.8)),
    "with numbers for P3": rgb_profile("sRGB", SRGB_CURVE, (b"cicp", b"cicp\0\0\0\0\x0c\x0d\0\1")),
    "with numbers for PQ": rgb_profile("sRGB", gamma_curve(2.2), (b"cicp", b"cicp\0\0\0\0\x09\x10\0\1")),
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_that_can_be_used_is_used_without_a_notice(chromiums_eye, name):
    profile, smooth = PROFILES[name], cube(8)
    grey = smooth[..., 0]
    made = [jpeg(grey, profile), *(png(each, iccp(profile)) for each in (grey, cube(16)[..., 0]))]
    made.append(png(np.dstack([grey, grey[::-1]]), iccp(profile)))
    if "grey" not in name:
        made += [jpeg(smooth, profile), *(png(each, iccp(profile)) for each in (smooth, cube(16)))]
    for data in made:
        assert away(seen(data), chromiums_eye(data) * 255) < (1.5 if "table" in name else CLOSE)
        assert opened(data).notices == ()


UNUSABLES = {
    "incomplete": rgb_profile("P3", SRGB_CURVE)[:-20],
    "only a head": rgb_profile("P3", SRGB_CURVE)[:140],
    "zeros": bytes(3000),
    "text": b"not a profile at all " * 20,
    "huge": b"\xff" * 5_000_000,
    "of grey": grey_profile(gamma_curve(1.8)),
    "from device to device": rgb_profile("P3", SRGB_CURVE, kind=b"link"),
}


@pytest.mark.parametrize("name", UNUSABLES)
def test_a_profile_of_no_use_is_told_of_and_the_picture_taken_as_srgb(name):
    data = png(cube(8), iccp(UNUSABLES[name]))
    assert opened(data).notices == UNUSABLE
    assert away(seen(data), seen(png(cube(8)))) == 0


def test_a_profile_of_no_bytes_is_none():
    assert opened(png(cube(8), iccp(b""))).notices == ()


def test_a_profile_that_cannot_be_unpacked_is_told_of():
    assert opened(png(cube(8), (b"iCCP", b"name\0\0never packed"))).notices == UNUSABLE


def test_16_bits_with_a_profile_keep_their_shades():
    """The darkest hundredth of linear light: of 8 bits it would be three shades."""
    codes = np.linspace(0, 655, 256).round().astype(np.uint16)[None, :]
    for profile in (grey_profile(gamma_curve(1.0)), rgb_profile("sRGB", gamma_curve(1.0))):
        light = codes / 65535
        right = 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        assert np.abs(seen(png(codes, iccp(profile)))[..., 0] - right).max() < 1.1


INKS = bytes(pyvips.Operation.call("profile_load", "cmyk"))


def inked(profile: bytes | None) -> bytes:
    colours = cube(8)
    file = io.BytesIO()
    inks = np.dstack([255 - colours, colours[::-1, :, 0] // 4])
    Image.fromarray(inks, "CMYK").save(file, "JPEG", quality=98, subsampling=0, icc_profile=profile)
    return file.getvalue()


def test_cmyk_with_a_profile_is_as_lcms_has_it():
    data = inked(INKS)
    own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(INKS)), ImageCms.createProfile("sRGB")
    relative = ImageCms.Intent.RELATIVE_COLORIMETRIC
    with Image.open(io.BytesIO(data)) as image:
        right = ImageCms.profileToProfile(image, own, srgb, relative, "RGB", flags=ImageCms.Flags.NONE)
    assert away(seen(data), np.asarray(right, float)) < CLOSE
    assert opened(data).notices == ()


@pytest.mark.parametrize("profile", [None, rgb_profile("sRGB", SRGB_CURVE)], ids=["none", "of RGB"])
def test_cmyk_without_a_profile_of_its_own_is_as_chromium_has_it(chromiums_eye, profile):
    data = inked(profile)
    assert away(seen(data), chromiums_eye(data) * 255) < CLOSE
    assert opened(data).notices == (UNUSABLE if profile else ())


def test_profiles_that_exiftool_and_imagemagick_put_into_files(chromiums_eye, tmp_path):
    (tmp_path / "p3.icc").write_bytes(PROFILES["Display P3"])
    (tmp_path / "plain.jpg").write_bytes(jpeg(cube(8), None))
    for command in (
        [find_tool("exiftool", "libimage-exiftool-perl"), "-icc_profile<=p3.icc", "-o", "exiftool.jpg", "plain.jpg"],
        [find_tool("convert-im6.q16", "imagemagick"), "plain.jpg", "-profile", "p3.icc", "-depth", "16", "magick.png"],
        [find_tool("convert-im6.q16", "imagemagick"), "plain.jpg", "-profile", "p3.icc", "magick.tif"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    right = chromiums_eye((tmp_path / "exiftool.jpg").read_bytes()) * 255
    for name in ("exiftool.jpg", "magick.png", "magick.tif"):
        assert away(seen((tmp_path / name).read_bytes()), right) < 1.2, name


def test_a_profile_in_a_bmp(chromiums_eye):
    pixels, profile = cube(8)[:, :24], PROFILES["linear"]
    rows = pixels[::-1, :, ::-1].tobytes()
    header = struct.pack("<IiiHHIIiiII", 124, 24, 27, 1, 24, 0, len(rows), 2835, 2835, 0, 0) + bytes(16)
    header += b"DEBM" + bytes(48) + struct.pack("<4I", 4, 124 + len(rows), len(profile), 0)
    data = b"BM" + struct.pack("<IHHI", 138 + len(rows) + len(profile), 0, 0, 138) + header + rows + profile
    assert away(seen(data), chromiums_eye(data) * 255) < CLOSE
    unmarked = data.replace(b"DEBM", b"BGRs")
    assert away(seen(unmarked), chromiums_eye(unmarked) * 255) == 0


def test_of_a_jpeg_with_a_gain_map_the_base_picture_is_shown():
    base, gains = jpeg(cube(8), PROFILES["Display P3"]), jpeg(cube(8)[..., 0], None)
    assert away(seen(base + gains), seen(base)) == 0
