"""The depth that came with a photo, on its way from the file to the engine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import videoai
from tests.conftest import EXAMPLES
from tests.media.depths import heic, picture, scene
from videoai.engines.draft.engine import DraftEngine
from videoai.errors import VideoAiError
from videoai.events import Event, Frame, Map, Pixels
from videoai.history.backup import back_up
from videoai.history.folder import NEAR, PHOTO, delete_leftovers
from videoai.history.job import Job
from videoai.history.restore import unpack
from videoai.history.store import JobStore
from videoai.history.task import read_photo
from videoai.jobs.submit import submit
from videoai.media.photo import photo_in
from videoai.request import Request
from videoai.settings import GenerationSettings
from videoai.system import paths

SMALL = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1, "focus": "0.3,0.5"}


@pytest.fixture
def portrait(tmp_path) -> Path:
    path = tmp_path / "portrait.heic"
    path.write_bytes(heic(scene(320, 240), picture(640, 480)))
    return path


@pytest.fixture
def given(monkeypatch) -> list[Map | None]:
    """What the engine, one that just shows the photo, is told of how near things are, run by run."""
    told: list[Map | None] = []

    def probing(
        self: DraftEngine, photo: Pixels, settings: GenerationSettings, *, near: Map | None = None, **more: object
    ) -> Iterator[Event]:
        told.append(near)
        yield from (Frame(index, photo) for index in range(settings.all_frames))

    monkeypatch.setattr(DraftEngine, "run", probing)
    return told


def wanted(path: Path) -> Map:
    near = photo_in(io.BytesIO(path.read_bytes()), path.name).fitted_near(256, 256, focus=(0.3, 0.5))
    assert near is not None
    assert near.shape == (240, 240)
    assert np.ptp(near) > 0.7
    return near


def test_the_engine_gets_what_the_file_says_however_it_is_called(portrait, given, tmp_path):
    videoai.generate(portrait, tmp_path / "clip.mp4", **SMALL)
    with videoai.load("draft") as model:
        more = {name: value for name, value in SMALL.items() if name != "model"}
        model(portrait.read_bytes(), **more)
        model(EXAMPLES / "coffee.png", **more)
    assert np.array_equal(given[0], wanted(portrait))
    assert np.array_equal(given[1], given[0])
    assert given[2] is None


def test_what_goes_on_from_a_frame_has_no_depth_of_it(portrait, given, monkeypatch, tmp_path):
    """An engine whose clips are extended part by part begins each with a frame, in which the camera has moved."""
    monkeypatch.setattr(DraftEngine, "goes_on", False)
    videoai.generate(portrait, tmp_path / "clip.mp4", **SMALL, extend=1)
    assert [near is not None for near in given] == [True, False]


@pytest.fixture
def waiting(portrait, own_home) -> Job:
    return submit(JobStore(paths.database()), portrait, Request.of(SMALL, {}), lambda event: None)


def test_a_job_keeps_it_until_its_video_is_there(portrait, waiting):
    folder = paths.job_folder(waiting.id)
    photo = read_photo(folder)
    assert photo.pixels.shape == (256, 256, 3)
    assert np.abs(photo.near - wanted(portrait)).max() <= 0.51 / 65535
    delete_leftovers(waiting.id)
    assert not (folder / NEAR).exists()
    assert (folder / PHOTO).exists()
    assert read_photo(folder).near is None


def test_a_map_in_a_job_that_is_damaged_is_an_error_and_not_another_video(waiting):
    near = paths.job_folder(waiting.id) / NEAR
    near.write_bytes(near.read_bytes()[:100])
    with pytest.raises(VideoAiError, match="is damaged"):
        read_photo(paths.job_folder(waiting.id))


def test_a_backup_of_a_job_that_waits_has_it(portrait, waiting, tmp_path):
    back_up(JobStore(paths.database()), tmp_path / "backup.zip", videos=False)
    (tmp_path / "unpacked").mkdir()
    unpack(tmp_path / "backup.zip", tmp_path / "unpacked")
    photo = read_photo(tmp_path / "unpacked" / "jobs" / waiting.id)
    assert np.abs(photo.near - wanted(portrait)).max() <= 0.51 / 65535
