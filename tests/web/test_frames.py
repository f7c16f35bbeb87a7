"""A frame of a clip as a picture of its own, at full quality."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from videoai.formats import frames_name
from videoai.media.lossless import read_frames
from videoai.system import paths


def pixels(answer) -> np.ndarray:
    with Image.open(io.BytesIO(answer.content), formats=("PNG",)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_it_is_the_models_own_frame_and_without_that_the_videos(site):
    job = site.ended(site.job()["id"])["id"]
    kept = paths.job_folder(job) / frames_name(1)
    frame = list(read_frames(kept))[2].astype(int)
    answer = site.get(f"/api/jobs/{job}/frames/2.png?download=1")
    assert answer.headers["Content-Type"] == "image/png"
    assert np.array_equal(pixels(answer), frame)
    name = site.services.store.get(job).output.rpartition("/")[2].removesuffix(".mp4")
    assert answer.headers["Content-Disposition"].endswith(f"{name}-frame-3.png"), "the clip, and which one it is"
    again = site.get(f"/api/jobs/{job}/frames/2.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    kept.unlink()
    assert 0 < np.abs(pixels(site.get(f"/api/jobs/{job}/frames/2.png")) - frame).mean() < 4


def test_what_is_no_frame_is_refused_in_a_sentence(site):
    job = site.ended(site.job()["id"])["id"]
    for number in ("4", "999999999", "-1", "x", "1.5", "٢", "9" * 40):
        answer = site.get(f"/api/jobs/{job}/frames/{number}.png")
        assert answer.status_code == 400, number
        assert answer.json()["error"]["hint"]


@pytest.mark.parametrize("job", ["x", "0" * 14])
def test_of_no_clip_there_is_none(idle, job):
    assert idle.get(f"/api/jobs/{job}/frames/0.png").status_code == 404
    waiting = idle.job()["id"]
    assert idle.get(f"/api/jobs/{waiting}/frames/0.png").status_code == 404
