"""Where a key goes, where the focus is, and what a screen reader calls things."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.views import SHORT
from tests.conftest import EXAMPLES
from tests.support.site import ended

TOLD = """
async (messages) => {
  const { showError } = await import("/static/base/overlays.js");
  const { ApiError } = await import("/static/base/api.js");
  for (const message of messages) showError(new ApiError(500, "failed", message, "Try it again."));
}
"""


@pytest.fixture
def clips(site):
    """Three that are there, the newest first."""
    made = [
        site.wait(site.ask(EXAMPLES / name, **SHORT)["id"], ended)
        for name in ("coffee.png", "rocket.jpg", "chelsea.png")
    ]
    yield [job["id"] for job in reversed(made)]
    for job in made:
        if site.get(f"/api/jobs/{job['id']}").ok:
            site.forget(job["id"])


def card(visitor, job_id):
    return visitor.page.locator(f"#gallery li[data-key='{job_id}']")


def test_after_deleting_the_focus_is_at_the_next_card(site, visit, clips):
    visitor = visit(site)
    page = visitor.page
    drop = card(visitor, clips[0]).get_by_role("button", name="Delete: chelsea.png")
    drop.focus()
    page.keyboard.press("Enter")
    expect(card(visitor, clips[0])).to_have_count(0)
    expect(card(visitor, clips[1]).locator(".clip-open")).to_be_focused()
    visitor.open(clips[1])  # and from the row under it
    visitor.see_layer("player")
    page.locator("#toolbar .more-tools > summary").click()
    page.locator("#toolbar .more-tools button").filter(has_text="Delete").click()
    expect(card(visitor, clips[1])).to_have_count(0)
    expect(page.locator("body")).not_to_be_focused()


def test_space_plays_and_pauses_the_clip_whose_card_was_just_pressed(site, visit, clips):
    visitor = visit(site)
    page = visitor.page
    for press in (lambda opener: opener.click(), lambda opener: opener.press("Enter")):
        opener = card(visitor, clips[0]).locator(".clip-open")
        press(opener)
        visitor.see_it_play(448, 256)
        page.keyboard.press("Space")
        expect(visitor.video).to_have_js_property("paused", True)
        page.keyboard.press("Space")
        expect(visitor.video).to_have_js_property("paused", False)
        expect(opener).to_be_focused()  # Tab goes on from there
        clips.reverse()


def test_escape_on_a_clip_without_a_photo_stays_there(site, visit, clips):
    visitor = visit(site)
    visitor.open(clips[0])
    visitor.see_layer("player")
    visitor.page.keyboard.press("Escape")
    visitor.see_layer("player")
    visitor.drop(EXAMPLES / "rocket.jpg")
    visitor.see_layer("crop")
    visitor.open(clips[0])
    visitor.see_layer("player")
    visitor.page.keyboard.press("Escape")
    visitor.see_layer("crop")


def test_equal_messages_are_counted_and_others_are_not(site, visit):
    page = visit(site).page
    page.evaluate(TOLD, ["The disk is full."] * 5 + ["The disk is slow."])
    toasts = page.locator(".toast p")
    expect(toasts).to_have_count(2)
    expect(toasts.nth(0)).to_have_text("The disk is full. ×5Try it again.")
    page.get_by_role("button", name="Close").first.click()
    expect(toasts).to_have_count(1)
    page.evaluate(TOLD, ["The disk is full."])
    expect(toasts.nth(1)).to_have_text("The disk is full.Try it again.")
