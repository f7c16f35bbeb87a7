"""BMP: every kind of numbers under every header, as Chromium shows it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.media.bmps import (
    ALPHA_FIELDS,
    FIELDS,
    INFO,
    OS2,
    OS2_LONG,
    RLE4,
    RLE8,
    V2,
    V3,
    V4,
    V5,
    Palette,
    bmp,
    rows,
    run_lengths,
)
from tests.media.conftest import ChromiumsEye
from tests.media.pictures import HEIGHT, PHOTOS, WIDTH, Pixels, codes, colours, distance, greys, opened
from videoai.errors import BadPhoto

C, G = colours(), greys()
ALPHA = np.tile(np.linspace(0, 1, WIDTH), (HEIGHT, 1))
SIZE = (WIDTH, HEIGHT)
LONG = (INFO, OS2_LONG, V4, V5)


def palette(number: int) -> Palette:
    return [(at * 111 % 256, 255 * at // (number - 1), 255 - at * 91 % 256) for at in range(number)]


def fields(masks: tuple[int, ...], alpha: Pixels = ALPHA) -> Pixels:
    out = np.zeros((HEIGHT, WIDTH), np.int64)
    for picture, mask in zip([C[..., 0], C[..., 1], C[..., 2], alpha], masks, strict=False):
        shift = (mask & -mask).bit_length() - 1
        out |= codes(picture, (mask >> shift).bit_length()) << shift if mask else 0
    return out


def palettes() -> Iterator[tuple[str, bytes]]:
    for bits in (1, 2, 4, 8):
        number = 2**bits
        body = rows(codes(G[..., 0], bits), bits)
        for header in (OS2, *LONG):
            yield f"{bits}, header {header}", bmp(body, *SIZE, bits, header=header, palette=palette(number))
        upside = rows(codes(G[..., 0], bits), bits, top_down=True)
        yield f"{bits}, top row first", bmp(upside, WIDTH, -HEIGHT, bits, palette=palette(number))
        yield f"{bits}, says no colours", bmp(body, *SIZE, bits, palette=palette(number), said=0)
        yield f"{bits}, says too many", bmp(body, *SIZE, bits, palette=palette(number), said=1000)
        yield f"{bits}, too few", bmp(body, *SIZE, bits, palette=palette(number)[: number // 2 + 1])
        yield f"{bits}, gap", bmp(body, *SIZE, bits, palette=palette(number), gap=3)
        short = palette(number)[: number // 2 + 1]
        yield f"{bits}, too few in OS/2", bmp(body, *SIZE, bits, header=OS2, palette=short)


def runs() -> Iterator[tuple[str, bytes]]:
    for bits, way in ((8, RLE8), (4, RLE4)):
        bodies = {
            f"pieces of {piece}": run_lengths(codes(G[..., 0], bits), bits, piece) for piece in (3, 5, 7, 8, 9, 97)
        }
        usual = bodies["pieces of 7"]
        number = bytes(range(20 if bits == 8 else 10))
        bodies |= {
            "no end": usual[:-2],
            "short rows": bytes([50, 0x15, 0, 0]) + bytes([20, 0x11, 0, 0]) * 40 + b"\0\1",
            "deltas": bytes([50, 0x15, 0, 2, 10, 3, 30, 0x12, 0, 0])
            + bytes([0, 2, 5, 0, 20, 0x11, 0, 0]) * 30
            + b"\0\1",
            "too long": bytes([250, 0x15, 0, 0]) * HEIGHT + b"\0\1",
            "numbers past the edge": (bytes([90, 0x15, 0, 20]) + number + b"\0\0") * HEIGHT + b"\0\1",
            "no ends of rows": bytes([WIDTH, 0x15]) * HEIGHT + b"\0\1",
        }
        for name, body in bodies.items():
            yield f"RLE{bits}, {name}", bmp(body, *SIZE, bits, compression=way, palette=palette(2**bits))
        yield f"RLE{bits}, too few", bmp(usual, *SIZE, bits, compression=way, palette=palette(2**bits)[: 2**bits // 2])
        yield f"RLE{bits}, long", bmp(usual, *SIZE, bits, compression=way, palette=palette(2**bits), header=V4)


MASKS = {
    16: (
        (0x7C00, 0x3E0, 0x1F),
        (0xF800, 0x7E0, 0x1F),
        (0xF00, 0xF0, 0xF),
        (0x1F, 0x7E0, 0xF800),
        (0xE0, 0x1C, 3),
        (4, 2, 1),
    ),
    32: (
        (0xFF0000, 0xFF00, 0xFF),
        (0xFF000000, 0xFF0000, 0xFF00),
        (0x3FF00000, 0xFFC00, 0x3FF),
        (0xF0, 0xFF00, 0xFF0000),
    ),
}
ALPHA_MASKS = {
    16: ((0xF00, 0xF0, 0xF, 0xF000), (0x7C00, 0x3E0, 0x1F, 0x8000)),
    32: ((0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
}


def bit_fields() -> Iterator[tuple[str, bytes]]:
    for bits, all_masks in MASKS.items():
        for masks in all_masks:
            for header in (INFO, V2, V3, V4, V5):
                said = masks if header <= V2 else (*masks, 0)
                data = bmp(rows(fields(masks), bits), *SIZE, bits, header=header, compression=FIELDS, masks=said)
                yield f"{bits} bits, {masks}, header {header}", data
    for bits, all_masks in ALPHA_MASKS.items():
        for masks in all_masks:
            for header, way in ((INFO, FIELDS), (INFO, ALPHA_FIELDS), (V3, FIELDS), (V5, FIELDS), (V4, ALPHA_FIELDS)):
                for alpha in (ALPHA, 0 * ALPHA):
                    body = rows(fields(masks, alpha), bits)
                    data = bmp(body, *SIZE, bits, header=header, compression=way, masks=masks)
                    yield f"alpha {masks}, header {header}, {way}, {alpha.max()}", data
    usual = ALPHA_MASKS[32][0]
    yield "said without need", bmp(rows(fields(usual), 32), *SIZE, 32, header=V4, masks=usual)


def plain() -> Iterator[tuple[str, bytes]]:
    blue_first = codes(C, 8)[..., ::-1]
    with_more = np.concatenate([blue_first, codes(ALPHA[..., None], 8)], axis=2)
    for header in (OS2, *LONG, 16, 20, 36, 48):
        yield f"24 bits, header {header}", bmp(rows(blue_first, 24), *SIZE, 24, header=header)
    for header in LONG:
        yield f"32 bits, header {header}", bmp(rows(with_more, 32), *SIZE, 32, header=header)
        yield f"16 bits, header {header}", bmp(rows(fields(MASKS[16][0]), 16), *SIZE, 16, header=header)
    yield "24 bits, top row first", bmp(rows(blue_first, 24, top_down=True), WIDTH, -HEIGHT, 24)
    yield "24 bits and a palette", bmp(rows(blue_first, 24), *SIZE, 24, palette=palette(20))
    yield "24 bits, gap", bmp(rows(blue_first, 24), *SIZE, 24, gap=7)


@pytest.mark.parametrize("kind", [palettes, runs, bit_fields, plain])
def test_what_chromium_shows(kind, chromiums_eye: ChromiumsEye):
    seen = {name: (chromiums_eye(data), data) for name, data in kind()}
    known = {name: (right, data) for name, (right, data) in seen.items() if right is not None}
    assert len(known) > 0.9 * len(seen)  # two bits under OS/2's header are too odd for it
    far = {name: distance(data, right) for name, (right, data) in known.items()}
    assert {name: off for name, off in far.items() if off > 1} == {}


@pytest.mark.parametrize("name", ["bmp-rle4.bmp", "bmp-16bit-x444.bmp"])
def test_what_once_came_out_wrong(name: str, chromiums_eye: ChromiumsEye):
    data = (PHOTOS / name).read_bytes()
    right = chromiums_eye(data)
    assert right is not None
    assert distance(data, right) < 1


def test_of_a_file_that_breaks_off_the_rows_that_are_there_are_shown():
    blue_first = codes(C, 8)[..., ::-1]
    whole = bmp(rows(blue_first, 24), *SIZE, 24)
    line = len(rows(blue_first[:1], 24))
    photo = opened(whole[: -line * 10 - 7])
    assert (photo.height, len(photo.notices)) == (HEIGHT - 11, 1)
    assert np.abs(photo.image.numpy() - C[11:] * 255).mean() < 1
    assert opened(whole[:-1]).notices == ()  # what fills up the last row
    with pytest.raises(BadPhoto, match="damaged"):
        opened(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(bytes([0, 3, 1, 2, 3, 0]), marks=pytest.mark.slow, id="numbers"),
        pytest.param(bytes([0, 2, 0, 0]), id="moves"),
    ],
)
def test_runs_without_end_are_not_followed_to_theirs(body: bytes):
    with pytest.raises(BadPhoto, match="too long to open"):
        opened(bmp(body * 5_000_000, 10_000, 10_000, 8, compression=RLE8, palette=palette(256)))
