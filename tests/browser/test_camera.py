"""Where the camera goes: chosen by mouse, keys and a finger (test_fingers.py), and the photo follows."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fingers import middle
from tests.browser.visitor import MOVING, Visitor
from tests.conftest import EXAMPLES
from videoai.engines.draft.camera import Pose, choose_move, reach_of

SEEN = "canvas => canvas.toDataURL()"
"""What is drawn there."""

DRAW = """
async ([width, height, near, move, done]) => {
  const { draw } = await import("/static/stage/warp.js");
  const colours = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at++)
    colours.set([3 * (at % width), 3 * Math.floor(at / width), 0, 255], 4 * at);
  const frame = new ImageData(width, height);
  draw({ width, height, near: Float32Array.from(near), colours }, frame, move, done);
  return [...frame.data];
}
"""
"""Of a picture whose colours say where they come from, three levels a pixel."""


@pytest.fixture
def at_the_pad(site, visit):
    """Somebody with a photo and the draft, who sees the pad."""

    def come(**options) -> Visitor:
        visitor = visit(site, **options)
        visitor.drop(EXAMPLES / "astronaut.png")
        visitor.see_layer("crop")
        visitor.see_the_estimate()
        assert asked(visitor) == [], "nothing of it is needed before somebody comes near"
        visitor.pick_preset("minimum")
        expect(visitor.page.locator(".pad-knob")).to_have_attribute("aria-valuetext", "as the seed has it")
        return visitor

    return come


def asked(visitor: Visitor) -> list[str]:
    """What the photo follows by, as it was asked for."""
    return [url for url in visitor.requests if "/depth.png" in url or "/api/camera" in url]


def where(page: Page) -> tuple[Locator, Locator]:
    """The picture that follows: over the photo, and beside the pad."""
    return page.locator(".crop .window > .camera-view.on"), page.locator(".pad-aside > .camera-view.on")


def test_dragging_the_dot_sends_the_camera_there_and_the_photo_follows(at_the_pad):
    visitor = at_the_pad()
    page, knob = visitor.page, visitor.page.locator(".pad-knob")
    over, _ = where(page)
    x, y = middle(page.locator(".pad"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y, steps=3)
    expect(over).to_be_visible()
    expect(over).to_have_js_property("width", 320)
    first = over.evaluate(SEEN)
    page.mouse.move(x - 60, y + 3, steps=3)
    assert over.evaluate(SEEN) != first
    expect(page.locator(".directed .hint-word")).to_have_text("to the left")
    expect(page.locator("#set-camera input:checked")).to_have_value("auto")
    page.mouse.up()
    expect(page.locator("#set-camera input:checked")).to_have_value("orbit")
    expect(knob).to_have_attribute("aria-valuetext", "around the subject, to the left")
    expect(over).to_have_count(0)  # after a moment
    page.mouse.click(*middle(page.locator(".pad"), across=0.85, down=0.15))
    expect(knob).to_have_attribute("aria-valuetext", "around the subject, up to the right")
    page.keyboard.press("Control+z")
    expect(page.locator(".toast")).to_have_text("Camera: around the subject, to the left")
    assert len([url for url in asked(visitor) if "depth" in url]) == 1, "however long one drags"
    visitor.reload()
    expect(knob).to_have_attribute("aria-valuetext", "around the subject, to the left")
    made = visitor.site.job(visitor.generate())
    assert made["settings"]["camera"] == "orbit:left"
    visitor.see_the_clip(320, 320)
    page.locator("#toolbar .details-button").click()
    expect(page.locator("dialog.details")).to_contain_text("Camera" + "around the subject, to the left")


def test_the_arrow_keys_choose_a_move_and_where_it_goes(at_the_pad):
    visitor = at_the_pad()
    page, press, knob = visitor.page, visitor.page.keyboard.press, visitor.page.locator(".pad-knob")
    page.locator("#set-camera input:checked").focus()
    for _ in range(2):
        press("ArrowRight")
    expect(page.locator("#set-camera input:checked")).to_have_value("pan")
    press("Tab")
    expect(knob).to_be_focused()
    for key, said in [
        ("ArrowLeft", "to the left"),
        ("ArrowLeft", "to the left"),
        ("ArrowUp", "up to the left"),
        ("ArrowRight", "upwards"),
        ("ArrowRight", "up to the right"),
        ("ArrowDown", "to the right"),
        ("Home", ""),
        ("ArrowDown", "downwards"),
    ]:
        press(key)
        expect(knob).to_have_attribute("aria-valuetext", f"sliding past, {said}" if said else "sliding past")
        expect(page.locator(".directed .hint-word")).to_have_text(said)
    page.locator("#set-camera input[value=pan]").focus()
    for _ in range(2):
        press("ArrowRight")
    expect(knob).to_have_attribute("aria-valuetext", "as on a crane, downwards")  # which that has too
    knob.focus()
    press("ArrowLeft")
    expect(knob).to_have_attribute("aria-valuetext", "as on a crane, downwards")
    press("ArrowUp")
    expect(knob).to_have_attribute("aria-valuetext", "as on a crane")
    expect(knob).to_have_attribute("aria-valuemax", "2")
    page.locator("#set-model").select_option("svd-xt")
    expect(knob).to_be_hidden()
    expect(page.locator("body")).not_to_be_focused()


@pytest.mark.parametrize("moving", [pytest.param(True, marks=pytest.mark.slow), False])
def test_what_is_chosen_is_shown_once(at_the_pad, moving):
    """As a move, or for who wants none as its end."""
    visitor = at_the_pad(**(MOVING if moving else {}))
    page = visitor.page
    over, _ = where(page)
    page.locator(".move").filter(has_text=re.compile("^closer$", re.IGNORECASE)).click()
    expect(over).to_be_visible()
    first = over.evaluate(SEEN)
    page.wait_for_timeout(300)
    assert over.count() == 1
    assert (over.evaluate(SEEN) != first) is moving
    expect(over).to_have_count(0)
    page.wait_for_timeout(500)
    assert over.count() == 0


def test_a_photo_that_cannot_follow_is_said_and_the_pad_works_all_the_same(at_the_pad):
    visitor = at_the_pad(trouble=True)
    page = visitor.page
    page.route("**/depth.png*", lambda route: route.abort())
    page.locator(".pad-knob").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".pad-words")).to_have_text(re.compile("^The photo can't show it here"), timeout=20_000)
    expect(page.locator(".pad-knob")).to_have_attribute("aria-valuetext", "around the subject, upwards")
    page.unroute("**/depth.png*")
    page.keyboard.press("ArrowLeft")
    expect(where(page)[0]).to_be_visible(timeout=20_000)  # two processes begin for it
    expect(page.locator(".pad-words")).to_have_text("Drag the dot to where the camera is to go.")


@pytest.mark.slow
def test_with_a_clip_on_the_stage_the_photo_follows_beside_the_pad(at_the_pad):
    visitor = at_the_pad()
    page = visitor.page
    visitor.generate()
    visitor.see_the_clip(320, 320)
    over, aside = where(page)
    page.locator(".pad-knob").focus()
    page.keyboard.press("ArrowUp")
    expect(aside).to_be_visible()
    assert over.count() == 0
    page.locator(".views [data-view=photo]").click()
    expect(aside).to_have_count(0)
    page.locator(".pad-knob").focus()
    page.keyboard.press("ArrowLeft")
    expect(over).to_be_visible()


@pytest.mark.parametrize("word", ["orbit:up-left", "drift:down", "dolly-in", "dolly-out"])
def test_the_page_draws_a_pixel_where_the_draft_s_camera_sees_it(site, visit, word):
    page = visit(site).page
    width, height = 80, 48
    down, across = np.mgrid[:height, :width].astype(np.float32)
    near = 0.4 * down / height + 0.4 * np.exp(-((across - 40) ** 2 + (down - 24) ** 2) / 200).astype(np.float32)
    move = choose_move(word, 7, reach_of(200), 1, 1)
    said = {name: getattr(move, name) for name in ("sideways", "up", "pivot", "closer", "backwards")}
    drawn = page.evaluate(DRAW, [width, height, near.ravel().tolist(), said, 0.7])
    colours = np.reshape(drawn, (height, width, 4)).astype(np.float32)
    pose = Pose.of(choose_move(word, 7, reach_of(200), width, height), 0.7, 0.0, [near], near.shape)
    from_x, from_y = colours[..., 0] / 3, colours[..., 1] / 3
    nearness = near[from_y.round().astype(int), from_x.round().astype(int)]
    x, y = pose.seen_at(from_x - (width - 1) / 2, from_y - (height - 1) / 2, nearness)
    missed = np.hypot(x - (across - (width - 1) / 2), y - (down - (height - 1) / 2))
    assert np.hypot(from_x - across, from_y - down).max() > 1, "it has moved"
    assert missed.max() < 0.6
    assert missed.mean() < 0.2


def test_what_a_near_thing_uncovers_is_not_made_of_that_thing(site, visit):
    """However far the camera goes: it is seen once, whole, and what was hidden is as what is beside it."""
    page = visit(site).page
    width, height = 80, 48
    near = np.full((height, width), 0.2, np.float32)
    thing = np.s_[18:30, 30:42]
    near[thing] = 0.85
    move = choose_move("pan:left", 7, reach_of(255), 1, 1)
    said = {name: getattr(move, name) for name in ("sideways", "up", "pivot", "closer", "backwards")}
    drawn = np.reshape(page.evaluate(DRAW, [width, height, near.ravel().tolist(), said, 1]), (height, width, 4))
    x, y = (drawn[..., band] / 3 for band in (0, 1))
    of_thing = (x > 30) & (x < 41) & (y > 18) & (y < 29)
    zoom = Pose.of(choose_move("pan:left", 7, reach_of(255), width, height), 1, 0.0, [near], near.shape).zoom
    assert of_thing.sum() == pytest.approx(11 * 11 * zoom**2, rel=0.15)
    columns = np.flatnonzero(of_thing.any(0))
    assert len(columns) == columns[-1] - columns[0] + 1, "in one piece"
