"""What a page needs first, and what a video would take."""

from __future__ import annotations

import pytest

from videoai import __version__
from videoai.settings import PARAMETERS, PRESETS


def test_everything_to_build_the_page_from(idle):
    found = idle.get("/api/settings").json()
    assert (found["version"], found["language"], found["offline"]) == (__version__, "en", False)
    assert [row["name"] for row in found["parameters"]] == list(PARAMETERS)
    rows = {row["name"]: row for row in found["parameters"]}
    width = {name: rows["width"][name] for name in ("kind", "minimum", "maximum", "multiple", "default", "unit")}
    assert width == {"kind": "whole", "minimum": 256, "maximum": 1024, "multiple": 64, "default": 640, "unit": "px"}
    assert (rows["seed"]["default"], rows["seed"]["default_text"]) == (None, "random")
    assert (rows["guidance_interval"]["kind"], rows["guidance_interval"]["default"]) == ("span", None)
    assert rows["focus"]["default"] == [0.5, 0.5]
    assert rows["fit"]["choices"] == ["crop", "pad"]
    assert [preset["name"] for preset in found["presets"]] == list(PRESETS)
    assert found["presets"][0]["sizes"] == {"landscape": [640, 384], "portrait": [384, 640], "square": [512, 512]}
    assert found["limits"] == {"upload_bytes": 64 << 20, "queue": 100}
    assert found["models"][-1]["state"] == "built in"
    assert found["machine"]["programs"]


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "it-IT,it;q=0.9,en;q=0.8", "it"),
        ("", "de, it;q=0.5", "it"),
        ("", "de", "en"),
        ("", "", "en"),
        ("?lang=it", "en", "it"),
        ("?lang=en", "it", "en"),
        ("?lang=xx", "it", "it"),
        ("", ";;;q=x", "en"),
    ],
)
def test_the_language_of_the_texts(idle, query, header, language):
    found = idle.get(f"/api/settings{query}", headers={"Accept-Language": header}).json()
    assert found["language"] == language
    helps = {row["name"]: row["help"] for row in found["parameters"]}
    assert helps["motion"] == ("Intensità movimento" if language == "it" else "Amount of movement")


def test_an_estimate_of_a_photo_that_was_given(idle):
    photo = idle.give().json()["id"]
    found = idle.post("/api/estimate", {"photo_id": photo, "preset": "minimum"}).json()
    assert found["fits"] in (True, False)
    assert [stage["name"] for stage in found["stages"]] == ["condition", "denoise", "decode"]
    assert found["peak_bytes"] == max(stage["peak_bytes"] for stage in found["stages"])
    assert (found["settings"]["width"], found["settings"]["frames"]) == (448, 10)
    assert (found["model_state"], found["hint"]) == ("missing", None)


def test_an_estimate_without_a_photo_follows_its_shape(idle):
    for size, expected in (({"width": 3000, "height": 4000}, (384, 640)), ({}, (640, 384))):
        found = idle.post("/api/estimate", {**size, "settings": {"model": "draft"}}).json()
        assert (found["settings"]["width"], found["settings"]["height"]) == expected


def test_that_it_does_not_fit_is_an_answer_and_no_error(idle, monkeypatch):
    monkeypatch.setattr("videoai.web.machine.Watch.budget", lambda self: 2 << 30)
    found = idle.post("/api/estimate", {"preset": "native"})
    assert found.status_code == 200
    assert found.json()["fits"] is False
    assert found.json()["nearest"]
    assert "memory" in found.json()["hint"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"settings": {"frames": 1}}, 422),
        ({"settings": {"model": "../x"}}, 422),
        ({"preset": "x"}, 422),
        ({"width": 0, "height": 5}, 400),
        ({"width": 10**9, "height": 5}, 400),
        ({"width": 1.5}, 400),
        ({"photo_id": "nothere"}, 404),
        ({"other": 1}, 400),
    ],
)
def test_what_cannot_be_estimated(idle, body, status):
    assert idle.post("/api/estimate", body).status_code == status


def test_json_that_is_none(idle):
    for content in (b"{", b"\xff", b"[" * 90_000, b'{"settings": NaN}', b"1e999"):
        found = idle.ask("POST", "/api/estimate", data=content, headers={"Content-Type": "application/json"})
        assert found.status_code == 400, content[:20]


def test_json_that_is_too_much(idle):
    assert idle.post("/api/estimate", {"settings": {"model": "x" * 200_000}}).status_code == 413


def test_numbers_that_are_none(idle):
    for value, status in ((b"1" * 18, 422), (b"1e999", 400), (b"1" * 4000, 400), (b"NaN", 400), (b"-Infinity", 400)):
        body = b'{"settings": {"frames": ' + value + b"}}"
        found = idle.ask("POST", "/api/estimate", data=body, headers={"Content-Type": "application/json"})
        assert found.status_code == status, value[:20]


def test_health(idle):
    assert idle.get("/api/health").json() == {"status": "ok", "version": __version__}
    assert idle.get("/api/health").headers["Cache-Control"] == "no-store"


def test_the_words_of_the_page(idle):
    assert idle.get("/api/words/en.json").json() == {}
    assert isinstance(idle.get("/api/words/it.json").json(), dict)
    assert idle.get("/api/words/xx.json").status_code == 404
    assert idle.get("/api/words/..%2fit.json").status_code == 404
