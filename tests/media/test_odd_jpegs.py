"""JPEG: every kind that programs write as Chromium shows it, and what there is of one that breaks off."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from tests.media.conftest import ChromiumsEye
from tests.media.pictures import PHOTOS, codes, colours, distance, opened, reference
from videoai.errors import BadPhoto
from videoai.media.decoding.decode import TargetSize, decode

END = b"\xff\xd9"


def photo(width: int, height: int) -> Image.Image:
    with Image.open(sorted(EXAMPLES.glob("*.jpg"))[0]) as image:
        return image.convert("RGB").resize((width, height))


def jpeg(image: Image.Image, *, orientation: int = 1, **options: object) -> bytes:
    file, exif = io.BytesIO(), Image.Exif()
    exif[274] = orientation
    image.save(file, "JPEG", exif=exif, **{"quality": 90, **options})
    return file.getvalue()


def kinds() -> Iterator[tuple[str, bytes]]:
    image = photo(199, 131)
    for mode in ("RGB", "L", "CMYK"):
        for progressive in (False, True):
            yield f"{mode}, {progressive=}", jpeg(image.convert(mode), progressive=progressive)
    for subsampling in (0, 1, 2):
        yield f"subsampling {subsampling}", jpeg(image, subsampling=subsampling)
    yield "RGB as it is", jpeg(image, keep_rgb=True)
    yield "restarts", jpeg(image, restart_marker_blocks=3)
    for orientation in range(2, 9):
        yield f"orientation {orientation}", jpeg(image, orientation=orientation)


def with_more() -> Iterator[tuple[str, bytes]]:
    image = photo(199, 131)
    plain, other = jpeg(image), jpeg(image.rotate(180))
    yield "rubbish after it", plain + b"junk" * 1000
    yield "zeros after it", plain + bytes(5000)
    yield "a gain map", plain + other
    yield "the beginning of another", plain + b"\xff\xd8\xff" * 100
    yield "a film", plain + b"\0\0\0\x18ftypmp42" + np.random.default_rng(1).bytes(100_000)
    yield "filling", plain[:2] + b"\xff\xff\xff" + plain[2:]
    yield "rubbish before the end", plain[:-2] + b"\0\0" + END
    yield "many segments", plain[:2] + (b"\xff\xe5\x00\x10" + b"x" * 14) * 3000 + plain[2:]


def of_others(folder: Path) -> Iterator[tuple[str, bytes]]:
    source, file = folder / "source.png", folder / "photo.jpg"
    photo(199, 131).save(source)
    magick, ffmpeg, vips = (
        find_tool(tool, package)
        for tool, package in (("convert-im6.q16", "imagemagick"), ("ffmpeg", "ffmpeg"), ("vips", "libvips-tools"))
    )
    commands = [
        *([magick, source, "-sampling-factor", of, file] for of in ("1x2", "4:1:1", "2x1,1x1,2x1", "1x1,2x2,2x2")),
        *([magick, source, *of.split(), file] for of in ("-colorspace CMYK -interlace JPEG", "-colorspace Gray")),
        *(
            [ffmpeg, "-y", "-i", source, "-pix_fmt", of, "-strict", "-1", file]
            for of in ("yuvj440p", "gray", "yuv420p")
        ),
        [vips, "jpegsave", source, file, "--Q", "90", "--interlace", "--optimize-scans", "--trellis-quant"],
    ]
    for command in commands:
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        yield " ".join(map(str, command[1:])), file.read_bytes()


@pytest.mark.parametrize("variants", [kinds, with_more, of_others])
def test_what_chromium_shows(variants, tmp_path: Path, chromiums_eye: ChromiumsEye):
    far = {}
    for name, data in variants(tmp_path) if variants is of_others else variants():
        right = chromiums_eye(data)
        assert right is not None, name
        if (off := distance(data, right)) > 1:
            far[name] = off
        assert opened(data).notices == (), name
    assert far == {}


def test_an_empty_first_segment():
    assert distance((PHOTOS / "jpeg-empty-app0.jpg").read_bytes(), reference()) < 2


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("after", [b"", bytes(4096)])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("height", [427, 424, 417])
def test_only_the_mark_of_the_end_is_missing(lost: int, after: bytes, subsampling: int, height: int):
    whole = jpeg(photo(640, height), subsampling=subsampling)
    broken = opened(whole[:-lost] + after)
    assert broken.notices == ()
    assert (broken.image.numpy() == opened(whole).image.numpy()).all()


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("restarts", [{}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 5}])
@pytest.mark.parametrize("after", [b"", bytes(9000)])
def test_of_a_file_that_breaks_off_no_row_is_shown_that_is_not_there(subsampling: int, restarts: dict, after: bytes):
    whole = jpeg(photo(640, 427), subsampling=subsampling, **restarts)
    right = opened(whole).image.numpy().astype(int)
    numbers = whole.index(b"\xff\xda")
    cuts = [len(whole) - 2 - lost for lost in (1, 2, 3, 5, 9, 40)]
    cuts += [numbers + int((len(whole) - numbers) * share) for share in (0.99, 0.95, 0.87, 0.8)]
    restart = whole.rfind(b"\xff\xd3")
    cuts += [restart, restart + 1, restart + 2] if restart > numbers + (len(whole) - numbers) * 0.8 else []
    for cut in cuts:
        broken = opened(whole[:cut] + after)
        seen = broken.image.numpy()
        assert len(seen) == broken.height >= 427 * 0.6
        assert np.abs(seen[-6:] - right[: len(seen)][-6:]).mean() < 3, cut
        assert (len(seen) < 427) == bool(broken.notices)
    assert len(opened(whole[: numbers + int((len(whole) - numbers) * 0.95)]).image.numpy()) > 0.85 * 427


@pytest.mark.parametrize("wanted", [TargetSize(640, 400), TargetSize(300, 200), TargetSize(100, 60)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_also_where_it_is_read_smaller(wanted: TargetSize, orientation: int):
    """What is missing would be grey; on a white picture that is seen."""
    whole = jpeg(Image.new("RGB", (2400, 1600), "white"), orientation=orientation, quality=95)
    numbers = whole.index(b"\xff\xda")
    for share in (0.97, 0.9, 0.8):
        broken = decode(whole[: numbers + int((len(whole) - numbers) * share)], "photo.jpg", wanted)
        assert broken.image.min() > 250
        assert len(broken.notices) == 1
        sides = broken.image.width, broken.image.height
        assert abs(sides[0] / sides[1] - broken.width / broken.height) < 0.03


def test_with_less_than_most_of_its_rows_it_is_damaged():
    whole = jpeg(photo(640, 427))
    numbers = whole.index(b"\xff\xda")
    for share in (0.3, 0.01):
        with pytest.raises(BadPhoto, match="damaged"):
            opened(whole[: numbers + int((len(whole) - numbers) * share)])
    with pytest.raises(BadPhoto, match="damaged"):
        opened(whole[: numbers - 100])


def test_a_progressive_one_that_breaks_off_is_less_sharp():
    whole = jpeg(photo(640, 427), progressive=True)
    right = opened(whole).image.numpy().astype(int)
    for share in (0.97, 0.8, 0.6):
        broken = opened(whole[: int(len(whole) * share)])
        assert broken.notices == (
            "The photo's file is incomplete: parts of the picture are less sharp than they should be.",
        )
        assert np.abs(broken.image.numpy() - right).mean() < 6
    with pytest.raises(BadPhoto, match="damaged"):  # of which there is only the average of each block
        opened(whole[: whole.index(b"\xff\xda") + 500])


def scan(number: int) -> bytes:
    """One that makes the numbers of all blocks more exact, and has nothing to say of it."""
    return b"\xff\xda\0\x08\1\1\0\1\x3f" + bytes([0x10 if number else 0x01]) + b"\0" * 20


@pytest.mark.parametrize("size", [(64, 64), (9000, 9000)])
def test_scans_without_end_are_counted_before_they_are_followed(size: tuple[int, int]):
    whole = jpeg(Image.new("L", size), progressive=True)
    with pytest.raises(BadPhoto, match="too long to open"):
        opened(whole[:-2] + b"".join(map(scan, range(1000))) + END)


def test_the_scans_of_what_comes_after_it_do_not_count():
    image = Image.fromarray(codes(colours(), 8).astype(np.uint8))
    data = jpeg(image, progressive=True)
    assert opened(data + b"".join(map(scan, range(1000)))).notices == ()


@pytest.mark.parametrize("share", [0.65, 0.9])
def test_an_end_that_comes_too_early_hides_no_rows(share: float):
    whole = jpeg(photo(320, 240), quality=90)
    early = whole[: int(len(whole) * share)].rstrip(b"\xff") + b"\xff\xd9"
    shown, complete = opened(early), opened(whole)
    assert "is incomplete" in shown.notices[0]
    assert 0.6 * complete.height <= shown.height < complete.height
    there = complete.image.crop(0, 0, complete.width, shown.height).numpy().astype(int)
    assert np.abs(shown.image.numpy().astype(int) - there)[:-1].mean() < 0.1
