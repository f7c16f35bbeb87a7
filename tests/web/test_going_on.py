"""A clip goes on from any of its frames, in a job of its own."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from videoai.formats import frames_name
from videoai.history.folder import PHOTO
from videoai.media.lossless import read_frames
from videoai.system import paths


def photo_of(job: str) -> np.ndarray:
    with Image.open(paths.job_folder(job) / PHOTO) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def go_on(site, job: str, **body: object):
    return site.post(f"/api/jobs/{job}/continue", body)


def test_the_new_clip_begins_with_just_that_frame_and_has_the_next_seed(site):
    job = site.ended(site.job(motion=33)["id"])
    kept = paths.job_folder(job["id"]) / frames_name(1)
    frames = list(read_frames(kept))
    asked = go_on(site, job["id"], frame=2)
    assert asked.status_code == 201, asked.text
    new = asked.json()
    assert new["settings"] == job["settings"] | {"seed": job["settings"]["seed"] + 1}
    assert (new["title"], new["preset"]) == (job["title"], job["preset"])
    assert np.array_equal(photo_of(new["id"]), frames[2])
    assert new["photo_id"] not in (None, job["photo_id"]), "the page has it too"
    assert site.ended(new["id"])["state"] == "done"

    kept.write_bytes(kept.read_bytes()[:-10])
    from_video = photo_of(go_on(site, job["id"], frame=2, settings={"motion": 50}).json()["id"])
    assert 0 < np.abs(from_video - frames[2]).mean() < 4, "as it is in the video"


def test_from_a_clip_that_was_finished_it_is_the_frame_of_the_video(site):
    made = site.ended(site.job(extend=1)["id"])
    frames = [frame.astype(int) for frame in read_frames(paths.job_folder(made["id"]) / frames_name(1))]
    finished = site.post(f"/api/jobs/{made['id']}/finish", {"settings": {"loop": "boomerang"}})
    job = site.ended(finished.json()["id"])
    assert job["video"]["frames"] == 2 * len(frames) - 2
    new = go_on(site, job["id"], frame=len(frames) + 1).json()
    assert np.abs(photo_of(new["id"]) - frames[-3]).mean() < 4, "on the way back"
    assert new["settings"]["seed"] == job["settings"]["seed"] + 2, "the one after those that were used"


@pytest.mark.parametrize(
    "body", [{}, {"frame": 99}, {"frame": -1}, {"frame": "2"}, {"frame": 1, "settings": {"model": "/etc"}}]
)
def test_what_cannot_be_is_refused_in_a_sentence(site, body):
    job = site.ended(site.job()["id"])
    before = len(site.get("/api/jobs").json()["jobs"])
    answer = go_on(site, job["id"], **body)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["hint"]
    assert len(site.get("/api/jobs").json()["jobs"]) == before


def test_without_a_video_there_is_nothing_to_go_on_from(idle):
    job = idle.job()["id"]
    assert go_on(idle, job, frame=0).status_code == 404
    assert go_on(idle, "0" * 14, frame=0).status_code == 404
