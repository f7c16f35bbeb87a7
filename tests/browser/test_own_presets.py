"""Presets of one's own: kept under a name on the computer, chosen like any other, changed, deleted with a way back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devices import DEVICES
from tests.conftest import EXAMPLES


def card(page: Page, name: str):
    return page.locator(".own-preset", has=page.get_by_text(name, exact=True))


def keep(page: Page, name: str, motion: int = 44) -> None:
    page.locator("#set-motion").fill(str(motion))
    page.get_by_role("button", name="Keep as a preset…").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")
    expect(card(page, name).locator("input")).to_be_checked()


def test_a_preset_of_ones_own_is_on_every_page_and_can_be_changed(own_site, visit):
    visitors = visit(own_site, trouble=True), visit(own_site)  # a name is refused
    for visitor in visitors:
        visitor.drop(EXAMPLES / "coffee.png")
        visitor.see_layer("crop")
    page, other = (visitor.page for visitor in visitors)
    expect(page.get_by_role("button", name="Keep as a preset…")).to_be_hidden()
    keep(page, "My portraits")
    expect(page.get_by_role("button", name="Keep as a preset…")).to_be_hidden()
    expect(card(page, "My portraits").locator(".preset-time")).not_to_have_text("…")
    card(other, "My portraits").locator("label").click()  # it came by the stream
    expect(other.locator("#set-motion")).to_have_value("44")
    expect(other.locator("#set-model")).to_have_value("draft")
    # Another preset leaves the model as it is.
    visitors[1].pick_preset("safety")
    expect(other.locator("#set-motion")).to_have_value("100")
    expect(other.locator("#set-model")).to_have_value("draft")
    # Overwritten only when that is said.
    page.locator("#set-motion").fill("77")
    page.get_by_role("button", name="Keep as a preset…").click()
    page.get_by_label("Name", exact=True).fill("my PORTRAITS")
    expect(page.locator("dialog")).to_contain_text("You already have “My portraits”")
    page.get_by_role("button", name="Replace", exact=True).click()
    expect(card(other, "my PORTRAITS")).to_be_visible()
    # A name that cannot be is said where it is typed.
    page.get_by_role("button", name="Change “my PORTRAITS”").click()
    page.get_by_label("Name", exact=True).fill("Safe")
    page.keyboard.press("Enter")
    expect(page.locator("dialog [role=alert]")).to_contain_text("“Safe” is a preset of VideoAi's.")
    page.keyboard.press("Escape")
    page.locator("#set-motion").fill("78")
    page.get_by_role("button", name="Keep as a preset…").click()
    page.get_by_label("Name", exact=True).fill("  ")
    page.keyboard.press("Enter")
    expect(page.locator("dialog [role=alert]")).to_have_text("A preset needs a name.")
    for name in ("Portraits 9/16", ".."):
        page.get_by_label("Name", exact=True).fill(name)
        page.keyboard.press("Enter")
        expect(page.locator("dialog [role=alert]")).to_contain_text(f"A preset cannot be called “{name}")
    page.keyboard.press("Escape")
    page.locator("#set-motion").fill("77")
    page.get_by_role("button", name="Change “my PORTRAITS”").click()
    page.get_by_label("Name", exact=True).fill("Faces")
    page.keyboard.press("Enter")
    expect(card(page, "Faces").locator("input")).to_be_checked()
    expect(page.locator("#set-motion")).to_have_value("77")
    # No name is taken for what has none.
    for before, name in (("Faces", "yours"), ("yours", "Faces")):
        page.get_by_role("button", name=f"Change “{before}”").click()
        page.get_by_label("Name", exact=True).fill(name)
        page.keyboard.press("Enter")
        expect(card(page, name).locator("input")).to_be_checked()
    # Deleted on the other page, what was chosen here stays as it is, and it can be undone.
    other.get_by_role("button", name="Change “Faces”").click()
    other.locator("dialog").get_by_role("button", name="Delete").click()
    expect(card(page, "Faces")).to_have_count(0)
    expect(page.locator("#set-motion")).to_have_value("77")
    expect(page.locator(".preset input[value=-yours]")).to_be_checked()
    other.locator(".toast").get_by_role("button", name="Undo").click()
    expect(card(page, "Faces")).to_be_visible()
    card(page, "Faces").locator("label").click()
    expect(page.locator("#set-motion")).to_have_value("77")


@pytest.mark.slow
def test_they_are_there_for_whoever_comes_with_an_empty_browser_and_on_a_phone(own_site, visit):
    first = visit(own_site)
    first.drop(EXAMPLES / "coffee.png")
    first.see_layer("crop")
    keep(first.page, "<b>Zoë 100 %", 9)
    visitor = visit(own_site, DEVICES["iphone"])
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    with visitor.sheet():
        change = visitor.page.get_by_role("button", name="Change “<b>Zoë 100 %”")
        change.scroll_into_view_if_needed()
        card(visitor.page, "<b>Zoë 100 %").locator("label").click()
        expect(visitor.page.locator("#set-motion")).to_have_value("9")
        change.click()
        visitor.page.locator("dialog").get_by_role("button", name="Delete").click()
        expect(change).to_have_count(0)
