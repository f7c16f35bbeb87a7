"""PNG: every kind of numbers, animations, and files that are not quite as they should be, as Chromium shows them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest

from tests.media.conftest import ChromiumsEye
from tests.media.pictures import HEIGHT, PHOTOS, WIDTH, codes, colours, distance, greys, opened
from tests.media.pngs import GREY, GREY_ALPHA, MARK, PALETTE, RGB, RGB_ALPHA, chunk, header, pixels, png
from videoai.errors import BadPhoto

C, G = codes(colours(), 8), codes(greys(), 8)
END = chunk(b"IEND", b"")
SHADES = np.tile(np.linspace(0, 1, WIDTH), (HEIGHT, 1))[..., None]


def kinds() -> Iterator[tuple[str, bytes]]:
    for bits in (1, 2, 4, 8, 16):
        grey = codes(greys(), bits)
        most = int(np.bincount(grey.ravel()).argmax())
        map_ = bytes((at * 37 + band * 85) % 256 for at in range(min(256, 2**bits)) for band in range(3))
        for interlaced in (False, True):
            made = {"grey": png(grey, GREY, bits, interlaced=interlaced)}
            clear = chunk(b"tRNS", struct.pack(">H", most))
            made["grey, one clear"] = png(grey, GREY, bits, interlaced=interlaced, before=[clear])
            if bits <= 8:
                colour = chunk(b"PLTE", map_)
                clear = chunk(b"tRNS", bytes([0, 128, 255, 20][: 2**bits]))
                made["palette"] = png(grey, PALETTE, bits, interlaced=interlaced, before=[colour])
                made["palette, some clear"] = png(grey, PALETTE, bits, interlaced=interlaced, before=[colour, clear])
            if bits >= 8:
                rough = codes(colours(), 3) << bits - 3
                clear = chunk(b"tRNS", struct.pack(">HHH", *map(int, rough[2, 2])))
                alpha = codes(SHADES, bits)
                full = codes(colours(), bits)
                made["colour, one clear"] = png(rough, RGB, bits, interlaced=interlaced, before=[clear])
                made["colour, alpha"] = png(np.concatenate([full, alpha], 2), RGB_ALPHA, bits, interlaced=interlaced)
                made["grey, alpha"] = png(np.concatenate([grey, alpha], 2), GREY_ALPHA, bits, interlaced=interlaced)
            yield from ((f"{name}, {bits} bits, {interlaced=}", data) for name, data in made.items())


def exif(orientation: int) -> bytes:
    return b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0" + bytes([orientation, 0, 0, 0]) + b"\0\0\0\0"


def with_odd_chunks() -> Iterator[tuple[str, bytes]]:
    odd = {
        "long text": chunk(b"tEXt", b"Comment\0" + b"x" * 2_000_000),
        "a bomb of text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 20_000_000)),
        "another": chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(b"x" * 20_000_000)),
        "text, bad checksum": chunk(b"tEXt", b"Comment\0x", crc=5),
        "Exif, bad checksum": chunk(b"eXIf", exif(1), crc=5),
        "no Exif in it": chunk(b"eXIf", b"hello"),
        "nothing in it": chunk(b"eXIf", b""),
        "not hexadecimal": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 4\nzzzz")),
        "no profile": chunk(b"iCCP", b"icc\0\0" + zlib.compress(b"nonsense")),
        "profile, not compressed": chunk(b"iCCP", b"icc\0\0abcdef"),
        "profile, bad checksum": chunk(b"iCCP", b"icc\0\0" + zlib.compress(b"nonsense"), crc=4),
        "no time": chunk(b"tIME", b"1"),
        "unknown": chunk(b"abCd", b"1" * 100),
        "palette without need": chunk(b"PLTE", b"\1\2\3" * 10),
    }
    yield from ((f"{name}, before", png(C, before=[one])) for name, one in odd.items())
    yield from ((f"{name}, after", png(C, after=[one])) for name, one in odd.items() if "palette" not in name)
    yield "many", png(C, before=[chunk(b"tEXt", b"C%d\0x" % at) for at in range(5000)])
    for orientation in range(1, 9):
        yield f"orientation {orientation}", png(C, before=[chunk(b"eXIf", exif(orientation))])


def frame(number: int, width: int = WIDTH, height: int = HEIGHT, left: int = 0, top: int = 0) -> bytes:
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, left, top, 1, 10, 0, 0))


def animations() -> Iterator[tuple[str, bytes]]:
    start, first = MARK + header(WIDTH, HEIGHT, RGB, 8), chunk(b"IDAT", pixels(C, 8))
    start += chunk(b"acTL", struct.pack(">II", 1, 0))
    second = pixels(255 - C, 8)
    whole = chunk(b"fdAT", b"\0\0\0\1" + second)
    halves = chunk(b"fdAT", b"\0\0\0\1" + second[:999]) + chunk(b"fdAT", b"\0\0\0\2" + second[999:])
    part = chunk(b"fdAT", b"\0\0\0\1" + pixels(255 - C[10:40, 20:60], 8))
    yield "picture first", start + frame(0) + first + frame(1) + chunk(b"fdAT", b"\0\0\0\2" + second) + END
    yield "picture hidden", start + first + frame(0) + whole + END
    yield "frame in pieces", start + first + frame(0) + halves + END
    yield "two frames", start + first + frame(0) + whole + frame(2) + chunk(b"fdAT", b"\0\0\0\3" + second) + END
    yield "small frame", start + first + frame(0, 40, 30, 20, 10) + part + END
    yield "no animation", MARK + header(WIDTH, HEIGHT, RGB, 8) + first + frame(0) + whole + END
    veiled = np.concatenate([255 - C, np.full_like(G, 128)], axis=2)
    start = MARK + header(WIDTH, HEIGHT, RGB_ALPHA, 8) + chunk(b"acTL", struct.pack(">II", 1, 0))
    start += chunk(b"IDAT", pixels(np.concatenate([C, 255 + 0 * G], axis=2), 8))
    yield "veiled", start + frame(0) + chunk(b"fdAT", b"\0\0\0\1" + pixels(veiled, 8)) + END
    part = chunk(b"fdAT", b"\0\0\0\1" + pixels(veiled[10:40, 20:60], 8))
    yield "small and veiled", start + frame(0, 40, 30, 20, 10) + part + END


def with_an_odd_end() -> Iterator[tuple[str, bytes]]:
    whole, packed, head = png(C), pixels(C, 8), MARK + header(WIDTH, HEIGHT, RGB, 8)
    yield "no end", whole[:-12]
    yield "half an end", whole[:-5]
    yield "more after it", whole + b"x" * 1000
    yield "pixels, bad checksum", head + chunk(b"IDAT", packed, crc=3) + END
    yield "numbers, bad checksum", head + chunk(b"IDAT", packed[:-4] + b"abcd") + END
    yield "numbers, no checksum", head + chunk(b"IDAT", packed[:-4]) + END
    yield "more numbers", head + chunk(b"IDAT", packed + b"more") + END
    yield "crumbs", head + b"".join(chunk(b"IDAT", packed[at : at + 7]) for at in range(0, len(packed), 7)) + END
    yield "empty ones", head + chunk(b"IDAT", b"") + chunk(b"IDAT", packed) + chunk(b"IDAT", b"") + END


@pytest.mark.parametrize("variants", [kinds, with_odd_chunks, animations, with_an_odd_end])
def test_what_chromium_shows(variants, chromiums_eye: ChromiumsEye):
    far = {}
    for name, data in variants():
        right = chromiums_eye(data)
        assert right is not None, name
        if (off := distance(data, right)) > 1:
            far[name] = off
        told = any(name.startswith(no) for no in ("no profile", "profile, not compressed")) and "before" in name
        assert len(opened(data).notices) == told, name
    assert far == {}


NAMES = ("apng-hidden-default", "png-grey4-trns", "png-rawprofile-exif-orientation", "png-itxt-big", "png-exif-bad")


@pytest.mark.parametrize("name", [*NAMES, "png-bad-crc-text"])
def test_what_once_came_out_wrong_or_not_at_all(name: str, chromiums_eye: ChromiumsEye):
    data = (PHOTOS / f"{name}.png").read_bytes()
    right = chromiums_eye(data)
    assert right is not None
    assert distance(data, right) < 1


def test_orientation_in_a_text_chunk_alone_does_not_count():
    text = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n%8d\n%s\n" % (len(exif(6)), exif(6).hex().encode()))
    assert (opened(png(C, before=[chunk(b"zTXt", text)])).width) == WIDTH


@pytest.mark.parametrize("in_one", [True, False])
@pytest.mark.parametrize("share", [0.95, 0.8, 0.7])
def test_of_a_file_that_breaks_off_the_rows_that_are_there_are_shown(share: float, in_one: bool):
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3))  # as large in the file as out of it
    packed = pixels(noise, 8)
    pieces = [packed] if in_one else [packed[at : at + 1000] for at in range(0, len(packed), 1000)]
    data = b"".join([MARK, header(WIDTH, HEIGHT, RGB, 8), *(chunk(b"IDAT", piece) for piece in pieces)])
    photo = opened(data[: int(len(data) * share)])
    seen = photo.image.numpy()
    assert abs(len(seen) / HEIGHT - share) < 0.04
    assert (seen == noise[: len(seen)]).all()
    assert len(photo.notices) == 1
    with pytest.raises(BadPhoto, match="damaged"):
        opened(data[: len(data) // 2])


def test_an_interlaced_file_that_breaks_off_is_less_sharp(chromiums_eye: ChromiumsEye):
    data = png(C, interlaced=True)
    for share in (0.95, 0.8, 0.6):
        broken = data[: int(len(data) * share)]
        photo = opened(broken)
        assert photo.notices == (
            "The photo's file is incomplete: parts of the picture are less sharp than they should be.",
        )
        assert np.abs(photo.image.numpy() - C).mean() < 8
    with pytest.raises(BadPhoto, match="damaged"):
        opened(data[: len(data) // 5])


def test_rows_from_where_a_file_was_changed_are_not_shown():
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3))
    packed = bytearray(pixels(noise, 8))
    pieces = [chunk(b"IDAT", bytes(packed[at : at + 1000])) for at in range(0, len(packed), 1000)]
    changed = len(pieces) * 4 // 5
    pieces[changed] = pieces[changed][:500] + bytes([pieces[changed][500] ^ 0x55]) + pieces[changed][501:]
    photo = opened(MARK + header(WIDTH, HEIGHT, RGB, 8) + b"".join(pieces) + END)
    seen = photo.image.numpy()
    assert abs(len(seen) / HEIGHT - 0.8) < 0.06
    assert (seen == noise[: len(seen)]).all()
    assert len(photo.notices) == 1
