"""Videos of anybody's: what they are, and their frames as they are shown, whatever the file says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from videoai.errors import BadVideo
from videoai.media.clip import MOST_BYTES, look_at, read_clip
from videoai.media.decoding.clip import beat_of

NTSC = Fraction(30000, 1001)
PATTERN = ("-f", "lavfi", "-i", "testsrc2=size=322x182:rate=30000/1001:duration=0.4")


def made(path: Path, *how: str, given: Sequence[str] = PATTERN) -> Path:
    subprocess.run([find_tool("ffmpeg", "ffmpeg"), "-v", "error", "-y", *given, *how, str(path)], check=True)
    return path


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("clip.mp4", ()),
        ("clip.mov", ("-c:v", "prores_ks")),
        ("clip.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime")),
        ("clip.mkv", ("-c:v", "ffv1")),
        pytest.param("clip.avi", ("-c:v", "mpeg4", "-q:v", "2"), marks=pytest.mark.slow),
    ],
)
def test_any_kind_of_film_is_read_at_its_own_rate(tmp_path, name, how):
    path = made(tmp_path / name, *how)
    seen = look_at(path)
    assert (seen.width, seen.height, seen.frames, seen.fps) == (322, 182, 12, NTSC)
    assert (seen.notices, seen.made) == ((), None)
    frames = list(read_clip(path, seen.width, seen.height))
    assert len(frames) == 12
    assert np.array_equal(frames[0], seen.first)
    exact = list(read_clip(made(tmp_path / "exact.mkv", "-c:v", "ffv1", "-pix_fmt", "bgr0"), 322, 182))
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(frames, exact, strict=True)) < 8


def test_the_colours_are_those_that_the_film_was_made_of(tmp_path):
    photo = EXAMPLES / "coffee.png"
    given = ("-loop", "1", "-framerate", "5", "-t", "1", "-i", str(photo))
    high = "scale=1280:720:out_color_matrix=bt709,setsar=1,format=yuv444p"
    low = "scale=320:240:out_color_matrix=bt601,setsar=1,format=yuv444p"
    for name, how, size in (("high.mp4", high, (1280, 720)), ("low.mp4", low, (320, 240))):
        path = made(tmp_path / name, "-vf", how, "-c:v", "libx264", "-qp", "1", given=given)
        truth = np.asarray(Image.open(photo).convert("RGB").resize(size, Image.Resampling.BICUBIC), dtype=int)
        assert np.abs(look_at(path).first - truth).mean() < 2.5, name


def test_a_film_is_turned_as_it_says(tmp_path):
    lying = made(tmp_path / "lying.mov", "-c:v", "libx264")
    given = ("-i", str(lying))
    standing = made(tmp_path / "standing.mov", "-c", "copy", "-metadata:s:v:0", "rotate=90", given=given)
    shown = made(tmp_path / "shown.mkv", "-c:v", "ffv1", given=("-i", str(standing)))  # by FFmpeg's own turning
    seen, truth = look_at(standing), look_at(shown)
    assert (seen.width, seen.height) == (truth.width, truth.height) == (182, 322)
    assert np.abs(seen.first.astype(int) - truth.first).mean() < 2


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    seen = look_at(made(tmp_path / "wide.mp4", "-vf", "setsar=2/1"))
    assert (seen.width, seen.height) == (644, 182)


def test_odd_sides_lose_a_line(tmp_path):
    seen = look_at(made(tmp_path / "odd.mkv", "-vf", "crop=321:181", "-c:v", "ffv1"))
    assert (seen.width, seen.height) == (320, 180)


def test_a_film_at_no_steady_rate_keeps_its_time(tmp_path):
    uneven = "setpts='if(lt(N,6),N,6+(N-6)*4)/30/TB'"
    path = made(tmp_path / "uneven.mp4", "-vf", uneven, "-vsync", "vfr")
    seen = look_at(path)
    assert seen.notices == ("uneven.mp4 shows its frames for different times; VideoAi reads 29.97 a second.",)
    # Six for a thirtieth of a second each, and six for four thirtieths, but that nobody knows of the last.
    assert float(seen.frames / seen.fps) == pytest.approx((6 + 5 * 4) / 30, abs=0.02)
    frames = list(read_clip(path, seen.width, seen.height))
    assert len(frames) == seen.frames
    assert np.array_equal(frames[7], frames[8])
    assert not np.array_equal(frames[3], frames[4])


def test_sound_is_left_out_and_that_is_said(tmp_path):
    path = made(tmp_path / "loud.mp4", "-f", "lavfi", "-i", "sine=duration=0.4")
    assert look_at(path).notices == ("loud.mp4 has sound, which the new video doesn't have.",)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_moving_pictures_are_put_on_white_and_keep_their_times(tmp_path, suffix):
    half = []
    for red in (200, 150, 100, 50):
        half.append(Image.new("RGBA", (64, 48), (red, 0, 0, 255)))
        half[-1].paste((0, 0, 0, 0), (0, 0, 32, 48))
    path = tmp_path / f"moving.{suffix}"
    half[0].save(path, save_all=True, append_images=half[1:], duration=[100, 100, 100, 100], disposal=2, lossless=True)
    seen = look_at(path)
    assert (seen.width, seen.height, seen.frames, seen.fps) == (64, 48, 4, 10)
    first, second, *_ = read_clip(path, 64, 48)
    if suffix == "gif":  # Pillow writes no transparent WebP that moves
        assert [first[0, 0].tolist(), second[0, 0].tolist()] == [[255, 255, 255]] * 2
    assert [first[0, 40].tolist(), second[0, 40].tolist()] == [[200, 0, 0], [150, 0, 0]]


def test_a_film_that_is_transparent_is_put_on_white(tmp_path):
    seen = look_at(made(tmp_path / "a.mov", "-vf", "format=rgba,colorchannelmixer=aa=0", "-c:v", "prores_ks"))
    assert seen.first.min() == 255


@pytest.mark.parametrize(
    ("claimed", "times", "expected"),
    [
        ([NTSC], [Fraction(round(1000 * place / NTSC), 1000) for place in range(9)], (NTSC, [*range(9)], True)),
        ([Fraction(90000)], [Fraction(place, 6) for place in range(4)], (6, [0, 1, 2, 3], True)),
        ([], [Fraction(0), Fraction(1, 10), Fraction(5, 10)], (Fraction(10), [0, 1, 1, 1, 1, 2], False)),
        ([], [Fraction(place, 480) for place in range(8)], (Fraction(120), [2, 6], False)),
    ],
)
def test_the_beat_of_a_film(claimed, times, expected):
    end = times[-1] + (times[-1] - times[0]) / (len(times) - 1) if expected[2] or len(times) > 3 else Fraction(6, 10)
    beat = beat_of(times, end, claimed)
    assert (beat.fps, list(beat.shown), beat.even) == expected


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("nothing.mp4", b"", "nothing.mp4 is empty"),
        ("words.mp4", b"hello " * 100, "is a text file, not a video VideoAi can finish"),
        ("head.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(500), "is not a video VideoAi can read"),
        ("playlist.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n" * 3, "is a text file"),
    ],
)
def test_what_is_no_video_is_a_sentence(tmp_path, name, content, why):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadVideo, match=why) as refused:
        look_at(path)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (("-vf", "scale=3842:2162", "-frames:v", "2"), "more than VideoAi can finish"),
        (("-vf", "scale=320:16"), "too few to finish"),
        (("-frames:v", "1"), "is one picture"),
        (("-vf", "setpts=N/TB*30"), "longer than VideoAi can finish"),
    ],
)
def test_limits_are_said(tmp_path, how, why):
    with pytest.raises(BadVideo, match=why):
        look_at(made(tmp_path / "clip.mkv", *how, "-c:v", "ffv1"))


def test_a_file_of_too_many_bytes_and_what_is_not_there(tmp_path):
    huge = tmp_path / "huge.mp4"
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(BadVideo, match=r"the limit is 2\.0 GB"):
        look_at(huge)
    with pytest.raises(BadVideo, match="There is no video"):
        look_at(tmp_path / "none.mp4")
    with pytest.raises(BadVideo, match="is not a file"):
        look_at(tmp_path)


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_film_that_was_cut_short_gives_what_it_has_or_a_sentence(tmp_path, kept):
    path = made(tmp_path / "whole.mkv", "-c:v", "ffv1")
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    seen = look_at(path)
    assert 2 <= seen.frames < 12
    assert len(list(read_clip(path, seen.width, seen.height))) == seen.frames


def test_a_film_is_read_no_further_than_it_is_asked_for(tmp_path):
    before = set(psutil.Process().children())
    frames = read_clip(made(tmp_path / "clip.mp4"), 322, 182)
    next(frames)
    assert set(psutil.Process().children()) - before
    frames.close()
    assert not set(psutil.Process().children()) - before, "the process that reads has ended"
