"""Fingers: scrolling wins, and only what is meant to be dragged is."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.fingers import middle, scrolled, swipe
from tests.conftest import EXAMPLES

SMALL: list[Any] = [
    pytest.param(DEVICES["iphone"], id="iphone"),
    pytest.param(DEVICES["ipad"] | {"is_mobile": True}, id="ipad", marks=pytest.mark.slow),
]


@pytest.fixture(params=SMALL)
def hand(request, site, visit):
    """Somebody with a photo on a device that is touched, and more on the page than the window shows."""
    visitor = visit(site, request.param)
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    visitor.page.locator("label.preset:has(input[value=square])").evaluate("element => element.click()")
    expect(visitor.page.locator(".crop")).to_have_class("crop loose")
    visitor.page.evaluate("document.body.style.paddingBottom = '1000px'")
    return visitor


def test_a_swipe_over_the_photo_scrolls_and_the_dot_drags(hand):
    page, dot = hand.page, hand.page.locator(".focus")
    photo = page.locator(".crop")
    expect(dot).not_to_have_attribute("aria-valuetext", "50% across, 50% down")  # it has gone to the subject
    before = dot.get_attribute("aria-valuetext")
    swipe(page, middle(photo, across=0.2, down=0.8), (0, -120))
    assert scrolled(page) > 60
    assert dot.get_attribute("aria-valuetext") == before
    swipe(page, middle(photo, across=0.2, down=0.6), (60, 0))
    assert dot.get_attribute("aria-valuetext") == before
    there = scrolled(page)
    swipe(page, middle(dot), (60, 0))
    expect(dot).not_to_have_attribute("aria-valuetext", before)
    assert scrolled(page) == there
    assert "dragging" not in photo.get_attribute("class")


def test_a_swipe_that_begins_on_a_slider_scrolls_and_its_thumb_drags(hand):
    page, slider = hand.page, hand.page.locator("#set-frames")
    if page.locator(".handle").is_visible():
        page.locator(".handle").click()
    frames = slider.input_value()
    part = (int(frames) - int(slider.get_attribute("min"))) / (
        int(slider.get_attribute("max")) - int(slider.get_attribute("min"))
    )
    for across in (0.15, part, 0.9):  # on the track, and on the thumb itself
        place = middle(slider, across=across)
        swipe(page, place, (0, -90))
        assert slider.input_value() == frames
        assert middle_now(slider) < place[1] - 30
        swipe(page, (place[0], middle_now(slider)), (0, 90))
        assert slider.input_value() == frames
    x, y = middle(slider, across=0.9)
    page.touchscreen.tap(x, y)
    swipe(page, (x, y), (-60, 0))
    assert slider.input_value() == frames
    swipe(page, middle(slider, across=0.03 + 0.94 * part), (60, 0))
    assert int(slider.input_value()) > int(frames)


def middle_now(element) -> float:
    """Where it is from above, without scrolling to it."""
    box = element.bounding_box()
    return box["y"] + box["height"] / 2


def test_over_the_filmstrip_and_the_line_sideways_scrubs_and_down_scrolls(hand, new_clips):
    page = hand.page
    hand.open(*new_clips("chelsea.png"))
    hand.see_the_clip(448, 256)
    hand.rest_at_the_first_frame()
    strip = page.locator("#filmstrip")
    expect(strip).to_have_attribute("aria-valuenow", "1")
    swipe(page, middle(strip, across=0.7), (0, -90))
    assert scrolled(page) > 30
    expect(strip).to_have_attribute("aria-valuenow", "1")
    swipe(page, middle(strip, across=0.2), (120, 0))
    expect(strip).not_to_have_attribute("aria-valuenow", "1")
    page.locator("#toolbar button:has(use[href='#i-compare'])").click()
    line = page.locator(".player .wipe input")
    page.evaluate("scrollTo(0, 0)")
    swipe(page, middle(page.locator(".player .wipe"), across=0.2, down=0.8), (0, -90))
    assert scrolled(page) > 30
    assert line.input_value() == "50"
    swipe(page, middle(page.locator(".player .wipe"), across=0.2), (120, 0))
    assert line.input_value() not in ("50", "20")
    page.locator("#toolbar button:has(use[href='#i-compare'])").click()
    page.locator("#toolbar .more-tools > summary").click()
    page.locator("#toolbar button:has(use[href='#i-trim'])").click()
    handle = page.locator(".trim-handle.end")
    end = handle.get_attribute("aria-valuenow")
    page.evaluate("scrollTo(0, 0)")
    swipe(page, middle(handle), (0, -90))
    assert scrolled(page) > 30
    assert handle.get_attribute("aria-valuenow") == end
    swipe(page, middle(handle), (-120, 0))
    assert int(handle.get_attribute("aria-valuenow")) < int(end)


def test_a_finger_drags_the_dot_of_the_pad_and_scrolls_beside_it(hand):
    page, knob, pad = hand.page, hand.page.locator(".pad-knob"), hand.page.locator(".pad")
    if page.locator(".handle").is_visible():
        page.locator(".handle").click()
    place = middle(pad, across=0.15, down=0.9)
    swipe(page, place, (0, -70))
    expect(knob).to_have_attribute("aria-valuetext", "as the seed has it")
    assert middle_now(pad) < place[1] - 60
    there = middle(knob)
    swipe(page, there, (0, -45))
    expect(knob).to_have_attribute("aria-valuetext", "around the subject, upwards")
    assert middle_now(pad) == pytest.approx(there[1], abs=60), "not scrolled, though more stands above it now"
    page.touchscreen.tap(*middle(pad, across=0.85, down=0.85))
    expect(knob).to_have_attribute("aria-valuetext", "around the subject, down to the right")
    knob.scroll_into_view_if_needed()
    expect(page.locator(".camera-view.on")).to_be_visible()
