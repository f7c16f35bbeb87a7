"""What a page needs first, and what a video would take."""

from __future__ import annotations

import pytest

from videoai import __version__
from videoai.presets import PRESETS
from videoai.settings import PARAMETERS


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


def test_each_stage_of_a_run_has_its_title_and_its_part(idle):
    stages = {stage["name"]: stage for stage in idle.get("/api/settings?lang=it").json()["stages"]}
    assert stages["encode"] == {"name": "encode", "title": "Scrivo il video", "part": "after", "unit": ""}
    assert stages["fetch"]["unit"] == "bytes"
    assert {stages[name]["part"] for name in ("denoise", "frames")} == {"main"}
    assert "loop" in stages, "what a finisher does is one too"


def test_a_model_says_which_parameters_it_uses(idle):
    uses = {row["id"]: row["parameters"] for row in idle.get("/api/models").json()["models"]}
    assert {"steps", "guidance_max", "reuse", "loop"} <= set(uses["svd-xt"])
    assert {"motion", "frames", "loop"} <= set(uses["draft"])
    assert not {"steps", "guidance_max", "reuse", "precision"} & set(uses["draft"])


def test_the_video_is_what_the_finishers_make_of_the_clip(idle):
    found = idle.post("/api/resolve", {"settings": {"frames": 10, "fps": 6, "loop": "boomerang"}}).json()
    assert found["video"] == {"width": 640, "height": 384, "frames": 18, "fps": 6, "seconds": 3.0}
    assert found["hints"]["frames"] == "a video of 3.0 s"


LANGUAGES = [
    # The address, the browser's header, and what is spoken.
    ("", "it-IT,it;q=0.9,en;q=0.8", "it"),
    ("", "de, it;q=0.5", "it"),
    ("", "de", "en"),
    ("", "", "en"),
    ("?lang=it", "en", "it"),
    ("?lang=en", "it", "en"),
    ("?lang=xx", "it", "it"),
    ("", ";;;q=x", "en"),
]


def test_the_language_of_the_texts(idle):
    for query, header, language in LANGUAGES:
        found = idle.get(f"/api/settings{query}", headers={"Accept-Language": header}).json()
        assert found["language"] == language, (query, header)
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
    monkeypatch.setattr("videoai.web.machine.MachineMonitor.budget", lambda self: 2 << 30)
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


def test_what_is_chosen_is_resolved_with_all_that_follows_from_it(idle):
    asked = {"width": 3000, "height": 4000, "preset": "minimum", "settings": {"motion": 180, "model": "draft"}}
    found = idle.post("/api/resolve", asked).json()
    settings = found["settings"]
    assert [settings[name] for name in ("width", "height", "frames", "steps", "motion")] == [256, 448, 10, 15, 180]
    assert "seed" not in settings, "a new one is drawn for each video"
    assert (found["preset"], found["shape"]) == ("minimum", "portrait")
    assert found["given"] == {"motion": 180, "model": "draft"}
    assert found["changed"] == ["motion"], "the model is chosen beside the preset"
    assert found["video"] == {"width": 256, "height": 448, "frames": 10, "fps": 6, "seconds": 1.667}
    hints = {"steps": "balanced", "motion": "strong", "fps": "a quick preview", "frames": "a video of 1.7 s"}
    assert found["hints"] == hints | {"reuse": "every step is whole"}


def test_a_preset_alone_is_no_change_whatever_is_said_beside_it(idle):
    plain = idle.post("/api/resolve", {"settings": {"motion": 100, "focus": [0.1, 0.5], "seed": 4}}).json()
    assert (plain["preset"], plain["given"], plain["changed"]) == ("safety", {"focus": [0.1, 0.5], "seed": 4}, [])


def test_another_shape_than_the_photos_is_a_size_of_the_presets(idle):
    asked = {"width": 300, "height": 200, "shape": "portrait", "settings": {}}
    found = idle.post("/api/resolve", asked).json()
    assert (found["given"], found["changed"], found["shape"]) == ({"width": 384, "height": 640}, [], "portrait")
    again = idle.post("/api/resolve", {"width": 300, "height": 200, "settings": found["settings"]}).json()
    assert again == found
    other = idle.post("/api/resolve", {"settings": {"width": 320}}).json()
    assert (other["given"], other["shape"]) == ({"width": 320, "height": 256}, None)
    assert other["changed"] == ["width", "height"]
    assert idle.post("/api/resolve", {"shape": "round"}).status_code == 400
    estimated = idle.post("/api/estimate", asked).json()["settings"]
    assert (estimated["width"], estimated["height"]) == (384, 640)


def test_a_model_made_for_few_steps_has_its_own_range_and_words(idle):
    models = {model["id"]: model for model in idle.get("/api/settings").json()["models"]}
    few = models["animatelcm-svd-xt"]["ranges"]
    assert (list(few), few["steps"]["minimum"], few["steps"]["maximum"]) == (["steps"], 1, 50)
    assert few["steps"]["hints"] == [{"from": 1, "text": "all it needs"}, {"from": 9, "text": "more than it needs"}]
    assert models["svd-xt"]["ranges"] == {}
    fast = idle.post("/api/resolve", {"preset": "fast"}).json()
    assert (fast["settings"]["steps"], fast["hints"]["steps"], fast["given"]) == (4, "all it needs", {})


def test_a_sampler_that_the_model_is_not_made_for_is_refused_before_any_job(idle):
    answer = idle.post("/api/resolve", {"settings": {"model": "svd-xt", "scheduler": "lcm"}})
    assert answer.status_code == 422
    assert "svd-xt is not made for the LCM sampler" in answer.json()["error"]["message"]
    few = idle.post("/api/resolve", {"preset": "balanced", "settings": {"model": "animatelcm-svd-xt"}}).json()
    assert (few["settings"]["scheduler"], few["settings"]["sigmas"]) == ("lcm", "karras")
    again = idle.post("/api/resolve", {"preset": "balanced", "settings": few["settings"]}).json()
    assert again["settings"]["sigmas"] == "karras"


def test_what_a_setting_may_be_beside_the_others_is_said(idle):
    def limits(**values):
        return idle.post("/api/resolve", {"settings": values}).json()["limits"]

    few = limits(model="animatelcm-svd-xt")
    assert (few["steps"]["maximum"], few["reuse"]["maximum"], few["sigmas"]["choices"]) == (40, 1, ["karras"])
    assert "lcm" not in limits()["scheduler"]["choices"]
    assert limits(model="animatelcm-svd-xt", scheduler="euler", steps=20).keys() == {"smooth", "trim"}
    assert limits(steps=5)["reuse"]["maximum"] == 5
    assert limits(model="draft", fps=12)["smooth"] == {"minimum": 13, "maximum": 120, "choices": None}
    assert limits(model="draft", fps=2).keys() == {"trim"}
    assert limits(model="draft", fps=2)["trim"]["maximum"] == 7  # the seconds of 14 frames


def test_what_a_page_shows_in_groups(idle):
    found = idle.get("/api/settings?lang=it").json()
    groups = {group["name"]: group for group in found["groups"]}
    assert list(groups) == ["main", "more", "finishing", "run"]
    assert groups["main"]["parameters"] == ["model", "motion", "frames", "steps", "fps", "seed", "camera"]
    assert groups["run"]["parameters"] == ["preset", "force", "gentle"]
    assert groups["more"]["title"] == "Altre impostazioni"
    rows = {row["name"]: row for row in (*found["parameters"], *found["options"])}
    assert sorted(name for group in groups.values() for name in group["parameters"]) == sorted(rows)
    assert rows["precision"]["labels"] == {"auto": "automatica", "16": "16 bit", "8": "8 bit", "4": "4 bit"}
    assert [hint["text"] for hint in rows["motion"]["hints"]] == ["calmo", "lieve", "vivace", "forte", "sfrenato"]
    assert (rows["noise_aug"]["step"], rows["noise_aug"]["multiple"], rows["width"]["step"]) == (0.01, None, 64)
    assert [row["name"] for row in found["options"]] == ["preset", "force", "gentle"]
    assert [preset["label"] for preset in found["presets"]][2:4] == ["Il migliore", "Sicuro"]


def test_each_row_that_the_page_shows_teaches_what_it_does_and_in_both_languages(idle):
    english, italian = (idle.get(f"/api/settings?lang={tag}").json() for tag in ("en", "it"))
    rows = [*english["parameters"], *english["options"]]
    words = {row["name"]: row["guide"] for row in rows}
    assert [name for name, guide in words.items() if not guide.endswith(".") or len(guide) < 60] == []
    assert [name for name, guide in words.items() if "--" in guide or "videoai" in guide.lower()] == []
    others = {row["name"]: row["guide"] for row in [*italian["parameters"], *italian["options"]]}
    assert [name for name, guide in words.items() if others[name] == guide] == []


def test_a_square_preset_is_square_for_any_shape(idle):
    for shape in ("landscape", "square", "portrait"):
        found = idle.post("/api/resolve", {"preset": "square", "shape": shape}).json()
        assert (found["shape"], found["settings"]["width"], found["settings"]["height"]) == ("square", 512, 512)
