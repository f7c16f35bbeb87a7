"""The strip: all frames in one row, whatever of them is known."""

import numpy as np
import pytest
from PIL import Image

from videoai.events import Frame, Preview, Step, VideoFrame
from videoai.jobs.pictures import MOST, Pictures

RED, BLUE, GREEN = (200, 20, 20), (20, 20, 200), (20, 180, 20)


def plain(colour: tuple[int, int, int], width: int = 320, height: int = 192) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def colours(path, frames: int) -> list[tuple[int, int, int]]:
    with Image.open(path) as image:
        assert image.width % frames == 0
        width = image.width // frames
        return [image.convert("RGB").getpixel((width * n + width // 2, image.height // 2)) for n in range(frames)]


def near(found, colour) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(found, colour, strict=True))


@pytest.fixture
def pictures(tmp_path, monkeypatch) -> Pictures:
    monkeypatch.setattr("videoai.jobs.pictures._PAUSE_SECONDS", 0)
    return Pictures(tmp_path, plain(RED), 4)


def finish(pictures: Pictures, frames: list) -> None:
    for index, frame in enumerate(frames):
        pictures.hear(VideoFrame(index, frame))
    pictures.finish()


def test_a_preview_becomes_a_strip_of_its_frames(pictures, tmp_path):
    pictures.hear(Preview(np.stack([plain(c, 40, 24) for c in (RED, BLUE, GREEN, BLUE)])))
    with Image.open(tmp_path / "preview.webp") as image:
        assert image.size == (4 * 160, 96)
    assert all(map(near, colours(tmp_path / "preview.webp", 4), (RED, BLUE, GREEN, BLUE)))


def test_frames_that_are_not_there_yet_are_the_photo(pictures, tmp_path):
    pictures.hear(Frame(0, plain(GREEN)))
    assert all(map(near, colours(tmp_path / "preview.webp", 4), (GREEN, RED, RED, RED)))


def test_of_very_many_frames_some_are_shown_evenly(pictures, tmp_path):
    """A WebP picture is at most 16383 pixels wide: 140 frames of 160 are not."""
    finish(pictures, [plain((index, 0, 0)) for index in range(240)])
    with Image.open(tmp_path / "preview.webp") as image:
        count = image.width // 160
    assert (count, MOST) == (60, 100)
    assert all(abs(red - 4 * index) < 12 for index, (red, _, _) in enumerate(colours(tmp_path / "preview.webp", count)))


def test_a_preview_of_a_later_part_stands_at_its_place_in_the_clip(tmp_path):
    pictures = Pictures(tmp_path, plain(RED), 5)
    pictures.hear(Preview(np.stack([plain(c, 40, 24) for c in (BLUE, GREEN, BLUE)]), start=2))
    assert all(map(near, colours(tmp_path / "preview.webp", 5), (RED, RED, BLUE, GREEN, BLUE)))


def test_of_a_very_long_clip_some_frames_are_shown_while_it_is_made_too(tmp_path):
    """25 frames extended 8 times are 217."""
    pictures = Pictures(tmp_path, plain(RED), 217)
    pictures.hear(Preview(np.stack([plain(BLUE, 40, 24)] * 25), start=192))
    with Image.open(tmp_path / "preview.webp") as image:
        count = image.width // 160
    assert count == 73
    assert [near(found, BLUE) for found in colours(tmp_path / "preview.webp", count)] == [False] * 64 + [True] * 9


def test_other_events_write_nothing(pictures, tmp_path):
    pictures.hear(Step(1))
    assert list(tmp_path.iterdir()) == []


def test_in_the_end_there_are_the_videos_frames_and_a_poster_in_full_size(pictures, tmp_path):
    finish(pictures, [plain(c) for c in (BLUE, GREEN, GREEN, RED, RED)])
    assert all(map(near, colours(tmp_path / "preview.webp", 5), (BLUE, GREEN, GREEN, RED, RED)))
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.size == (320, 192)
        assert near(poster.getpixel((160, 96)), BLUE)


def test_portraits_are_no_taller_than_landscapes_are_wide(tmp_path):
    finish(Pictures(tmp_path, plain(RED, 192, 320), 2), [plain(RED, 192, 320)] * 2)
    with Image.open(tmp_path / "preview.webp") as image:
        assert image.size == (2 * 96, 160)
