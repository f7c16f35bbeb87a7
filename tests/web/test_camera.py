"""Where the draft's camera would go, as the page asks before there is a video."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES
from tests.media.depths import heic, scene
from videoai.engines.draft.camera import REACH, choose_move, reach_of
from videoai.kinds import Directed
from videoai.settings import CAMERAS


def depth(site, photo: str, **query: str) -> np.ndarray:
    answer = site.get(f"/api/photos/{photo}/depth.png", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.mode == "L"
        return np.asarray(image)


def test_a_photo_s_depth_is_of_what_the_video_shows_and_found_once(idle, monkeypatch, caplog):
    photo = idle.give(EXAMPLES / "astronaut.png").json()["id"]
    wide = {"width": "640", "height": "384", "focus": "0.5,0.2"}
    near = depth(idle, photo, **wide)
    assert near.shape == (192, 320)
    assert near[170, 140] > 200, "she is near"
    assert near[10, 220] < 80, "the wall behind her is not"
    assert depth(idle, photo, width="256", height="448").shape == (320, 183), "never larger than a browser draws"
    monkeypatch.setattr("videoai.web.camera_views._DEPTH", "videoai.nothing")
    assert np.array_equal(depth(idle, photo, **wide), near)
    answer = idle.get(f"/api/photos/{photo}/depth.png", params=wide | {"fit": "pad"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "failed")
    assert "could not be found" in caplog.text


@pytest.mark.parametrize(
    "query", [{"width": "64"}, {"width": "x"}, {"fit": "stretch"}, {"focus": "2,2"}, {"focus": "nan,0"}, {"height": ""}]
)
def test_a_framing_that_is_none_is_told(idle, query):
    photo = idle.give().json()["id"]
    answer = idle.get(f"/api/photos/{photo}/depth.png", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_settings")
    assert idle.get("/api/photos/x/depth.png").status_code == 404


def test_each_word_of_the_camera_comes_to_the_draft_s_own_move(idle, monkeypatch):
    ask = {"settings": {"model": "draft", "seed": 7, "motion": 200}}
    moves = idle.post("/api/camera", ask).json()
    assert set(moves) == set(Directed(CAMERAS).words())
    for word, said in moves.items():
        move = choose_move(word, 7, reach_of(200), 640, 384)
        assert (said["pivot"], said["backwards"]) == (move.pivot, move.backwards)
        assert said["closer"] == pytest.approx(move.closer, abs=1e-5)
        assert [640 * said[name] for name in ("sideways", "up")] == pytest.approx([move.sideways, move.up], abs=0.01)
    monkeypatch.setattr("videoai.web.camera_views._MOVES", "videoai.nothing")
    same = {"settings": {"model": "draft", "seed": 7, "motion": 200, "frames": 25}}
    assert idle.post("/api/camera", same).json() == moves, "remembered: the frames change nothing of it"
    assert idle.post("/api/camera", {"settings": {"model": "draft", "seed": 8}}).status_code == 500


def test_a_longer_clip_goes_further_a_loop_half_as_far_and_what_is_wrong_is_told(idle):
    once, thrice, round = (
        idle.post("/api/camera", {"settings": {"model": "draft", "seed": 7, "motion": 30} | more}).json()["pan:left"]
        for more in ({}, {"extend": 2}, {"loop": "boomerang"})
    )
    assert 0 < once["sideways"] < 0.3 * REACH
    assert round["sideways"] == pytest.approx(once["sideways"] / 2, rel=1e-3), "as it has to come back"
    assert thrice["sideways"] == pytest.approx(3 * once["sideways"], rel=1e-3)
    assert idle.post("/api/camera", {"settings": {"motion": 0}}).status_code == 422
    assert idle.post("/api/camera", {"word": "pan"}).status_code == 400


def test_a_portrait_s_own_depth_is_what_the_photo_follows_unless_it_is_to_be_guessed(idle):
    near = scene()
    files = {"photo": ("portrait.heic", heic(near))}
    photo = idle.ask("POST", "/api/photos", files=files).json()["id"]
    size = {"width": "320", "height": "256"}
    own, guessed = depth(idle, photo, **size), depth(idle, photo, depth="guessed", **size)
    there = np.asarray(Image.fromarray(near).resize((320, 256)))
    assert np.corrcoef(own.ravel(), there.ravel())[0, 1] > 0.85
    assert np.corrcoef(guessed.ravel(), there.ravel())[0, 1] < 0.7
