"""Where a key goes, where the focus is, and what a screen reader calls things."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import MOVING
from tests.conftest import EXAMPLES

TOLD = """
async (messages) => {
  const { showError } = await import("/static/base/overlays.js");
  const { ApiError } = await import("/static/base/api.js");
  for (const message of messages) showError(new ApiError(500, "failed", message, "Try it again."));
}
"""


@pytest.fixture
def clips(new_clips):
    """Three that are there, the newest first."""
    return new_clips("coffee.png", "rocket.jpg", "chelsea.png")[::-1]


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


@pytest.fixture
def stack(new_clips):
    """Two clips of one photo, the newest of all, and one of another; the newest first."""
    return new_clips("rocket.jpg", "coffee.png", "coffee.png", stacked=True)[::-1]


def test_the_focus_and_the_stage_go_on_to_the_same_clip_and_come_back_with_it(site, visit, stack):
    visitor = visit(site)
    page = visitor.page
    card(visitor, stack[0]).locator(".clip-open").click()
    visitor.see_layer("player")
    for gone, follows in ((stack[0], stack[1]), (stack[1], stack[2])):  # within the stack, and out of it
        page.keyboard.press("Delete")
        expect(page).to_have_url(f"{site.url}/#{follows}")
        expect(card(visitor, follows).locator(".clip-open")).to_be_focused()
        assert site.job(gone)["binned"]
    assert not site.job(stack[2])["binned"]
    undo = page.locator(".toast").get_by_role("button", name="Undo")
    expect(undo).to_have_count(1)
    expect(page.locator(".toast .hint")).to_have_text("You can restore it for 7 days from the bin below your clips.")
    undo.press("Enter")
    expect(page).to_have_url(f"{site.url}/#{stack[1]}")
    expect(card(visitor, stack[1]).locator(".clip-open")).to_be_focused()
    expect(undo).to_have_count(0)
    assert not site.job(stack[1])["binned"]


def test_delete_is_of_the_card_with_the_focus(site, visit, stack):
    visitor = visit(site)
    page = visitor.page
    card(visitor, stack[2]).locator(".clip-open").click()
    visitor.see_layer("player")
    card(visitor, stack[0]).locator(".clip-open").focus()
    page.keyboard.press("Delete")
    expect(card(visitor, stack[1]).locator(".clip-open")).to_be_focused()
    expect(page).to_have_url(f"{site.url}/#{stack[2]}")
    assert [bool(site.job(id)["binned"]) for id in stack] == [True, False, False]
    # A stack whose second clip is on the stage stands for that one.
    site.post(f"/api/jobs/{stack[0]}/restore")
    expect(card(visitor, stack[0])).to_have_count(1)
    page.keyboard.press("]")
    expect(page).to_have_url(f"{site.url}/#{stack[1]}")
    card(visitor, stack[0]).locator(".clip-open").focus()
    page.keyboard.press("Delete")
    expect(page).to_have_url(f"{site.url}/#{stack[2]}")
    expect(card(visitor, stack[2]).locator(".clip-open")).to_be_focused()
    assert [bool(site.job(id)["binned"]) for id in stack] == [False, True, False]


def test_a_message_with_a_button_stays_long_and_longer_under_the_pointer_or_the_focus(site, visit):
    visitor = visit(site)
    page = visitor.page
    page.clock.install()
    page.evaluate(
        """async () => {
          const { toast } = await import("/static/base/overlays.js");
          toast("Said.");
          toast("Done.", { action: { label: "Back", act: () => {} } });
        }"""
    )
    message, back = page.locator(".toast").filter(has_text="Done."), page.get_by_role("button", name="Back", exact=True)
    page.clock.run_for(20_000)
    expect(page.locator(".toast").filter(has_text="Said.")).to_have_count(0)
    back.focus()
    message.hover()
    page.mouse.move(0, 0)  # the focus is still there
    page.clock.run_for(60_000)
    message.hover()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # and now the pointer
    page.clock.run_for(60_000)
    expect(message).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(12_000)
    expect(message).to_have_count(0)


def test_space_plays_and_pauses_the_clip_whose_card_was_just_pressed(site, visit, clips):
    visitor = visit(site, **MOVING)
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


def test_a_letter_with_shift_is_not_the_letter(site, visit, clips):
    visitor = visit(site)
    page, star = visitor.page, card(visitor, clips[0]).locator(".star")
    card(visitor, clips[0]).locator(".clip-open").focus()
    page.keyboard.press("Shift+F")  # nothing plays that could fill the screen
    page.keyboard.press("Shift+?")  # many keyboards need it for what is no letter
    expect(page.locator("dialog.panel")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(star).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("f")
    expect(star).to_have_attribute("aria-pressed", "true")
