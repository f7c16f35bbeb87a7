"""POST /api/jobs/{id}/finish: a clip that is there, finished anew."""

from __future__ import annotations

import pytest

from videoai.history.folder import kept_bytes, kept_frames
from videoai.system import paths


def test_a_clip_is_finished_from_its_kept_frames(done, site):
    before = site.get(f"/api/jobs/{done}").json()
    assert before["kept_bytes"] == kept_bytes(done) > 0
    assert before["finishes"] is None
    answer = site.post(f"/api/jobs/{done}/finish", {"settings": {"smooth": 12}})
    assert answer.status_code == 201
    job = site.ended(answer.json()["id"])
    assert job["state"] == "done"
    assert job["finishes"] == {"job": done}
    assert job["settings"] == before["settings"] | {"smooth": 12}
    assert job["video"] == before["video"] | {"fps": 12, "frames": 8}
    assert {"read", "smooth"} <= {*job["seconds"]}
    assert not {"depth", "frames"} & {*job["seconds"]}
    assert job["photo_id"] == before["photo_id"]


def test_a_clip_whose_frames_are_gone_is_finished_from_its_video(done, site):
    for path in kept_frames(done):
        path.unlink()
    answer = site.post(f"/api/jobs/{done}/finish", {"settings": {"loop": "boomerang"}})
    job = site.ended(answer.json()["id"])
    assert (job["state"], job["video"]["frames"], job["settings"]["loop"]) == ("done", 6, "boomerang")
    assert job["kept_bytes"] == 0
    assert not list(paths.job_folder(job["id"]).glob("source.*"))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_input"),
        ({"settings": {}}, 400, "bad_input"),
        ({"settings": {"smooth": 2}}, 422, "bad_settings"),
        ({"settings": {"smooth": 6}}, 422, "bad_settings"),
        ({"settings": {"seed": 2}}, 422, "bad_settings"),
        ({"settings": {"smooth": 12}, "output": "x.mp4"}, 400, "bad_input"),
    ],
)
def test_what_cannot_be_asked_is_said(done, site, body, status, code):
    answer = site.post(f"/api/jobs/{done}/finish", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_job_of_which_nothing_is_left(idle):
    job = idle.job()["id"]
    answer = idle.post(f"/api/jobs/{job}/finish", {"settings": {"smooth": 12}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_conflict")
    assert idle.post("/api/jobs/nobody/finish", {"settings": {"smooth": 12}}).status_code == 404


def test_what_finishing_takes_is_said_before(done, site):
    found = site.post(f"/api/jobs/{done}/finish/estimate", {"settings": {"smooth": 12, "enlarge": "2"}}).json()
    before = site.get(f"/api/jobs/{done}").json()["video"]
    assert (found["video"]["width"], found["video"]["fps"]) == (2 * before["width"], 12)
    assert {"read", "smooth", "enlarge"} == {stage["name"] for stage in found["stages"]}
    assert (found["fits"], found["level"], found["hint"]) == (True, "green", None)
    answer = site.post(f"/api/jobs/{done}/finish/estimate", {"settings": {"smooth": 6}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_settings")
