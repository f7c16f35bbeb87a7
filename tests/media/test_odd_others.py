"""GIF and WebP: first frames, on their canvas, as Chromium shows them."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES
from tests.media.conftest import ChromiumsEye
from tests.media.gifs import frame, gif, table
from tests.media.pictures import HEIGHT, WIDTH, codes, colours, distance, greys, opened
from videoai.errors import BadPhoto

C = codes(colours(), 8).astype(np.uint8)
G = {bits: codes(greys(), bits)[..., 0] for bits in (1, 4, 8)}
SHADES = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
SIZE, LARGE, T = (WIDTH, HEIGHT), (120, 90), table(16)


def gifs() -> Iterator[tuple[str, bytes]]:
    for bits, numbers in G.items():
        yield f"{bits} bits", gif(*SIZE, table(2**bits), frame(numbers, bits))
    yield "interlaced", gif(*SIZE, T, frame(G[4], 4, interlaced=True))
    yield "own colours", gif(*SIZE, b"", frame(G[4], 4, colours=T))
    yield "own colours and others", gif(*SIZE, table(16, 11), frame(G[4], 4, colours=T))
    yield "one clear", gif(*SIZE, T, frame(G[4], 4, clear=int(np.bincount(G[4].ravel()).argmax())))
    yield "comments", gif(*SIZE, T, b"\x21\xfe\x05hello\0", frame(G[4], 4))
    yield "text", gif(*SIZE, T, b"\x21\x01\x0c" + bytes(12) + b"\x03abc\0", frame(G[4], 4))
    yield "no end", gif(*SIZE, T, frame(G[4], 4))[:-1]
    yield "more after it", gif(*SIZE, T, frame(G[4], 4)) + b"junk" * 100
    yield "no canvas", gif(0, 0, T, frame(G[4], 4))
    yield "small canvas", gif(60, 40, T, frame(G[4], 4, 10, 12))
    for background in (0, 5):
        yield f"small, {background}", gif(*LARGE, T, frame(G[4], 4, 10, 12), background=background)
        yield f"small, clear, {background}", gif(*LARGE, T, frame(G[4], 4, 10, 12, clear=3), background=background)
    yield "small, own colours", gif(*LARGE, b"", frame(G[4], 4, 10, 12, colours=T))
    yield "small, interlaced", gif(*LARGE, T, frame(G[4], 4, 10, 12, interlaced=True))
    for disposal in range(4):
        first = frame(G[4][:20, :30], 4, 5, 5, disposal=disposal, clear=2)
        yield f"two frames, {disposal}", gif(*SIZE, T, first, frame(15 - G[4], 4))


def webp(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", **options)
    return file.getvalue()


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(all_)) + all_ + b"\0" * (len(all_) % 2) for kind, all_ in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def three(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def webps() -> Iterator[tuple[str, bytes]]:
    opaque, veiled = Image.fromarray(C), Image.fromarray(np.dstack([C, SHADES]), "RGBA")
    for name, image in (("opaque", opaque), ("veiled", veiled)):
        yield f"{name}, lossy", webp(image, quality=90)
        yield f"{name}, lossless", webp(image, lossless=True)
        yield f"{name}, animated", webp(image, save_all=True, append_images=[image.rotate(180)], lossless=True)
    picture = webp(opaque, lossless=True)
    size = three(WIDTH - 1) + three(HEIGHT - 1)
    place = three(5) + three(6) + size + three(100) + b"\0"
    for flags in (2, 0x12):
        canvas = bytes([flags, 0, 0, 0]) + three(LARGE[0] - 1) + three(LARGE[1] - 1)
        parts = (b"VP8X", canvas), (b"ANIM", b"\xff\0\0\xff\0\0"), (b"ANMF", place + picture[12:])
        yield f"small first frame, {flags}", riff(*parts)
    pixels = picture[12:16], picture[20:]
    for name, flags, odd in (("Exif", 8, b"EXIF"), ("profile", 0x20, b"ICCP"), ("unknown", 0, b"ABCD")):
        parts = [(b"VP8X", bytes([flags, 0, 0, 0]) + size), (odd, b"garbage"), pixels]
        yield f"{name} is rubbish", riff(*parts)
    yield "more after it", picture + b"xx" * 50


@pytest.mark.parametrize("variants", [gifs, webps])
def test_what_chromium_shows(variants, chromiums_eye: ChromiumsEye):
    far = {}
    for name, data in variants():
        right = chromiums_eye(data)
        assert right is not None, name
        if (off := distance(data, right)) > 1:
            far[name] = off
    assert far == {}


def test_what_breaks_off_is_damaged():
    for data in (gif(*SIZE, T, frame(G[4], 4)), webp(Image.fromarray(C)), webp(Image.fromarray(C), lossless=True)):
        for share in (0.95, 0.5):
            with pytest.raises(BadPhoto, match="damaged"):
                opened(data[: int(len(data) * share)])


def test_of_a_gif_only_the_marks_of_the_end_are_missing():
    whole = io.BytesIO()
    Image.open(EXAMPLES / "coffee.png").convert("P").save(whole, "GIF")
    complete = opened(whole.getvalue())
    for lost in (1, 2):
        found = opened(whole.getvalue()[:-lost])
        assert found.notices == ()
        assert found.image.write_to_memory() == complete.image.write_to_memory()


def test_the_canvas_of_a_small_frame_takes_little():
    photo = opened(gif(4_000, 2_000, T, frame(G[4], 4, 3_000, 1_500)))
    assert (photo.width, photo.height) == (4_000, 2_000)
    with pytest.raises(BadPhoto, match="is 60000 × 60000 pixels"):
        opened(gif(60_000, 60_000, T, frame(G[4], 4)))
