"""GIFs, decoded again: their palette, their dithering, how long each frame is shown, and the memory they take."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from tests.conftest import EXAMPLES, ROOT, find_tool
from tests.disks import fill, mounted
from videoai.errors import WriteFailed
from videoai.events import Pixels
from videoai.media.metadata import read_metadata
from videoai.media.photo import read_photo
from videoai.media.video import write_video

SIDE = 192


def panned(photo: str, count: int = 8) -> list[Pixels]:
    """A pan over a real photo, whose right half stands still."""
    wide = read_photo(EXAMPLES / photo).fitted(SIDE + 64, SIDE)
    half = SIDE // 2
    return [np.hstack([wide[:, 3 * index : 3 * index + half], wide[:, -half:]]) for index in range(count)]


def shown(path: Path) -> tuple[list[Pixels], list[int]]:
    """The frames as Pillow shows them, and for how many milliseconds each."""
    frames, durations = [], []
    with Image.open(path) as image:
        for index in range(image.n_frames):
            image.seek(index)
            frames.append(np.asarray(image.convert("RGB")))
            durations.append(image.info["duration"])
    return frames, durations


def decibels(one: Pixels, two: Pixels) -> float:
    """How alike they are to an eye that does not see single dots."""
    soft, other = (gaussian_filter(each.astype(float), (1.5, 1.5, 0)) for each in (one, two))
    return float(10 * np.log10(255**2 / np.square(soft - other).mean()))


def as_before(frames: list[Pixels], path: Path) -> list[Pixels]:
    """Each frame with a palette of its own and error diffusion."""
    images = [Image.fromarray(frame).quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames]
    images[0].save(path, save_all=True, append_images=images[1:], duration=100, loop=0, optimize=False, disposal=1)
    return shown(path)[0]


@pytest.mark.parametrize("photo", ["coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png"])
def test_what_stands_still_is_still_and_the_rest_is_nearer_than_by_error_diffusion(tmp_path, photo):
    frames = panned(photo)
    ours, _ = shown(write_video(tmp_path / "ours.gif", frames, 10))
    theirs = as_before(frames, tmp_path / "theirs.gif")
    half = slice(SIDE // 2, None)
    assert all(np.array_equal(a[:, half], b[:, half]) for a, b in itertools.pairwise(ours))
    assert not all(np.array_equal(a[:, half], b[:, half]) for a, b in itertools.pairwise(theirs)), "it crawled"
    near, nearer = (np.mean([decibels(*pair) for pair in zip(made, frames, strict=True)]) for made in (theirs, ours))
    assert nearer > near + 2
    assert (tmp_path / "ours.gif").stat().st_size < 0.8 * (tmp_path / "theirs.gif").stat().st_size


def test_all_frames_have_one_palette(tmp_path):
    path = write_video(tmp_path / "clip.gif", panned("coffee.png"), 10)
    data = path.read_bytes()
    assert data[:6] == b"GIF89a"
    assert data[10] & 0x87 == 0x87, "a palette of 256 for all"
    colours = np.frombuffer(data[13 : 13 + 768], np.uint8).reshape(-1, 3)
    assert len(np.unique(colours, axis=0)) > 200
    # After each control block comes where the frame is, and whether it has a palette of its own.
    frames = list(re.finditer(rb"\x21\xf9\x04.{4}\x00\x2c.{8}(.)", data, re.DOTALL))
    assert len(frames) == 8
    assert not any(frame[1][0] & 0x80 for frame in frames)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (128, 128, 128), (250, 180, 20), (0, 0, 0)])
def test_flat_colours_are_exact_and_frames_alike_are_one(tmp_path, colour):
    frame = np.full((40, 60, 3), colour, np.uint8)
    frames, durations = shown(write_video(tmp_path / "flat.gif", [frame] * 4, 2))
    assert len(frames) == 1
    assert durations == [2000]
    assert np.array_equal(frames[0], frame)


def test_a_picture_of_few_colours_keeps_them(tmp_path):
    rng = np.random.default_rng(1)
    few = rng.integers(0, 256, (40, 3), dtype=np.uint8)
    frames = [few[rng.integers(0, 40, (64, 64))] for _ in range(3)]
    made, _ = shown(write_video(tmp_path / "few.gif", frames, 10))
    assert np.array_equal(made, frames)


@pytest.mark.parametrize(("fps", "last"), [
    (6, Fraction(1)), (7, Fraction(3, 2)), (24, Fraction(1, 2)), (30, Fraction(1)), (50, Fraction(1)),
])  # fmt: skip
def test_frames_keep_their_time(tmp_path, fps, last):
    frames, durations = shown(write_video(tmp_path / "clip.gif", panned("rocket.jpg", 12), fps, last=last))
    assert len(frames) == 12
    assert sum(durations) == pytest.approx(1000 * (11 + last) / fps, abs=5)
    assert max(durations[:-1]) - min(durations[:-1]) <= 10
    assert min(durations) >= 20


@pytest.mark.parametrize("fps", [60, 75, 100, 120])
def test_no_frame_is_shown_so_shortly_that_a_browser_slows_it_down(tmp_path, fps):
    frames, durations = shown(write_video(tmp_path / "clip.gif", panned("rocket.jpg", 20), fps))
    assert min(durations) >= 20
    assert sum(durations) == pytest.approx(20_000 / fps, abs=5)
    assert len(frames) < 20


def test_ffmpeg_shows_the_same(tmp_path):
    path = write_video(tmp_path / "clip.gif", panned("chelsea.png"), 10)
    command = [find_tool("ffmpeg", "ffmpeg"), "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    assert np.array_equal(np.frombuffer(raw, np.uint8).reshape(-1, SIDE, SIDE, 3), np.stack(shown(path)[0]))


def test_whoever_waits_is_told_of_each_frame(tmp_path):
    told: list[tuple[int, int]] = []
    frames = panned("rocket.jpg", 5)
    write_video(tmp_path / "clip.gif", frames, 10, on_frame=lambda *both: told.append(both))
    assert told == [(index, 5) for index in range(5)]


def test_who_cancels_while_it_is_written_leaves_nothing(tmp_path):
    class Enough(Exception):
        pass

    def hear(done: int, count: int) -> None:
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        write_video(tmp_path / "clip.gif", panned("rocket.jpg", 5), 10, on_frame=hear)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, suffix):
    with mounted(tmp_path / "disk") as disk:
        fill(disk)
        with pytest.raises(WriteFailed):
            write_video(disk / f"clip{suffix}", panned("rocket.jpg", 5), 10)
        assert [path.name for path in disk.iterdir()] == ["ballast"]


_WRITE = """
import sys
import numpy as np
from pathlib import Path
from videoai.media.video import write_video
count = int(sys.argv[2])
noise = np.random.default_rng(1).integers(0, 256, (384, 640, 3), dtype=np.uint8) // 8 * 8
write_video(Path(sys.argv[1]), (np.roll(noise, index, 1) for index in range(count)), 24)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process that has ended is asked of Linux")
@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_long_clip_takes_no_more_memory_than_a_short_one(tmp_path, suffix):
    def peak(count: int) -> int:
        words = [sys.executable, "-c", _WRITE, str(tmp_path / f"clip{suffix}"), str(count)]
        return int(subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout) << 10

    size, long = 640 * 384 * 3, peak(60)
    packed = (tmp_path / f"clip{suffix}").stat().st_size if suffix == ".webp" else 0  # which its encoder holds
    assert long - peak(10) < 10 * size + 6 * packed


def coming(count: int) -> Iterator[Pixels]:
    for index in range(count):
        yield np.full((16, 16, 3), index, np.uint8)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_one_frame_is_a_video_too(tmp_path, suffix):
    with Image.open(write_video(tmp_path / f"clip{suffix}", coming(1), 6, comment="{}")) as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
@pytest.mark.parametrize("level", [0, 131])
def test_a_clip_in_which_nothing_moves_is_as_long_and_says_how_it_was_made(tmp_path, suffix, level):
    """An encoder of moving pictures may make a still one of it, without a time."""
    pixels = np.full((32, 48, 3), level, np.uint8)
    pixels[8:16] //= 2
    made = write_video(
        tmp_path / f"clip{suffix}", [pixels] * 12, 8, comment='{"videoai": "1", "settings": {"seed": 7}}'
    )
    frames, durations = shown(made)
    assert sum(durations) == pytest.approx(12_000 / 8, abs=5)
    assert {frame.shape for frame in frames} == {pixels.shape}
    assert max(np.abs(frame.astype(int) - pixels).mean() for frame in frames) < 1
    assert read_metadata(made)["settings"] == {"seed": 7}


def test_webp_takes_frames_as_they_come_and_keeps_their_time(tmp_path):
    frames, durations = shown(write_video(tmp_path / "clip.webp", panned("rocket.jpg", 9), 7, last=Fraction(3, 2)))
    assert len(frames) == 9
    assert durations[-1] == round(8.0 * 1000 / 7 + 1.5 * 1000 / 7) - round(8 * 1000 / 7)
    assert sum(durations) == round(9.5 * 1000 / 7)
    assert np.mean([decibels(*pair) for pair in zip(frames, panned("rocket.jpg", 9), strict=True)]) > 38
