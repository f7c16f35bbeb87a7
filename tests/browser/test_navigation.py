"""Back and Forward go through the views, and Back closes what lies over the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.conftest import EXAMPLES


@pytest.fixture(scope="module")
def clips(new_clips):
    """The ids of two clips."""
    return new_clips("coffee.png", "coffee.png")


def test_back_and_forward_go_through_the_views(site, visit, clips):
    visitor = visit(site)
    page = visitor.page
    first, second = (f"{site.url}/#{id}" for id in clips)
    visitor.choose(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.open(clips[0])
    visitor.open(clips[1])
    page.go_back()
    expect(page).to_have_url(first)
    visitor.see_layer("player")
    expect(page.locator(f"#gallery li[data-key='{clips[0]}']")).to_have_class("clip-card shown")
    page.go_back()
    visitor.see_layer("crop")
    expect(page).to_have_url(f"{site.url}/")
    page.go_forward()
    expect(page).to_have_url(first)
    page.go_forward()
    expect(page).to_have_url(second)
    visitor.see_layer("player")
    # Escape on a clip that the photo led to is the same as Back; a reload and a typed address come to the clip.
    page.go_back()
    expect(page).to_have_url(first)
    page.keyboard.press("Escape")
    visitor.see_layer("crop")
    page.go_forward()
    visitor.reload()
    visitor.see_layer("player")
    page.evaluate("id => { location.hash = id }", clips[1])
    expect(page.locator(f"#gallery li[data-key='{clips[1]}']")).to_have_class("clip-card shown")
    page.go_back()
    expect(page.locator(f"#gallery li[data-key='{clips[0]}']")).to_have_class("clip-card shown")


def test_back_closes_what_lies_over_the_page_and_nothing_else(site, visit, clips):
    visitor = visit(site)
    page = visitor.page
    panel = page.locator("dialog.panel")
    visitor.open(clips[0])
    visitor.open(clips[1])
    second = f"{site.url}/#{clips[1]}"
    visitor.tool("options").click()
    expect(panel).to_have_count(1)
    page.go_back()
    expect(panel).to_have_count(0)
    expect(page).to_have_url(second)
    # One that was closed otherwise is no step on the way back, nor is one that a reload has closed.
    visitor.tool("memory").click()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    visitor.see_that("history.state.depth === 0")
    visitor.tool("options").click()
    visitor.see_that("history.state.depth === 1")
    visitor.reload()
    visitor.see_layer("player")
    visitor.see_that("history.state.depth === 0")
    page.go_back()
    expect(page).to_have_url(f"{site.url}/#{clips[0]}")
    # A question with a field is closed as any other.
    page.locator("#set-motion").fill("44")
    page.locator(".keep-preset").click()
    expect(page.locator("#preset-name")).to_be_focused()
    visitor.see_that("history.state.depth === 1")
    page.go_back()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{site.url}/#{clips[0]}")
    # What it asks of the gallery is over too.
    visitor.see_layer("player")
    page.locator(f"#gallery li[data-key='{clips[0]}'] button:has(use[href='#i-beside'])").click()
    expect(page.locator(".picking")).to_be_visible()
    visitor.see_that("history.state.depth === 1")
    page.go_back()
    expect(page.locator(".picking")).to_be_hidden()
    visitor.see_layer("player")


def test_on_a_phone_back_closes_the_settings(site, visit):
    visitor = visit(site, DEVICES["iphone"])
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    page.locator("#settings .handle").click()
    expect(page.locator("#settings .handle")).to_have_attribute("aria-expanded", "true")
    visitor.see_that("history.state.depth === 1")
    page.go_back()
    expect(page.locator("#settings .handle")).to_have_attribute("aria-expanded", "false")
    expect(page).to_have_url(f"{site.url}/")


def test_a_browser_that_takes_no_step_does_not_stop_the_page(site, visit, clips):
    visitor = visit(site)
    page = visitor.page
    visitor.choose(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    page.evaluate("history.go = () => {}")
    visitor.tool("options").click()
    expect(page.locator("dialog.panel")).to_have_count(1)
    page.keyboard.press("Escape")  # asks for a step
    expect(page.locator("dialog.panel")).to_have_count(0)
    visitor.card(clips[0]).locator(".clip-open").click()
    expect(page).to_have_url(f"{site.url}/#{clips[0]}")
    page.keyboard.press("Escape")  # back to the photo
    visitor.see_layer("crop")
