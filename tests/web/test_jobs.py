"""Jobs through the web: from a photo to a video, and all that is done with them between."""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
from contextlib import closing

import av
import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES
from tests.history.conftest import dead_process, requeue_lost
from tests.web.conftest import DRAFT
from videoai.history.folder import PHOTO, POSTER, PREVIEW, STATE
from videoai.history.owner import Owner
from videoai.history.recovery import open_store
from videoai.media.metadata import read_metadata
from videoai.system import paths


def test_a_photo_becomes_a_video(site, outputs, tmp_path):
    photo = site.give().json()
    asked = site.post("/api/jobs", {"photo_id": photo["id"], "preset": "minimum", "settings": DRAFT})
    assert asked.status_code == 201
    assert asked.json()["title"] == "coffee.png"
    job = site.ended(asked.json()["id"])
    assert (job["state"], job["preset"], job["photo_id"]) == ("done", "minimum", photo["id"])
    assert job["settings"] == asked.json()["settings"]
    assert job["seconds"]["frames"] > 0

    video = site.get(job["video_url"])
    assert (video.status_code, video.headers["Content-Type"]) == (200, "video/mp4")
    (written,) = outputs.iterdir()
    assert written.name == "coffee-draft-1.mp4"
    assert video.content == written.read_bytes()
    assert read_metadata(written)["settings"]["seed"] == 1

    for url, kind, size in (
        (job["poster_url"], "JPEG", (256, 256)),
        (job["photo_url"], "JPEG", (256, 256)),
        (job["preview_url"], "WEBP", (4 * 160, 160)),
    ):
        with Image.open(io.BytesIO(site.get(url).content)) as picture:
            assert (picture.format, picture.size) == (kind, size)


def test_a_form_does_as_well(site):
    with (EXAMPLES / "rocket.jpg").open("rb") as file:
        asked = site.ask(
            "POST",
            "/api/jobs",
            files={"photo": file},
            data={**DRAFT, "preset": "minimum", "gentle": "yes", "motion": ""},
        )
    assert asked.status_code == 201, asked.text
    job = site.ended(asked.json()["id"])
    assert (job["state"], job["title"], job["settings"]["seed"]) == ("done", "rocket.jpg", 1)


def test_a_video_comes_in_parts_and_only_if_it_has_changed(done, site):
    job = site.get(f"/api/jobs/{done}").json()
    whole = site.get(job["video_url"])
    part = site.get(job["video_url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    last = site.get(job["video_url"], headers={"Range": "bytes=-5"})
    assert (last.status_code, last.content) == (206, whole.content[-5:])
    assert site.get(job["video_url"], headers={"Range": "bytes=99999999-"}).status_code == 416
    again = site.get(job["video_url"], headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    saved = site.get(job["video_url"] + "?download=1")
    assert saved.headers["Content-Disposition"] == "attachment; filename=coffee-draft-1.mp4"
    assert whole.headers["Content-Disposition"] == "inline; filename=coffee-draft-1.mp4"


@pytest.mark.parametrize("bytes_", [b"", b"no photo", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_photo_that_is_damaged_is_not_there(idle, bytes_):
    job = idle.job()
    (paths.job_folder(job["id"]) / "photo.png").write_bytes(bytes_)
    assert idle.get(job["photo_url"]).status_code == 404


def _without_dots(picture: Image.Image) -> np.ndarray:
    """Its colours in squares of eight pixels, of which a GIF's are mixed."""
    return np.asarray(picture.convert("RGB").reduce(8), dtype=float)


@pytest.mark.parametrize("kind", ["gif", pytest.param("webp", marks=pytest.mark.slow)])
def test_other_kinds_are_made_when_they_are_asked_for(done, site, kind):
    job = site.get(f"/api/jobs/{done}").json()
    first = site.get(f"/api/jobs/{job['id']}/video.{kind}?download=1")
    assert (first.status_code, first.headers["Content-Type"]) == (200, f"image/{kind}")
    assert f"coffee-draft-1.{kind}" in first.headers["Content-Disposition"]
    with Image.open(io.BytesIO(first.content)) as picture:
        assert (picture.n_frames, picture.size) == (4, (256, 256))
        colours = _without_dots(picture)
    with Image.open(io.BytesIO(site.get(job["poster_url"]).content)) as poster:
        assert np.abs(colours - _without_dots(poster)).mean() < 3, "the colours are those of the video"
    (paths.job_folder(job["id"]) / f"export.{kind}").write_bytes(b"kept")
    assert site.get(f"/api/jobs/{job['id']}/video.{kind}").content == b"kept"


def test_a_browser_without_h264_gets_the_same_video_as_webm(done, site):
    job = site.get(f"/api/jobs/{done}").json()
    answer = site.get(f"/api/jobs/{done}/video.webm")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/webm")
    with av.open(io.BytesIO(answer.content)) as movie:
        stream = movie.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("vp9", 256, 256)
        assert len(list(movie.decode(video=0))) == job["video"]["frames"]
    assert site.get(f"/api/jobs/{done}/video.webm", headers={"Range": "bytes=0-9"}).status_code == 206


def test_nothing_of_this_machine_is_in_a_jobs_json(site, own_home):
    job = site.job()
    site.ended(job["id"])
    text = site.get("/api/jobs").text
    assert job["id"] in text
    assert str(own_home) not in text
    assert "owner" not in json.loads(text)["jobs"][0]


def test_the_history_comes_in_pages_and_is_searched(idle):
    photo = idle.give(name="Caffè.png").json()["id"]
    other = idle.give(EXAMPLES / "rocket.jpg", name="rocket at night.jpg").json()["id"]
    ids = [
        idle.post("/api/jobs", {"photo_id": photo if number % 2 else other, "settings": DRAFT}).json()["id"]
        for number in range(5)
    ]
    page = idle.get("/api/jobs?limit=2").json()
    assert ([job["id"] for job in page["jobs"]], page["more"], page["queue"]) == (ids[:2:-1], True, ids)
    rest = idle.get(f"/api/jobs?limit=3&before={ids[3]}").json()
    assert ([job["id"] for job in rest["jobs"]], rest["more"]) == (ids[2::-1], False)
    for words in ("CAFFÈ", "caffe\u0300 png"):
        found = idle.get("/api/jobs", params={"q": words}).json()["jobs"]
        assert [job["title"] for job in found] == ["Caffè.png"] * 2
    assert len(idle.get("/api/jobs?q=night rocket").json()["jobs"]) == 3
    assert idle.get("/api/jobs?q=100%25").json()["jobs"] == []
    assert idle.get("/api/jobs?state=done,failed").json()["jobs"] == []
    assert len(idle.get("/api/jobs?state=queued").json()["jobs"]) == 5


def test_going_on_after_a_job_that_was_removed(idle, monkeypatch):
    ids = [idle.job()["id"] for _ in range(2)]
    idle.services.store.wall = lambda: 4e9
    monkeypatch.setattr("videoai.jobs.submit.time.time", lambda: 4e9)
    newest = idle.job()["id"]
    assert idle.ask("DELETE", f"/api/jobs/{newest}").status_code == 200
    found = idle.get(f"/api/jobs?before={newest}").json()["jobs"]
    assert [job["id"] for job in found] == ids[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=201", "limit=-1", "limit=²", "state=asleep"])
def test_a_list_of_what_there_is_not(idle, query):
    found = idle.get(f"/api/jobs?{query}")
    assert found.status_code == 400
    assert found.json()["error"]["hint"]


def test_the_queue_can_be_reordered_cancelled_and_gone_on_with(idle):
    first, second, third = (idle.job()["id"] for _ in range(3))
    assert idle.post(f"/api/jobs/{third}/move", {"before": first}).json()["queue_position"] == 1
    assert idle.get("/api/jobs").json()["queue"] == [third, first, second]
    assert idle.post(f"/api/jobs/{third}/move", {"before": None}).json()["queue_position"] == 3
    cancelled = idle.post(f"/api/jobs/{second}/cancel").json()
    assert (cancelled["state"], cancelled["resumable"], cancelled["queue_position"]) == ("cancelled", False, None)
    assert idle.post(f"/api/jobs/{second}/resume").json()["queue_position"] == 3
    idle.post(f"/api/jobs/{second}/cancel")
    assert idle.post(f"/api/jobs/{first}/move", {"before": second}).status_code == 409
    assert idle.post(f"/api/jobs/{first}/move", {"after": third}).status_code == 400


def test_resume_keeps_the_steps_that_were_made_and_retry_begins_anew(idle):
    job = idle.job()["id"]
    idle.post(f"/api/jobs/{job}/cancel")
    steps = paths.job_folder(job) / STATE
    steps.write_bytes(b"steps")
    assert idle.get(f"/api/jobs/{job}").json()["resumable"]
    assert idle.post(f"/api/jobs/{job}/resume").json()["state"] == "queued"
    assert idle.post(f"/api/jobs/{job}/retry").json()["state"] == "queued", "it waits already"
    assert steps.exists()
    idle.post(f"/api/jobs/{job}/cancel")
    again = idle.post(f"/api/jobs/{job}/retry").json()
    assert (again["state"], again["resumable"]) == ("queued", False)
    assert not steps.exists()


def test_what_a_command_makes_is_in_no_queue_and_stopped_it_waits_for_a_click(idle):
    first, second, mine = (idle.job()["id"] for _ in range(3))
    with closing(open_store(print)) as another:
        for id in (first, second):
            another.cancel(id)
            another.retry(id, keeper=dead_process())
        kept = idle.get(f"/api/jobs/{first}").json()
        assert (kept["state"], kept["foreground"], kept["queue_position"]) == ("queued", True, None)
        assert idle.get(f"/api/jobs/{mine}").json()["queue_position"] == 1
        assert idle.get("/api/jobs").json()["queue"] == [mine]
        refused = idle.post(f"/api/jobs/{first}/move", {"before": mine})
        assert (refused.status_code, "it waits for the program" in refused.json()["error"]["message"]) == (409, True)
        requeue_lost(another)
    assert {job["id"] for job in idle.get("/api/jobs?state=stopped").json()["jobs"]} == {first, second}
    (paths.job_folder(first) / STATE).write_bytes(b"steps")
    assert idle.get(f"/api/jobs/{first}").json()["resumable"]
    again = idle.post(f"/api/jobs/{first}/resume").json()
    assert (again["state"], again["foreground"], again["queue_position"]) == ("queued", False, 2)
    assert idle.post(f"/api/jobs/{second}/cancel").json()["state"] == "cancelled"
    assert idle.ask("DELETE", f"/api/jobs/{second}").status_code == 200


def test_a_cancelled_job_that_is_gone_on_with_is_made(site):
    job = site.job(frames=10, width=512, height=512)
    site.post(f"/api/jobs/{job['id']}/cancel")
    assert site.ended(job["id"])["state"] == "cancelled"
    assert site.post(f"/api/jobs/{job['id']}/resume").json()["state"] in ("queued", "running")
    assert site.ended(job["id"])["state"] == "done"


def test_deleting_takes_what_is_the_jobs_own_and_nothing_else(site, outputs):
    photo = site.give().json()["id"]
    ids = [site.post("/api/jobs", {"photo_id": photo, "settings": DRAFT | {"seed": s}}).json()["id"] for s in (1, 2)]
    for id in ids:
        assert site.ended(id)["state"] == "done"
    mine = outputs / "mine.mp4"
    mine.write_bytes(b"mine")
    assert site.ask("DELETE", f"/api/jobs/{ids[0]}?forever=1").status_code == 204
    assert sorted(path.name for path in outputs.iterdir()) == ["coffee-draft-2.mp4", "mine.mp4"]
    assert site.get(f"/api/photos/{photo}.jpg").status_code == 200, "the other job has it too"
    assert not paths.job_folder(ids[0]).exists()
    assert site.get(f"/api/jobs/{ids[0]}").status_code == 404
    (outputs / "coffee-draft-2.mp4").write_bytes(b"somebody has put another one here")
    assert site.ask("DELETE", f"/api/jobs/{ids[1]}?forever=1").status_code == 204
    assert (outputs / "coffee-draft-2.mp4").exists()
    assert site.get(f"/api/photos/{photo}.jpg").status_code == 404


def test_a_running_job_is_not_deleted(idle):
    job = idle.job()["id"]
    idle.services.store.leases.claim(Owner.this_process())
    refused = idle.ask("DELETE", f"/api/jobs/{job}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_conflict")
    assert idle.get(f"/api/jobs/{job}").json()["state"] == "running"


def test_a_video_that_was_moved_away_or_replaced_by_a_link_is_not_served(done, site, outputs, tmp_path):
    job = site.get(f"/api/jobs/{done}").json()
    (video,) = outputs.iterdir()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    video.unlink()
    assert site.get(f"/api/jobs/{job['id']}").json()["video_url"] is None
    video.symlink_to(secret)
    found = site.get(job["video_url"])
    assert found.status_code == 404
    assert "secret" not in found.text


def test_links_in_a_jobs_folder_are_not_served(done, site, tmp_path):
    job = site.get(f"/api/jobs/{done}").json()
    here, folder = f"/api/jobs/{job['id']}", paths.job_folder(job["id"])
    names = {"poster.jpg": POSTER, "preview.webp": PREVIEW, "photo": PHOTO, "video.gif": "export.gif"}
    assert all(site.get(f"{here}/{name}").status_code == 200 for name in names)
    secret = tmp_path / "secret"
    for file in names.values():
        shutil.copy(folder / file, secret)  # such that only the link tells the two apart
        (folder / file).unlink()
        (folder / file).symlink_to(secret)
    assert [site.get(f"{here}/{name}").status_code for name in names] == [404, 404, 404, 200]
    assert not (folder / "export.gif").is_symlink(), "it was made anew"
    shown = site.get(here).json()
    assert [shown[name] for name in ("poster_url", "preview_url", "photo_url")] == [None] * 3


@pytest.mark.slow
def test_a_jobs_folder_that_is_a_link_is_not_served(done, site, tmp_path):
    job = site.get(f"/api/jobs/{done}").json()
    folder = paths.job_folder(job["id"])
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    found = [site.get(f"/api/jobs/{job['id']}/{name}").status_code for name in ("poster.jpg", "preview.webp", "photo")]
    assert found == [404, 404, 404]
    assert site.get(job["video_url"]).status_code == 200, "the video lies where the user wants it"


def test_a_pipe_in_place_of_a_picture_holds_nobody_up(done, site):
    job = site.get(f"/api/jobs/{done}").json()
    poster = paths.job_folder(job["id"]) / POSTER
    poster.unlink()
    os.mkfifo(poster)
    assert site.get(f"/api/jobs/{job['id']}/poster.jpg").status_code == 404


def test_what_cannot_be_made_is_refused_before_the_run(idle, svd_xt, monkeypatch):
    photo = idle.give().json()["id"]
    monkeypatch.setattr("videoai.web.machine.MachineMonitor.budget", lambda self: 1 << 30)
    asked = {"photo_id": photo, "preset": "native", "settings": {}}
    refused = idle.post("/api/jobs", asked)
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "not_enough_memory")
    assert idle.post("/api/jobs", asked | {"force": True}).status_code == 201


def test_a_model_that_may_not_be_fetched_is_refused_before_the_run(start, monkeypatch):
    monkeypatch.setattr("videoai.jobs.queue.Queue.start", lambda self: None)
    monkeypatch.setattr("videoai.jobs.queue.Queue.stop", lambda self: None)
    site = start(offline=True)
    photo = site.give().json()["id"]
    refused = site.post("/api/jobs", {"photo_id": photo})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "model_missing")
    # as true of an assistant's server, which has no --offline to leave out
    assert "in a terminal: videoai models pull svd-xt" in refused.json()["error"]["hint"]
    assert site.post("/api/jobs", {"photo_id": photo, "settings": DRAFT}).status_code == 201


def test_a_decoder_that_may_not_be_fetched_is_refused_before_the_run(start, svd_xt, monkeypatch):
    monkeypatch.setattr("videoai.jobs.queue.Queue.start", lambda self: None)
    monkeypatch.setattr("videoai.jobs.queue.Queue.stop", lambda self: None)
    monkeypatch.setattr("videoai.web.asking.estimate_here", lambda services, settings: Fits())
    site = start(offline=True)
    photo = site.give().json()["id"]
    refused = site.post("/api/jobs", {"photo_id": photo, "settings": {"decoder": "tiny"}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "model_missing")
    assert "tiny decoder" in refused.json()["error"]["message"]
    assert site.post("/api/jobs", {"photo_id": photo, "settings": {}}).status_code == 201
    assert site.post("/api/jobs", {"photo_id": photo, "settings": DRAFT | {"decoder": "tiny"}}).status_code == 201


class Fits:
    def refusal(self) -> None:
        return None


def test_a_full_queue_takes_no_more(idle, monkeypatch):
    monkeypatch.setattr("videoai.jobs.admission.MOST_QUEUED", 1)
    photo = idle.give().json()["id"]
    idle.job()
    refused = idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"settings": DRAFT}, 400),
        ({"photo_id": "nothere", "settings": DRAFT}, 404),
        ({"photo_id": "../../etc/passwd", "settings": DRAFT}, 404),
        ({"photo_id": 3}, 400),
        ({"photo_id": None}, 400),
        ({"photo": "x"}, 400),
        ({"settings": {"frames": 400}}, 422),
        ({"settings": {"frames": True}}, 422),
        ({"settings": {"freames": 4}}, 422),
        ({"settings": {"model": "/etc/passwd"}}, 422),
        ({"settings": {"model": ["svd"]}}, 422),
        ({"settings": {"model": "http://169.254.169.254/"}}, 422),
        ({"settings": {"seed": {"a": 1}}}, 422),
        ({"settings": []}, 400),
        ({"preset": "huge"}, 422),
        ({"preset": 3}, 400),
        ({"force": "yes"}, 400),
        ([], 400),
        ("text", 400),
        (3, 400),
    ],
)
def test_what_is_no_request_is_a_sentence(idle, body, status):
    found = idle.post("/api/jobs", body)
    assert found.status_code == status, found.text
    assert found.json()["error"]["message"].endswith((".", "?"))
    assert idle.get("/api/jobs").json()["jobs"] == []


def test_several_wrong_settings_are_all_named(idle):
    message = idle.post("/api/jobs", {"settings": {"frames": 400, "steps": 1}}).json()["error"]["message"]
    assert "frames is “400”" in message
    assert "steps is “1”" in message


def test_wrong_fields_of_a_form(idle):
    with (EXAMPLES / "rocket.jpg").open("rb") as file:
        for fields, status in (({"output": "/tmp/x"}, 422), ({"gentle": "maybe"}, 422), ({"frames": "x"}, 422)):
            found = idle.ask("POST", "/api/jobs", files={"photo": file}, data=fields)
            assert found.status_code == status, found.text
    assert idle.ask("POST", "/api/jobs", files={"other": b"x"}).status_code == 400
    assert not paths.photos().exists()


def test_unknown_jobs(idle):
    idle.job()
    ids = ("nothere", "0" * 14, "%2e%2e%2f", "..%5Cx", "a%00b", "é")
    asked = (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/video.mp4"),
        ("GET", "/video.gif"),
        ("GET", "/poster.jpg"),
        ("GET", "/preview.webp"),
        ("GET", "/photo"),
        ("POST", "/cancel"),
        ("POST", "/resume"),
        ("POST", "/move"),
    )
    for id, (method, path) in itertools.product(ids, asked):
        found = idle.ask(method, f"/api/jobs/{id}{path}")
        assert found.status_code == 404, (id, method, path, found.text)
        assert found.json()["error"]["code"] in ("job_unknown", "not_found")


def test_the_beginning_of_an_id_is_not_enough(idle):
    job = idle.job()["id"]
    assert idle.ask("DELETE", f"/api/jobs/{job[:10]}").status_code == 404
    assert idle.get(f"/api/jobs/{job[:10]}").status_code == 404


def test_what_a_job_that_waits_has_not_yet(idle):
    job = idle.job()
    assert (job["video_url"], job["poster_url"], job["preview_url"]) == (None, None, None)
    for name in ("video.mp4", "video.webm", "video.webp", "poster.jpg", "preview.webp"):
        assert idle.get(f"/api/jobs/{job['id']}/{name}").status_code == 404


def test_a_job_of_the_command_line_is_in_the_history(site, videoai):
    assert videoai(EXAMPLES / "coffee.png", *(f"--{n}={v}" for n, v in DRAFT.items())).returncode == 0
    (job,) = site.get("/api/jobs").json()["jobs"]
    assert (job["state"], job["title"], job["photo_id"]) == ("done", "coffee.png", None)
    assert site.get(job["video_url"]).status_code == 200
