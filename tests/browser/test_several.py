"""Several photos at once: each becomes a video, after one question, and none of them is lost without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor
from tests.conftest import EXAMPLES
from tests.support.site import Site, ended

NAMES = ["astronaut.png", "coffee.png", "rocket.jpg"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a camera leaves one, and a Mac: photos, one of them broken, one deeper, and what is none."""
    found = tmp_path / "holiday"
    (found / "last day").mkdir(parents=True)
    for name in NAMES[:2]:
        shutil.copy(EXAMPLES / name, found)
    shutil.copy(EXAMPLES / NAMES[2], found / "last day")
    (found / "broken.jpg").write_bytes(b"no photo at all " * 9)
    (found / "._coffee.png").write_bytes(b"what macOS leaves")
    (found / "notes.txt").write_text("buy milk", "utf-8")
    return found


def drop_from_the_system(visitor: Visitor, *paths: Path) -> None:
    """As from a file manager, folders as folders: only the browser itself can."""
    devtools = visitor.context.new_cdp_session(visitor.page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def question(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("dialog")


def titles(site: Site) -> list[str]:
    return sorted(job["title"] for job in site.get("/api/jobs").json()["jobs"])


def test_a_folder_and_a_photo_are_queued_after_one_question(own_site, visit, folder):
    visitor = visit(own_site, trouble=True)
    visitor.drop(EXAMPLES / "coffee.png", "image/png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    drop_from_the_system(visitor, folder, EXAMPLES / "chelsea.png", EXAMPLES / "README.md")
    asked = question(visitor)
    expect(asked.get_by_role("heading")).to_have_text("5 photos")
    expect(asked).to_contain_text("Minimum · 10 frames · 1.7 s")
    expect(asked.locator(".estimate-line")).to_contain_text("in all")
    rows = asked.locator(".several-row")
    expect(rows).to_have_count(6)
    expect(rows.filter(has_text="README.md")).to_contain_text("README.md is not a photo.")
    asked.get_by_role("button", name="Queue 5 videos").click()
    expect(asked.locator(".estimate-line")).to_have_text("4 of 5 are in the queue")
    expect(rows.filter(has_text="broken.jpg")).to_contain_text(
        "broken.jpg is a text file, not a photo VideoAi can read."
    )
    expect(rows.filter(has_text="In the queue")).to_have_count(4)
    asked.get_by_role("button", name="Close").last.click()
    assert titles(own_site) == [*sorted([*NAMES, "chelsea.png"])]
    jobs = own_site.get("/api/jobs").json()["jobs"]
    for job in jobs:
        made = own_site.wait(job["id"], ended)
        assert (made["state"], made["settings"]["frames"]) == ("done", 10)
        if made["title"] != "astronaut.png":  # which is square, as its video is
            subject = own_site.get(f"/api/photos/{made['photo_id']}/subject").json()["focus"]
            assert made["settings"]["focus"] == subject != [0.5, 0.5], "as of a photo that comes alone"
    shown = visitor.page.url.partition("#")[2]
    assert shown == min(job["id"] for job in jobs), "the first of them is on the stage"


def test_several_are_given_up_with_escape_and_one_among_others_is_opened(own_site, visit):
    visitor = visit(own_site)
    drop_from_the_system(visitor, EXAMPLES / "coffee.png", EXAMPLES / "rocket.jpg")
    expect(question(visitor)).to_contain_text("2 photos")
    visitor.page.keyboard.press("Escape")
    expect(question(visitor)).to_have_count(0)
    drop_from_the_system(visitor, EXAMPLES / "coffee.png", EXAMPLES / "README.md")
    visitor.see_layer("crop")
    expect(visitor.page.locator("#toasts")).to_contain_text("README.md is not a photo.")
    expect(visitor.page.locator(".crop .photo")).to_have_attribute("alt", "Your photo: coffee.png")
    assert titles(own_site) == []
