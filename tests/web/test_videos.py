"""A video made here is dropped on the page: its settings and its photo are there again."""

from __future__ import annotations

import io
import json
import threading

import numpy as np
import psutil
import pytest
import requests
from PIL import Image

from tests.conftest import EXAMPLES
from tests.web.conftest import wait_until
from videoai.media.metadata import describe
from videoai.media.video import write_video
from videoai.settings import GenerationSettings


def drop(site, content, name="clip.mp4"):
    return site.ask("POST", "/api/videos", files={"video": (name, content)})


@pytest.fixture
def foreign(tmp_path):
    """A video of this program that another machine has made."""

    def make(suffix=".mp4", comment=None, **settings):
        found = GenerationSettings(width=256, height=320, frames=4, seed=5, **settings)
        frames = [np.full((320, 256, 3), (200, 40 + index, 90), np.uint8) for index in range(4)]
        path = write_video(tmp_path / f"clip{suffix}", frames, 6, comment=comment or describe(found))
        return path.read_bytes(), found

    return make


def test_a_video_of_ours_brings_its_settings_and_its_photo(site):
    job = site.ended(site.job(motion=33)["id"])
    for kind in ("mp4", "gif", "webp"):
        found = drop(site, site.get(f"/api/jobs/{job['id']}/video.{kind}").content, "renamed.bin").json()
        assert found["settings"] == job["settings"]
        assert (found["from_history"], found["photo"]["id"]) == (True, job["photo_id"])


@pytest.mark.parametrize(
    "suffix", [".mp4", ".gif", *(pytest.param(kind, marks=pytest.mark.slow) for kind in (".mov", ".webm", ".webp"))]
)
def test_without_a_history_the_first_frame_is_the_photo(idle, foreign, suffix):
    content, settings = foreign(suffix)
    found = drop(idle, content).json()
    assert found["settings"] == settings.to_dict()
    assert found["from_history"] is False
    assert (found["photo"]["width"], found["photo"]["height"], found["photo"]["shape"]) == (256, 320, "portrait")
    with Image.open(io.BytesIO(idle.get(found["photo"]["url"]).content)) as photo:
        assert np.abs(np.asarray(photo).mean(axis=(0, 1)) - (200, 40, 90)).max() < 6


def test_settings_of_a_newer_version_are_left_out(idle, foreign):
    content, _ = foreign(comment='{"videoai": "9.9", "settings": {"motion": 60, "wings": 2, "model": "svd-9"}}')
    settings = drop(idle, content).json()["settings"]
    assert (settings["motion"], settings["model"], "wings" in settings) == (60, "svd-xt", False)


@pytest.mark.parametrize(
    "settings",
    [
        {"model": {}},
        {"focus": [[0], [1]]},
        {"steps": True},
        *(
            pytest.param(settings, marks=pytest.mark.slow)
            for settings in (
                {"model": ["svd"]},
                {"model": None},
                {"seed": {}},
                {"focus": {"0": 1}},
                {"guidance_interval": {}},
                {"fit": ["crop"]},
                {"width": [[[]]]},
            )
        ),
    ],
)
def test_settings_of_another_type_are_named(idle, foreign, settings):
    content, _ = foreign(comment=json.dumps({"videoai": "0.1", "settings": settings}))
    refused = drop(idle, content)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_settings")
    assert next(iter(settings)) in refused.json()["error"]["message"]


def test_settings_that_cannot_be_are_named(idle, foreign):
    content, _ = foreign(comment='{"videoai": "0.1", "settings": {"frames": 900}}')
    found = drop(idle, content)
    assert (found.status_code, found.json()["error"]["code"]) == (422, "bad_settings")


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"\0\0\0\x18ftypmp42" + bytes(500), b"GIF89a" + bytes(100), (EXAMPLES / "coffee.png").read_bytes()],
)
def test_what_is_no_video_of_ours(idle, content):
    found = drop(idle, content)
    assert (found.status_code, found.json()["error"]["code"]) == (415, "bad_video")
    assert found.json()["error"]["hint"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Film.avi", b"RIFF\0\0\0\0AVI LIST" + bytes(99), "Film.avi is an AVI video, not a video made by VideoAi."),
        ("IMG_1.mov", b"\0\0\0\x18ftypheic" + bytes(99), "IMG_1.mov is a HEIC, not a video made by VideoAi."),
        ("notes.mp4", b"Milk, eggs", "notes.mp4 is a text file, not a video made by VideoAi."),
        ("noise.mp4", b"\x07\x80\x90" * 99, "noise.mp4 is not a video VideoAi can read."),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(idle, name, content, said):
    error = drop(idle, content, name).json()["error"]
    assert (error["message"], error["code"]) == (said, "bad_video")
    assert error["hint"].startswith("VideoAi makes MP4, MOV, WebM, GIF and WebP files")
    with_it = requests.post(f"{idle.url}/api/videos?lang=it", files={"video": (name, content)}, timeout=60)
    assert with_it.json()["error"]["hint"].startswith("VideoAi crea file MP4")


def test_a_video_given_as_a_photo_is_called_one(idle, foreign):
    answer = idle.ask("POST", "/api/photos", files={"photo": ("clip.jpg", foreign()[0])})
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]) == (415, "clip.jpg is a video, not a photo VideoAi can read.")
    assert error["hint"].startswith("To reuse the settings of a video made by VideoAi, drop it on the page")


def test_a_video_without_settings(idle, foreign):
    found = drop(idle, foreign(comment="hello")[0])
    assert (found.status_code, found.json()["error"]["code"]) == (415, "bad_video")
    assert "/tmp" not in found.text


def test_a_damaged_video_is_called_by_its_own_name(idle, foreign):
    whole, _ = foreign()
    for content, said in (
        (whole[: len(whole) // 2], "sea.mp4 is not a video VideoAi can read."),
        (foreign(comment="hello")[0], "sea.mp4 contains no VideoAi settings."),
    ):
        assert drop(idle, content, "sea.mp4").json()["error"]["message"] == said


def test_another_kind_of_file_plays_at_the_movies_own_rate_whatever_its_settings_say(done, idle, foreign, outputs):
    (video,) = outputs.iterdir()
    video.write_bytes(foreign(comment='{"videoai": "0.1", "settings": {"fps": {}}}')[0])
    made = idle.get(f"/api/jobs/{done}/video.gif")
    assert made.status_code == 200
    with Image.open(io.BytesIO(made.content)) as gif:
        assert gif.info["duration"] == 330  # two that are alike, a sixth of a second each, in the format's ticks


def test_of_the_process_that_reads_a_video_and_is_killed_it_is_said_how_it_ended(done, idle):
    def kill():
        children = psutil.Process().children()
        return [child.kill() for child in children if "videoai.media.media_process" in " ".join(child.cmdline())]

    killer = threading.Thread(target=wait_until, args=(kill,))
    killer.start()
    refused = idle.get(f"/api/jobs/{done}/video.gif")
    killer.join()
    assert refused.status_code == 500
    message = refused.json()["error"]["message"]
    assert message.startswith("The video could not be read. Another program or someone on this computer stopped")
    assert idle.get(f"/api/jobs/{done}/video.gif").status_code == 200
