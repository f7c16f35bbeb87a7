"""The video file, decoded again by FFmpeg's own tools: what was put in is what comes out."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from videoai.errors import BadOutput, BadVideo
from videoai.media.metadata import describe, read_metadata
from videoai.media.photo import read_photo
from videoai.media.video import write_video
from videoai.parameters import FINISHING
from videoai.request import Request
from videoai.settings import PARAMETERS, GenerationSettings
from videoai.system.files import part_name, whole_file

SETTINGS = GenerationSettings(seed=42, model="draft")
TOLD = {name: value for name, value in SETTINGS.to_dict().items() if PARAMETERS[name].group != FINISHING}
"""What its videos say: nothing of finishing, as there was none."""


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    """A pan over a real photo: 25 frames of 256×256."""
    wide = read_photo(EXAMPLES / "chelsea.png").fitted(320, 256)
    return [np.ascontiguousarray(wide[:, 2 * i : 2 * i + 256]) for i in range(25)]


def probe(path: Path) -> dict:
    command = [
        find_tool("ffprobe", "ffmpeg"),
        "-v",
        "error",
        "-count_frames",
        "-show_streams",
        "-show_format",
        "-of",
        "json",
        str(path),
    ]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.parametrize(
    ("count", "fps"),
    [
        pytest.param(count, fps, marks=[pytest.mark.slow] * (count != 14 and fps != 6))
        for count in (4, 14, 25)
        for fps in (2, 6, 24, 30)
    ],
)
def test_frame_count_rate_and_length_are_exact(tmp_path, frames, fps, count):
    probed = probe(write_video(tmp_path / "clip.mp4", frames[:count], fps))
    stream = probed["streams"][0]
    assert int(stream["nb_read_frames"]) == int(stream["nb_frames"]) == count
    assert stream["r_frame_rate"] == stream["avg_frame_rate"] == f"{fps}/1"
    assert float(stream["duration"]) == pytest.approx(count / fps, abs=1e-3)
    assert float(stream["start_time"]) == 0


def test_the_mp4_is_what_browsers_and_quicktime_play(tmp_path, frames):
    path = write_video(tmp_path / "clip.mp4", frames, 6)
    stream = probe(path)["streams"][0]
    assert (stream["codec_name"], stream["codec_tag_string"], stream["pix_fmt"]) == ("h264", "avc1", "yuv420p")
    assert stream["profile"] in ("High", "Main")
    colour = [stream[key] for key in ("color_space", "color_transfer", "color_primaries", "color_range")]
    assert colour == ["bt709", "bt709", "bt709", "tv"]
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first (faststart)"


def test_the_picture_is_visually_lossless(tmp_path, frames):
    path = write_video(tmp_path / "clip.mp4", frames, 6)
    decoded = decode(path)
    errors = (decoded.astype(float) - np.stack(frames)) ** 2
    assert 10 * np.log10(255**2 / errors.mean()) > 38  # of RGB, chroma subsampling included


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128), (250, 180, 20)])
def test_flat_colours_come_back(tmp_path, colour):
    frame = np.full((256, 256, 3), colour, np.uint8)
    decoded = decode(write_video(tmp_path / "flat.mp4", [frame] * 4, 2))
    assert np.abs(decoded.astype(int) - colour).max() <= 3


def decode(path: Path) -> np.ndarray:
    """All frames as ffmpeg's own tool shows them, by the file's colour tags."""
    command = [
        find_tool("ffmpeg", "ffmpeg"),
        "-v",
        "error",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-sws_flags",
        "accurate_rnd+full_chroma_int+lanczos",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 256, 256, 3)


@pytest.mark.parametrize(("ending", "container", "codec"), [
    ("mov", "mov", "h264"), ("webm", "matroska", "vp9"), ("MP4", "mov", "h264"),
])  # fmt: skip
def test_other_movies_by_their_ending(tmp_path, frames, ending, container, codec):
    probed = probe(write_video(tmp_path / f"clip.{ending}", frames, 6))
    assert container in probed["format"]["format_name"]
    assert probed["streams"][0]["codec_name"] == codec
    assert int(probed["streams"][0]["nb_read_frames"]) == 25


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_moving_pictures_loop_at_the_right_pace(tmp_path, frames, ending):
    with Image.open(write_video(tmp_path / f"clip.{ending}", frames, 6)) as image:
        assert image.n_frames == 25
        assert image.info["loop"] == 0
        durations = []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            durations.append(image.info["duration"])
    assert sum(durations) == pytest.approx(25000 / 6, abs=10)
    assert max(durations) - min(durations) <= 10


def test_png_makes_a_folder_of_exact_frames(tmp_path, frames):
    folder = write_video(tmp_path / "clip.png", frames, 6, comment=describe(SETTINGS))
    assert folder == tmp_path / "clip"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{n:04}.png" for n in range(1, 26)]
    for name, frame in zip(names, frames, strict=True):
        assert np.array_equal(np.asarray(Image.open(folder / name)), frame)


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm", "gif", "webp", "png"])
def test_the_same_frames_give_the_same_bytes_with_their_settings_inside(tmp_path, frames, ending):
    comment = describe(SETTINGS)
    first, second = (write_video(tmp_path / f"{n}.{ending}", frames[:6], 6, comment=comment) for n in "ab")
    for path in first.rglob("*") if first.is_dir() else [first]:
        other = second / path.name if first.is_dir() else second
        assert path.read_bytes() == other.read_bytes()
    assert read_metadata(first) == {"videoai": json.loads(comment)["videoai"], "settings": TOLD}


@pytest.mark.parametrize("ending", ["mp4", pytest.param("webm", marks=pytest.mark.slow)])
@pytest.mark.parametrize("size", [(576, 320), pytest.param((320, 576), marks=pytest.mark.slow)])
def test_what_memory_held_before_does_not_show_in_the_bytes(tmp_path, size, ending):
    """At these sizes x264 reads beyond a row, where what is there depends on what the process has freed."""
    photo = read_photo(EXAMPLES / "coffee.png").fitted(size[0] + 16, size[1])
    frames = [np.ascontiguousarray(photo[:, 2 * i : 2 * i + size[0]]) for i in range(8)]
    found, path = set(), tmp_path / f"clip.{ending}"
    for turn in range(12):
        before = [os.urandom(100_000 + 7001 * turn) for _ in range(turn * 5 % 30)]
        write_video(path, frames, 6, comment="")
        found.add(path.read_bytes())
        if turn % 3:
            del before
    assert len(found) == 1


def test_the_encoders_output_does_not_hold_a_temporary_name(tmp_path, frames):
    assert list(tmp_path.iterdir()) == []
    write_video(tmp_path / "clip.mp4", frames, 6)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_without_replace_a_file_that_is_there_stays(tmp_path, frames):
    path = tmp_path / "clip.mp4"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write_video(path, frames[:4], 6, replace=False)
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_folder_with_other_things_is_not_replaced_by_frames(tmp_path, frames):
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        write_video(tmp_path / "clip.png", frames[:4], 6)
    assert [p.name for p in (tmp_path / "clip").iterdir()] == ["mine.txt"]


def test_what_a_killed_writer_left_is_swept_by_the_next(tmp_path):
    dead = "4194304"  # a process id above Linux's highest
    (tmp_path / part_name("old.mp4").replace(str(os.getpid()), dead)).write_text("half")
    elsewhere = [tmp_path / f".{name}.mp4.{dead}-{'0' * 16}.part" for name in ("young", "old")]  # of another machine
    for path in elsewhere:
        path.write_text("half")
    os.utime(elsewhere[1], (0, 0))
    mine = tmp_path / ".keep.part"
    mine.write_text("not ours")
    with whole_file(tmp_path / "new.txt", replace=True) as part:
        part.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".keep.part", elsewhere[0].name, "new.txt"]


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "clip.txt"
    path.write_text("old")

    def write_and_fail():
        with whole_file(path, replace=True) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_hardware_encoder_is_refused_where_there_is_none(tmp_path, frames, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(BadOutput, match="hardware encoder"):
        write_video(tmp_path / "clip.mp4", frames[:4], 6, encoder="hardware")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("encoder", "ending"), [
    ("prores", "mp4"), ("prores", "webm"), ("prores", "gif"), ("hardware", "webm"), ("hardware", "gif"),
])  # fmt: skip
def test_an_encoder_is_refused_for_what_it_does_not_write_before_anything_begins(tmp_path, frames, encoder, ending):
    with pytest.raises(BadOutput, match=f"encoder {encoder} writes"):
        Request(encoder=encoder, output=f"clip.{ending}").check(photos=1)
    with pytest.raises(BadOutput, match=r"not \.mp4"):
        Request(encoder="prores").check(photos=1)
    with pytest.raises(BadOutput):
        write_video(tmp_path / f"clip.{ending}", frames[:4], 6, encoder=encoder)
    assert list(tmp_path.iterdir()) == []


def test_prores_is_what_editors_take_and_of_the_right_colours(tmp_path, frames):
    path = write_video(tmp_path / "clip.mov", frames[:6], 6, comment=describe(SETTINGS), encoder="prores")
    stream = probe(path)["streams"][0]
    told = [stream[key] for key in ("codec_name", "profile", "codec_tag_string", "pix_fmt", "duration")]
    assert told == ["prores", "HQ", "apch", "yuv422p10le", "1.000000"]
    colour = [stream[key] for key in ("color_space", "color_transfer", "color_primaries", "color_range")]
    assert colour == ["bt709", "bt709", "bt709", "tv"]
    errors = (decode(path).astype(float) - np.stack(frames[:6])) ** 2
    assert 10 * np.log10(255**2 / errors.mean()) > 44, "better than the H.264 of which it is no copy"
    assert read_metadata(path)["settings"] == TOLD
    grey = [np.full((256, 256, 3), level, np.uint8) for level in (0, 60, 128, 200, 255)]
    shown = decode(write_video(tmp_path / "grey.mov", grey, 6, encoder="prores"))
    assert np.abs(shown.astype(int) - np.stack(grey)).max() <= 1


@pytest.mark.parametrize(
    "comment", ["", "{", "[]", '{"videoai": 1}', '{"settings": {}}', "[" * 60_000, '{"videoai":"1","settings":[]}']
)
def test_a_video_without_our_settings_says_so(tmp_path, frames, comment):
    path = write_video(tmp_path / "clip.mp4", frames[:4], 6, comment=comment)
    with pytest.raises(BadVideo) as caught:
        read_metadata(path)
    assert "contains no VideoAi settings" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm", "gif", "webp", "png", "txt"])
@pytest.mark.parametrize("data", [b"", b"nonsense" * 100, b"\0" * 5000])
def test_a_damaged_video_gives_a_sentence(tmp_path, ending, data):
    path = tmp_path / f"clip.{ending}"
    path.write_bytes(data)
    with pytest.raises(BadVideo):
        read_metadata(path)


def test_a_video_cut_off_gives_a_sentence_or_its_settings(tmp_path, frames):
    whole = write_video(tmp_path / "clip.mp4", frames[:4], 6, comment=describe(SETTINGS)).read_bytes()
    cut = tmp_path / "cut.mp4"
    outcomes = set()
    for length in range(0, len(whole), 997):
        cut.write_bytes(whole[:length])
        try:
            outcomes.add(read_metadata(cut)["settings"] == TOLD)
        except BadVideo:
            outcomes.add(None)
    assert outcomes <= {True, None}
    assert None in outcomes


def test_av_reads_the_keyframes_often_enough_to_scrub(tmp_path, frames):
    with av.open(str(write_video(tmp_path / "clip.mp4", frames, 6))) as container:
        keys = [packet.pts is not None and packet.is_keyframe for packet in container.demux(video=0) if packet.size]
    assert keys[0]
    assert sum(keys) >= 2
