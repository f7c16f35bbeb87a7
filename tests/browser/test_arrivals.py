"""What is on its way to the stage: the latest counts, a long one says how far it is, and it can be stopped."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.conftest import EXAMPLES


def stage_photo(page: Page):
    return page.locator(".crop .photo")


@pytest.mark.parametrize("later", ["photo", pytest.param("example", marks=pytest.mark.slow)])
def test_the_photo_that_was_dropped_last_is_the_one_on_the_stage(site, visit, later):
    visitor = visit(site)
    page, held = visitor.page, []
    page.route("**/api/photos?*", lambda route: held.append(route), times=1)  # as over a slow line
    visitor.drop(EXAMPLES / "coffee.png", "image/png")
    visitor.see_layer("reading")
    (first,) = held
    with page.expect_event("requestfailed", lambda request: request == first.request):
        if later == "photo":
            visitor.drop(EXAMPLES / "rocket.jpg")
        else:
            page.locator(".example").first.dispatch_event("click")
    visitor.see_layer("crop")
    expect(stage_photo(page)).not_to_have_attribute("alt", "Your photo: coffee.png")


@pytest.fixture
def large(tmp_path):
    """A photo of some megabytes."""
    path = tmp_path / "large.bmp"
    Image.new("RGB", (1600, 1200), "teal").save(path)
    return path


def slow(visitor, bytes_a_second: int) -> None:
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("Network.enable")
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    devtools.send("Network.emulateNetworkConditions", line)


@pytest.mark.parametrize("way", [pytest.param("button", marks=pytest.mark.slow), "Escape"])
def test_a_large_photo_over_a_slow_line_says_how_far_it_is_and_is_stopped(site, visit, large, way):
    visitor = visit(site)
    visitor.drop(EXAMPLES / "rocket.jpg")
    visitor.see_layer("crop")
    slow(visitor, 300_000)
    visitor.page.evaluate("document.querySelector('#generate').focus()")
    visitor.drop(large, "image/bmp")
    visitor.see_layer("reading")
    expect(visitor.page.locator(".reading-sent .figures")).to_have_text(re.compile(r"[1-9]\d?%"))
    expect(visitor.page.locator(".reading p")).to_have_text("Copying large.bmp…")
    if way == "button":
        visitor.page.get_by_role("button", name="Stop").click()
    else:
        visitor.page.keyboard.press("Escape")
    visitor.see_layer("crop")
    expect(stage_photo(visitor.page)).to_have_attribute("alt", "Your photo: rocket.jpg")
    if way == "button":  # which is gone
        expect(visitor.page.locator("body")).not_to_be_focused()
    else:
        expect(visitor.page.locator("#generate")).to_be_focused()


@pytest.mark.slow
def test_a_photo_that_is_cut_off_on_its_way_is_said_to_be(own_site, visit, large):
    visitor = visit(own_site, trouble=True)
    slow(visitor, 300_000)
    visitor.drop(large, "image/bmp")
    expect(visitor.page.locator(".reading-sent .figures")).to_have_text(re.compile(r"[1-9]\d?%"))
    own_site.kill()
    said = "large.bmp did not arrive whole: the connection ended."
    expect(visitor.page.locator(".toast").filter(has_text=said)).to_be_visible()
    visitor.see_layer("empty")
