"""A photo may be whatever a program has of it, and the video is the same."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import videoai
from tests.conftest import EXAMPLES
from tests.python.conftest import PHOTO
from videoai.errors import BadPhoto
from videoai.media.given_photo import given_photo
from videoai.media.photo import read_photo
from videoai.media.photo_decoder import MAX_BYTES


def pixels(photo: object) -> np.ndarray:
    return np.asarray(given_photo(photo).read().image)


def saved(image: Image.Image, **more: object) -> bytes:
    file = io.BytesIO()
    image.save(file, **more)
    return file.getvalue()


def test_every_kind_of_photo_is_the_same_picture():
    wanted = np.asarray(read_photo(PHOTO).image)
    content, image = PHOTO.read_bytes(), Image.open(PHOTO)
    kinds = [
        str(PHOTO),
        content,
        bytearray(content),
        memoryview(content),
        io.BytesIO(content),
        image,
        np.asarray(image),
    ]
    assert all(np.array_equal(pixels(each), wanted) for each in kinds)
    with PHOTO.open("rb") as file:
        assert np.array_equal(pixels(file), wanted)


def test_a_file_is_read_from_where_it_is():
    file = io.BytesIO(b"before" + PHOTO.read_bytes())
    file.seek(len(b"before"))
    assert np.array_equal(pixels(file), pixels(PHOTO))


def test_a_picture_in_memory_is_treated_as_its_file():
    """Its transparency, its orientation, its grey and its colours of print."""
    small = Image.open(EXAMPLES / "chelsea.png").convert("RGB").resize((120, 80))
    clear = small.copy()
    clear.putalpha(Image.linear_gradient("L").resize((120, 80)))
    assert np.array_equal(pixels(clear), pixels(saved(clear, format="PNG")))
    assert np.array_equal(pixels(np.asarray(clear)), pixels(clear))

    file = saved(small, format="PNG", exif=_exif(orientation=6))
    assert pixels(file).shape == (120, 80, 3)
    assert np.array_equal(pixels(Image.open(io.BytesIO(file))), pixels(file))

    grey = small.convert("L")
    assert np.array_equal(pixels(np.asarray(grey)), pixels(grey))
    assert np.array_equal(pixels(np.asarray(grey)[:, :, None]), pixels(grey))
    print_colours = small.convert("CMYK")
    assert np.array_equal(pixels(print_colours), pixels(saved(print_colours, format="TIFF")))
    others = [grey.convert(mode) for mode in ("1", "P", "LA", "I", "F")] + [
        small.convert(mode) for mode in ("HSV", "YCbCr")
    ]
    assert {pixels(other).shape for other in others} == {(80, 120, 3)}


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def test_a_view_of_an_array_is_read_as_it_looks():
    array = np.asarray(Image.open(PHOTO))
    assert np.array_equal(pixels(array[::-1, ::-1]), pixels(array)[::-1, ::-1])


def test_a_huge_picture_in_memory_needs_no_huge_file():
    """Noise of 36 million pixels is more as a PNG than a file may be."""
    noise = np.random.default_rng(1).integers(0, 255, (4000, 9000, 3), dtype=np.uint8)
    assert noise.nbytes > MAX_BYTES
    height, width, _ = pixels(noise).shape
    assert height >= 1024
    assert abs(width / height - 9000 / 4000) < 0.01


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        (None, "A photo cannot be a NoneType."),
        (7, "A photo cannot be a int."),
        ([[1, 2], [3, 4]], "A photo cannot be a list."),
        (np.zeros((4, 6, 3)), "This array cannot be a photo: it is (4, 6, 3) of float64."),
        (np.zeros((4, 6, 3), bool), "This array cannot be a photo: it is (4, 6, 3) of bool."),
        (np.zeros((3, 4, 6), np.uint8), "This array cannot be a photo: it is (3, 4, 6) of uint8."),
        (np.zeros((2, 4, 6, 3), np.uint8), "This array cannot be a photo: it is (2, 4, 6, 3) of uint8."),
        (np.zeros((0, 6, 3), np.uint8), "This array cannot be a photo: it is (0, 6, 3) of uint8."),
        (np.zeros(5, np.uint8), "This array cannot be a photo: it is (5,) of uint8."),
        (b"", "photo is empty."),
        (b"no picture", "photo is a text file, not a photo VideoAi can read."),
        (io.StringIO("text"), "photo is opened as text, and a photo is bytes."),
        (io.BytesIO(bytes(MAX_BYTES + 1)), "photo"),
        ("no-such.jpg", "There is no file no-such.jpg."),
        ("", "is not a file."),
        ("a\0b.jpg", "cannot be opened"),
        (Image.open(io.BytesIO(PHOTO.read_bytes()[:5000])), "This picture cannot be read: "),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_photo_is_refused_with_a_sentence(photo, said):
    with pytest.raises(BadPhoto) as refused:
        videoai.load("draft")(photo)
    assert said in refused.value.message
    assert refused.value.hint


def test_a_file_that_is_closed_or_written_to_is_refused(tmp_path):
    closed = PHOTO.open("rb")
    closed.close()
    with pytest.raises(BadPhoto, match=r"coffee.png cannot be read: read of closed file."):
        given_photo(closed).read()
    with (tmp_path / "new.jpg").open("wb") as written, pytest.raises(BadPhoto, match=r"new.jpg cannot be read"):
        given_photo(written).read()


def test_a_folder_is_named_by_what_was_asked_for():
    with pytest.raises(BadPhoto, match=r"^\. is not a file"):
        given_photo("").read()
