"""The file that keeps frames exactly: what is written is read again, and what is not whole says so."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoai.events import Pixels
from videoai.media.lossless import LosslessWriter, read_frames
from videoai.media.metadata import describe, read_metadata
from videoai.media.seal import is_whole
from videoai.settings import GenerationSettings


def noise(count: int, height: int, width: int, seed: int = 0) -> Iterator[Pixels]:
    chance = np.random.default_rng(seed)
    for _ in range(count):
        yield chance.integers(0, 256, (height, width, 3), dtype=np.uint8)


def written(path: Path, frames: Iterator[Pixels], comment: str = "") -> Path:
    with LosslessWriter(path, Fraction(6), comment) as writer:
        for frame in frames:
            writer.append(frame)
        writer.close()
    return path


@settings(max_examples=25)
@given(st.integers(1, 5), st.integers(16, 90), st.integers(16, 90), st.integers(0, 1000))
def test_every_frame_comes_back_as_it_was(tmp_path_factory, count, height, width, seed):
    path = written(tmp_path_factory.mktemp("kept") / "frames-1.mkv", noise(count, height, width, seed))
    assert is_whole(path)
    for before, after in zip(noise(count, height, width, seed), read_frames(path), strict=True):
        assert np.array_equal(before, after)


def test_every_colour_comes_back(tmp_path):
    levels = np.arange(256, dtype=np.uint8)
    planes = [
        np.stack(np.broadcast_arrays(levels[:, None], levels[None], np.uint8(blue)), -1) for blue in (0, 127, 255)
    ]
    path = written(tmp_path / "frames-1.mkv", iter(planes))
    assert all(np.array_equal(before, after) for before, after in zip(planes, read_frames(path), strict=True))


def test_it_is_read_frame_by_frame(tmp_path):
    path = written(tmp_path / "frames-1.mkv", noise(6, 64, 64))
    frames = read_frames(path)
    assert np.array_equal(next(frames), next(noise(1, 64, 64)))
    frames.close()


def test_it_says_how_its_frames_were_made(tmp_path):
    made = GenerationSettings(seed=7, model="draft", precision="8", compute="bf16")
    path = written(tmp_path / "frames-1.mkv", noise(2, 64, 64), describe(made))
    found = read_metadata(path)["settings"]
    assert (found["seed"], found["precision"], found["compute"]) == (7, "8", "bf16")


@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.9999])
def test_a_byte_that_changed_is_seen(tmp_path, where):
    path = written(tmp_path / "frames-1.mkv", noise(3, 64, 64))
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 1
    path.write_bytes(data)
    assert not is_whole(path)


@pytest.mark.parametrize("left", [0, 1, 33, 34, 5000, -1])
def test_what_was_cut_short_is_seen(tmp_path, left):
    path = written(tmp_path / "frames-1.mkv", noise(3, 64, 64))
    path.write_bytes(path.read_bytes()[:left])
    assert not is_whole(path)


def test_a_writer_that_was_stopped_leaves_no_whole_file(tmp_path):
    path = tmp_path / "frames-1.mkv"
    with LosslessWriter(path, Fraction(6), "") as writer:
        for frame in noise(3, 64, 64):
            writer.append(frame)
    assert not is_whole(path)
