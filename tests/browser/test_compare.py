"""Two clips compared: beside each other at the same moment, or by a line that is moved; and what differs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.visitor import MOVING
from tests.conftest import EXAMPLES
from tests.support.site import ended

PHOTO = EXAMPLES / "coffee.png"
SLOW = {"model": "draft", "width": 448, "height": 256, "frames": 12, "fps": 6, "seed": 1, "motion": 20}
FAST = SLOW | {"fps": 12, "seed": 2}
"""Half as long, with twice the frames a second."""

TIMES = "videos => videos.map(video => video.currentTime)"


@pytest.fixture(scope="module")
def two(site):
    """Two clips of one photo."""
    photo = site.give(PHOTO, unlike=True)["id"]
    asked = [site.post("/api/jobs", {"photo_id": photo, "settings": each}).json() for each in (SLOW, FAST)]
    return [site.wait(job["id"], ended)["id"] for job in asked]


def compare(visitor, first, other):
    """From the shelf: one, and then the other."""
    card = visitor.card(first)
    card.hover()
    card.get_by_role("button", name="Compare with another clip").click()
    expect(visitor.page.locator(".picking")).to_contain_text("Choose the clip to compare with “coffee.png”.")
    visitor.page.locator(f"#gallery li[data-key='{other}'] .clip-open").click()
    expect(visitor.page.get_by_role("dialog", name="Two clips compared")).to_be_visible()


def test_two_clips_play_at_the_same_moment_and_step_by_the_finer_frames(site, visit, two):
    visitor = visit(site, **MOVING)
    compare(visitor, *two)
    page, videos = visitor.page, visitor.page.locator(".versus video")
    expect(videos.first).not_to_have_js_property("currentTime", 0)
    long, short = videos.evaluate_all(TIMES)
    assert short == pytest.approx(min(long, 1), abs=0.25)
    videos.first.evaluate("video => new Promise((told) => video.addEventListener('ended', told))")
    expect(videos.last).to_have_js_property("paused", False)
    long, short = videos.evaluate_all(TIMES)
    assert short == pytest.approx(long, abs=0.25), "both begin anew when the longer one is through"
    page.get_by_role("button", name="Pause").click()
    frame = page.get_by_role("slider", name="Frames of the videos")
    frame.focus()
    page.keyboard.press("Home")
    expect(frame).to_have_attribute("aria-valuetext", "Frame 1 of 24")
    page.get_by_role("button", name="Next frame").click()
    page.keyboard.press("ArrowRight")
    expect(frame).to_have_attribute("aria-valuetext", "Frame 3 of 24")
    assert videos.evaluate_all(TIMES) == [pytest.approx(2.5 / 12, abs=1e-3)] * 2
    page.keyboard.press("ArrowLeft")
    expect(frame).to_have_attribute("aria-valuetext", "Frame 2 of 24")
    frame.focus()
    page.keyboard.press("End")
    assert videos.evaluate_all(TIMES) == pytest.approx([23.5 / 12, 11.5 / 12], abs=1e-3), "one rests"
    differs = {
        row.locator("th").inner_text(): row.locator("td").all_inner_texts()
        for row in page.locator(".versus tbody tr").all()
    }
    differs = {label: words for label, words in differs.items() if label not in ("Made in", "Memory")}
    assert differs == {"FPS": ["6 fps", "12 fps"], "Seed": ["1", "2"]}


@pytest.mark.parametrize("device", ["desktop", pytest.param("iphone", marks=pytest.mark.slow)], indirect=True)
def test_the_line_between_them_follows_the_pointer_and_the_keys(site, visit, two, device):
    visitor = visit(site, device)
    page = visitor.page
    if device is DEVICES["iphone"]:  # there is no pointer that could rest on a card
        visitor.open(two[0])
        page.locator("#toolbar .more-tools > summary").click()
        page.locator("#toolbar").get_by_role("button", name="Compare with another clip").click()
        page.locator(f"#gallery li[data-key='{two[1]}'] .clip-open").click()
    else:
        compare(visitor, *two)
    page.get_by_role("button", name="Wipe").click()
    cut = page.get_by_role("slider", name="The line between them")
    box = page.locator(".versus-wipe .wipe").bounding_box()
    at = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, at)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, at, steps=3)
    page.mouse.up()
    expect(cut).to_have_attribute("aria-valuetext", "80%")
    expect(cut).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cut).to_have_attribute("aria-valuetext", "79%")
    expect(page.locator("[data-side=B] video")).to_have_css("clip-path", "inset(0px 0px 0px 79%)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(f"#gallery li[data-key='{two[1]}'] .clip-open")).to_be_focused()


def test_escape_ends_the_choice_of_another_clip(site, visit, two):
    visitor = visit(site)
    page, card = visitor.page, visitor.card(two[0])
    card.hover()
    card.get_by_role("button", name="Compare with another clip").click()
    expect(page.locator(".clip-card.offered .clip-open").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".picking")).to_be_hidden()
    page.locator(f"#gallery li[data-key='{two[1]}'] .clip-open").click()
    expect(page.locator("#stage")).to_have_attribute("data-layer", "player")
