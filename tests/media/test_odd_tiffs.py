"""TIFF: numbers of every kind, however they lie in the file."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.conftest import find_tool
from tests.media.pictures import (
    HEIGHT,
    PHOTOS,
    WIDTH,
    codes,
    colours,
    distance,
    greys,
    magick,
    magicks_eye,
    opened,
    reference,
)
from tests.media.tiffs import BLACK_IS_ZERO, FLOAT, ICC_LAB, INKS, LAB, PALETTE, RGB, SIGNED, WHITE_IS_ZERO, YCC, tiff
from videoai.errors import BadPhoto
from videoai.media.decoding.formats import tiff_tags

C, G = colours(), greys()
CLOSE = 2
BITS = (1, 2, 4, 6, 8, 10, 12, 14, 16, 32)
LAID = {
    "plain": {},
    "big-endian": {"order": ">"},
    "strips": {"deflate": True, "rows": 7},
    "tiles": {"deflate": True, "tile": 16},
    "bits-reversed": {"fill_order": 2},
    "planar": {"planar": True, "rows": 9},
    "planar-tiles": {"planar": True, "tile": 32, "order": ">"},
    "bigtiff": {"big": True, "rows": 10},
    "big-endian-bigtiff": {"big": True, "order": ">", "tile": 32},
}


@pytest.mark.parametrize("laid", LAID)
@pytest.mark.parametrize("bits", BITS)
def test_whole_numbers_of_any_width_span_black_to_white(bits: int, laid: str):
    for picture, photometric in ((G, BLACK_IS_ZERO), (C, RGB)):
        numbers = codes(picture, bits)
        right = numbers / (2**bits - 1)
        assert distance(tiff(numbers, photometric, bits=bits, **LAID[laid]), right) < CLOSE
    numbers = 2**bits - 1 - codes(G, bits)
    assert distance(tiff(numbers, WHITE_IS_ZERO, bits=bits, **LAID[laid]), codes(G, bits) / (2**bits - 1)) < CLOSE


@pytest.mark.parametrize("laid", LAID)
@pytest.mark.parametrize("bits", [16, 32, 64])
def test_fractions_are_srgb_from_0_to_1(bits: int, laid: str):
    odd = C * 1.4 - 0.2
    odd[3, 4], odd[5, 5] = np.nan, np.inf
    right = np.clip(np.nan_to_num(odd), 0, 1)
    for picture, seen in ((C, C), (odd, right)):
        assert distance(tiff(picture, bits=bits, numbers=FLOAT, **LAID[laid]), seen) < CLOSE
    grey = tiff(1 - G, WHITE_IS_ZERO, bits=bits, numbers=FLOAT, **LAID[laid])
    assert distance(grey, G) < CLOSE


def test_fractions_that_are_no_fractions_have_the_white_of_whole_numbers():
    for white in (255, 65535):
        assert distance(tiff(G * white, BLACK_IS_ZERO, bits=32, numbers=FLOAT), G) < CLOSE
        assert distance(tiff(codes(G * white / 65535, 16), BLACK_IS_ZERO, bits=32), G) < CLOSE
    assert distance(tiff(codes(G, 15), BLACK_IS_ZERO, bits=16, numbers=SIGNED), G) < CLOSE


@pytest.mark.parametrize("bits", [8, 12, 16, 32])
@pytest.mark.parametrize("planar", [False, True])
def test_only_alpha_is_transparent(bits: int, planar: bool):
    half, full = np.full((HEIGHT, WIDTH, 1), 2 ** (bits - 1)), 2**bits - 1
    share = 2 ** (bits - 1) / full
    on_white = C * share + 1 - share
    inks = np.concatenate([codes(1 - C, bits), 0 * half], axis=2)
    cases: list[tuple[list[Any], int, list[int], Any]] = [
        ([codes(C, bits), half], RGB, [2], on_white),
        ([codes(C * share, bits), half], RGB, [1], on_white),
        ([codes(C, bits), half], RGB, [0], C),
        ([codes(C, bits), half, half // 3], RGB, [0, 0], C),
        ([codes(C, bits), half // 3, half], RGB, [0, 2], on_white),
        ([codes(G, bits), half], BLACK_IS_ZERO, [2], G * share + 1 - share),
        ([inks], INKS, [], C),
        ([inks, half], INKS, [2], on_white),
    ]
    for parts, photometric, extra, right in cases:
        data = tiff(np.concatenate(parts, axis=2), photometric, bits=bits, extra=extra, planar=planar)
        assert distance(data, right) < CLOSE, (photometric, extra)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("times", [1, 257])
def test_palettes_have_maps_of_8_or_16_bits(bits: int, times: int):
    number = 2**bits
    maps = np.stack([np.linspace(255, 0, number), np.linspace(0, 255, number), np.arange(number) * 37 % 256]).astype(
        int
    )
    picture = np.rint(G * (min(number, 256) - 1)).astype(int)
    right = maps.T[picture[..., 0]] / 255
    for order in "<>":
        data = tiff(picture, PALETTE, bits=bits, order=order, tags={320: (3, [*map(int, (maps * times).flat)])})
        assert distance(data, right) < CLOSE


@pytest.mark.parametrize("kind", [LAB, ICC_LAB])
@pytest.mark.parametrize("bits", [8, 16])
def test_lab(kind: int, bits: int):
    picture = Image.fromarray(codes(C, 8).astype(np.uint8))
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = np.asarray(ImageCms.profileToProfile(picture, *profiles, outputMode="LAB")).astype(np.int64)
    lab[..., 1:] = (lab[..., 1:] + 128) % 256 if kind == ICC_LAB else lab[..., 1:]
    if bits == 16:
        lab[..., 0] = lab[..., 0] * (257 if kind == LAB else 256)
        lab[..., 1:] *= 256
    for laid in ({}, {"planar": True}, {"tile": 16, "order": ">"}):
        assert distance(tiff(lab, kind, bits=bits, **laid), C) < CLOSE


def test_brightness_and_colour_apart():
    red, green, blue = (C[..., band] * 255 for band in range(3))
    bright = 0.299 * red + 0.587 * green + 0.114 * blue
    ycc = np.stack([bright, 128 + (blue - bright) / 1.772, 128 + (red - bright) / 1.402], axis=2)
    for laid in ({}, {"planar": True}, {"tile": 16}):
        data = tiff(np.rint(ycc).astype(int).clip(0, 255), YCC, tags={530: (3, [1, 1])}, **laid)
        assert distance(data, C) < CLOSE


@pytest.mark.parametrize("bits", [8, 12])
def test_orientation(bits: int):
    lies = codes(C, bits)
    upright = {1: lies, 2: lies[:, ::-1], 3: lies[::-1, ::-1], 4: lies[::-1], 5: lies.swapaxes(0, 1)}
    upright |= {6: np.rot90(lies, -1), 7: np.rot90(lies, 2).swapaxes(0, 1), 8: np.rot90(lies)}
    for number, right in upright.items():
        assert distance(tiff(lies, bits=bits, tags={274: (3, [number])}), right / (2**bits - 1)) < CLOSE


WAYS = (
    "none",
    "lzw",
    "lzw:2",
    "zip",
    "zip:2",
    "packbits",
    "lzma",
    "lzma:2",
    "zstd",
    "zstd:2",
    "jpeg:95",
    "g3",
    "g3:2d",
)
WAYS += ("g4", "zip:3", "webp")

LOSSY = ("jpeg:95", "webp")

ALIKE = ("zip:2", "lzma:2", "zstd:2", "g3:2d")
"""Another of the same kind is there too."""


@pytest.mark.parametrize("way", [pytest.param(way, marks=[pytest.mark.slow] * (way in ALIKE)) for way in WAYS])
def test_every_compression(tmp_path: Path, way: str):
    """As another libtiff writes it."""
    tiffcp = find_tool("tiffcp", "libtiff-tools")
    sources = {
        "rgb8": (tiff(codes(C, 8)), C),
        "grey16": (tiff(codes(G, 16), BLACK_IS_ZERO, bits=16), G),
        "rgb12": (tiff(codes(C, 12), bits=12), C),
        "float": (tiff(C, bits=32, numbers=FLOAT), C),
        "half": (tiff(C, bits=16, numbers=FLOAT), C),
        "lines": (tiff(codes(G, 1), WHITE_IS_ZERO, bits=1), 1 - codes(G, 1)),
    }
    written = 0
    for name, (data, right) in sources.items():
        (tmp_path / name).write_bytes(data)
        for laid in ([], ["-t", "-w", "32", "-l", "32"], ["-p", "separate", "-r", "8"], ["-f", "lsb2msb"]):
            if way == "webp" and "separate" in laid:  # what tiffcp writes then nobody can read
                continue
            file = tmp_path / f"{name}{written}.tif"
            command = [tiffcp, "-c", way, *laid, str(tmp_path / name), str(file)]
            if subprocess.run(command, capture_output=True).returncode == 0:  # not every way fits every picture
                written += 1
                assert distance(file.read_bytes(), right) < (4 if way in LOSSY else CLOSE), command
    assert written


ARGUMENTS = (
    "-depth 12",
    "-depth 10 -compress lzw",
    "-depth 4 -colorspace Gray",
    "-depth 32 -compress zip",
    "-depth 64 -define quantum:format=floating-point",
    "-depth 12 -interlace plane -compress zip",
    "-depth 16 -colorspace CMYK",
    "-depth 12 -define tiff:fill-order=lsb",
    "-colorspace YCbCr",
    "-compress jpeg -sampling-factor 4:2:0",
    "-compress jpeg -define tiff:tile-geometry=32x32",
    "-compress lzw -endian MSB",
    "-alpha set -channel A -evaluate set 50% -define tiff:alpha=associated",
    "-colors 16 -type palette",
    "-type bilevel -compress group4",
)


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_what_imagemagick_writes_is_seen_as_it_sees_it(tmp_path: Path, arguments: str):
    source, file = tmp_path / "source.png", tmp_path / "photo.tif"
    Image.fromarray(codes(C, 8).astype(np.uint8)).save(source)
    magick(source, *arguments.split(), str(file))
    assert distance(file.read_bytes(), magicks_eye(file)) < CLOSE


@pytest.mark.parametrize("file", sorted(PHOTOS.glob("tiff-*.tif")), ids=lambda file: file.stem)
def test_what_once_came_out_wrong(file: Path):
    if file.stem == "tiff-grey12":
        assert abs(opened(file.read_bytes()).image.avg() - 127) < CLOSE
    else:
        assert distance(file.read_bytes(), reference()) < CLOSE


def pixels_last(data: bytes) -> tuple[bytes, int]:
    """The file with its tags before its pixels, so that it can break off; and where those begin."""
    found = tiff_tags.read(data)
    place = 324 if 324 in found else 273
    starts, sizes = found.all(place), found.all(325 if place == 324 else 279)
    head = tiff_tags.Tags(data[:8], found.order, found.big, found.entries)
    numbers = {tag: found.all(tag) for tag in found.entries}
    start = len(tiff_tags.with_pictures(head, [numbers]))
    moved = {place: [start - starts[0] + at for at in starts]}
    return tiff_tags.with_pictures(head, [numbers | moved]) + data[starts[0] : starts[-1] + sizes[-1]], start


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("laid", ["strips", "tiles", "plain"])
def test_of_a_file_that_breaks_off_the_rows_that_are_there_are_shown(bits: int, laid: str):
    noise = np.random.default_rng(1).integers(0, 2**bits, (300, 200, 3))  # as large in the file as out of it
    data, start = pixels_last(tiff(noise, bits=bits, **LAID[laid]))
    assert opened(data).notices == ()
    for share in (0.95, 0.8):
        broken = opened(data[: start + int((len(data) - start) * share)])
        seen = broken.image.numpy()
        assert len(broken.notices) == 1
        assert share - 0.06 <= broken.height / 300 <= share
        assert np.abs(seen - noise[: len(seen)] * (255 / (2**bits - 1))).max() <= 1
    with pytest.raises(BadPhoto, match="damaged"):
        opened(data[: start + (len(data) - start) // 2])


def test_a_kind_that_no_decoder_knows_is_refused():
    for odd in (tiff(codes(C, 24), bits=24), tiff(codes(C, 8), tags={259: (3, [34887])})):
        with pytest.raises(BadPhoto):
            opened(odd, "photo.tif")


@pytest.mark.parametrize("tile", [(1 << 23, 32), (16, 1 << 21)])
@pytest.mark.parametrize("bits", [8, 12])
def test_a_tile_far_larger_than_its_picture_is_not_held(tile: tuple[int, int], bits: int):
    data = tiff(codes(C, bits), bits=bits, tile=16)
    found = tiff_tags.read(data)
    numbers = {tag: found.all(tag) for tag in found.entries} | {322: tile[:1], 323: tile[1:]}
    started = time.process_time()
    with pytest.raises(BadPhoto):
        opened(tiff_tags.with_pictures(found, [numbers]))
    assert time.process_time() - started < 2
