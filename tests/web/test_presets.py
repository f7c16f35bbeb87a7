"""The user's own presets, over the web."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from videoai import own_presets
from videoai.presets import PRESETS
from videoai.system import paths


def keep(site, name="My portraits", replace=False, **choice):
    body = {"preset": "minimum", "settings": {"model": "draft", "motion": 44}} | choice
    return site.ask("PUT", f"/api/presets/{quote(name)}{'?replace=1' if replace else ''}", json=body)


def test_what_is_chosen_is_kept_and_chosen_again(idle):
    settings = {"model": "draft", "motion": 44, "seed": 7, "focus": [0.2, 0.3]}
    kept = keep(idle, settings=settings, width=3000, height=4000)
    assert kept.status_code == 200, kept.text
    row = kept.json()
    assert (row["name"], row["label"], row["own"]) == ("My portraits", "My portraits", True)
    assert row["sizes"] == {"landscape": [448, 256], "portrait": [256, 448], "square": [320, 320]}
    assert (row["values"]["motion"], row["values"]["frames"], row["values"]["model"]) == (44, 10, "draft")
    assert not {"seed", "focus", "fit", "width", "height"} & set(row["values"])
    for path, found in (("/api/presets", None), ("/api/settings", None)):
        found = idle.get(path).json()["presets"]
        assert [each["name"] for each in found] == [*PRESETS, "My portraits"]
    asked = {"preset": "my portraits", "settings": {"seed": 3}, "width": 300, "height": 200}
    answer = idle.post("/api/resolve", asked).json()
    assert (answer["preset"], answer["given"], answer["changed"], answer["shape"]) == (
        "My portraits",
        {"seed": 3},
        [],
        "landscape",
    )
    assert answer["settings"]["motion"] == 44
    photo = idle.give().json()["id"]
    job = idle.post("/api/jobs", {"photo_id": photo, "preset": "my portraits", "settings": {}})
    assert job.status_code == 201, job.text
    assert (job.json()["preset"], job.json()["settings"]["motion"]) == ("My portraits", 44)


def test_a_size_of_ones_own_is_kept_by_its_sides(idle):
    row = keep(idle, settings={"model": "draft", "width": 320, "height": 512}).json()
    assert (row["sizes"]["landscape"], row["sizes"]["portrait"]) == ([512, 320], [320, 512])


def test_it_is_replaced_renamed_and_deleted(idle):
    assert keep(idle).status_code == 200
    again = keep(idle, "MY portraits", settings={"model": "draft", "motion": 9})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "preset_conflict")
    assert keep(idle, replace=True, settings={"model": "draft", "motion": 9}).json()["values"]["motion"] == 9
    renamed = idle.post("/api/presets/my%20portraits/rename", {"name": "Faces"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Faces")
    assert idle.ask("DELETE", "/api/presets/faces").status_code == 204
    assert idle.ask("DELETE", "/api/presets/faces").status_code == 404
    assert own_presets.names() == ()


@pytest.mark.parametrize(
    ("name", "choice", "status"),
    [
        ("safety", {}, 409),
        ("Veloce", {}, 409),
        ("x" * 41, {}, 422),
        ("..x", {}, 422),
        ("A", {"settings": None}, 400),
        ("A", {"settings": {"motion": 900}}, 422),
        ("A", {"settings": {"model": "/etc/passwd"}}, 422),
        ("A", {"preset": "B"}, 422),
        ("A", {"photo_id": "0" * 14}, 404),
        ("A", {"more": 1}, 400),
    ],
)
def test_what_cannot_be_kept_is_refused(idle, name, choice, status):
    found = keep(idle, name, **choice)
    assert found.status_code == status, found.text
    assert not paths.own_presets().exists()


def test_other_pages_hear_of_it_whoever_has_changed_it(idle):
    stream = idle.events(params={"lang": "it"})
    _, snapshot = stream.until("snapshot")
    assert [each["name"] for each in snapshot["presets"]] == [*PRESETS]
    keep(idle)
    _, data = stream.until("presets")
    assert [each["name"] for each in data["presets"]] == [*PRESETS, "My portraits"]
    own_presets.rename("My portraits", "Faces")  # as another server does
    _, data = stream.until("presets", lambda data: data["presets"][-1]["name"] == "Faces")
    stream.close()


def test_a_damaged_list_is_said_on_the_page(start):
    paths.own_presets().parent.mkdir(parents=True, exist_ok=True)
    paths.own_presets().write_text("{")
    found = start().get("/api/settings").json()
    assert len(found["presets"]) == len(PRESETS)
    assert "presets was damaged" in found["notices"][0]
