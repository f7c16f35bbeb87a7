"""What is made of a clip that is there: trimmed by handles, finished anew, and gone on with from one of its frames."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import EXAMPLES
from tests.support.site import ended

CLIP = {"model": "draft", "width": 448, "height": 256, "frames": 12, "fps": 6, "seed": 4}


@pytest.fixture(scope="module")
def clip(site):
    """A clip of two seconds."""
    return site.wait(site.ask(EXAMPLES / "coffee.png", **CLIP)["id"], ended)


@pytest.mark.parametrize("device", ["desktop", pytest.param("iphone", marks=pytest.mark.slow)], indirect=True)
def test_a_clip_is_trimmed_by_its_handles_and_finished_without_its_model(site, visit, clip, device):
    visitor = visit(site, device)
    page = visitor.page
    visitor.open(clip["id"])
    visitor.see_the_clip(448, 256)
    page.locator("#toolbar .more-tools > summary").click()
    page.get_by_role("button", name="Trim…").click()
    first, end = page.get_by_role("slider", name="Beginning"), page.get_by_role("slider", name="End")
    expect(first).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-valuetext", "0.50 s")
    expect(visitor.video).to_have_js_property("paused", True)
    strip, handle = page.locator("#filmstrip .cells").bounding_box(), end.bounding_box()
    page.mouse.move(handle["x"] + 5, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(strip["x"] + strip["width"] * 0.75, handle["y"] + 5, steps=3)
    page.mouse.up()
    expect(end).to_have_attribute("aria-valuetext", "1.50 s")
    expect(page.locator(".trim-facts")).to_have_text("0.50 s to 1.50 s: 1.0 s")
    page.get_by_role("button", name="Finish…").click()
    panel = page.get_by_role("dialog", name="Finish this clip")
    expect(panel).to_contain_text("nothing is generated again")
    expect(panel.locator("#finish-trim")).to_have_value("0.5")
    expect(panel.get_by_label("Trim, to")).to_have_value("1.5")
    panel.get_by_label("Smooth", exact=True).fill("12")
    panel.get_by_label("Smooth", exact=True).blur()
    expect(panel.locator(".finish-video")).to_contain_text("448 × 256 · 12 frames · 1.0 s · 12 fps")
    expect(panel.locator(".estimate-line")).to_contain_text("fits")
    panel.get_by_role("button", name="Finish").click()
    expect(panel).to_have_count(0)
    visitor.see_the_clip(448, 256)
    expect(page.locator("#filmstrip")).to_have_attribute("aria-valuemax", "12")
    made = site.job(page.url.partition("#")[2])
    assert made["finishes"] == {"job": clip["id"]}
    assert (made["settings"]["trim"], made["settings"]["smooth"]) == ([0.5, 1.5], 12)
    assert made["settings"]["seed"] == CLIP["seed"]
    card = visitor.card(made["id"])
    stack = card.locator(".stack-count")  # together with the clip that it was made of
    if stack.get_attribute("aria-expanded") == "false":
        stack.click()
    expect(card.locator(".badge")).to_have_text("Finished anew")


def test_what_is_refused_is_said_before_it_is_asked_for(site, visit, clip):
    visitor = visit(site, trouble=True)
    page = visitor.page
    visitor.open(clip["id"])
    page.get_by_role("button", name="Finish…").click()
    panel = page.get_by_role("dialog", name="Finish this clip")
    said, go = panel.locator(".estimate-words"), panel.get_by_role("button", name="Finish")
    expect(said).to_have_text("Choose what is to be different.")
    expect(go).to_be_disabled()
    panel.get_by_label("Loop", exact=True).select_option("boomerang")
    expect(go).to_be_enabled()
    expect(panel.locator(".setting:has(#finish-hold)")).to_have_class("setting fixed")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Finish…")).to_be_focused()


def test_a_clip_goes_on_from_the_frame_that_is_shown(site, visit, clip):
    visitor = visit(site)
    page = visitor.page
    visitor.open(clip["id"])
    visitor.see_the_clip(448, 256)
    page.locator("#filmstrip").focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#filmstrip")).to_have_attribute("aria-valuenow", "5")
    page.locator("#toolbar .more-tools > summary").click()
    page.get_by_role("button", name="Go on from here").click()
    expect(page).not_to_have_url(f"{site.url}/#{clip['id']}")
    visitor.see_the_clip(448, 256)
    made = site.job(page.url.partition("#")[2])
    assert made["settings"] == clip["settings"] | {"seed": CLIP["seed"] + 1}
