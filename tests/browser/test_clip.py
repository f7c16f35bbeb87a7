"""A clip that is watched: what it was made with, its settings used again, and the player."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.visitor import MOVING
from tests.conftest import EXAMPLES, ROOT
from tests.support.site import ended
from videoai.media.video import write_video

VALUES = {"model": "draft", "width": 448, "height": 256, "frames": 6, "motion": 33}
SEED = 4711
WAYS = "Remix: change its settings first. Vary: the same again, with a new seed."


@pytest.fixture(scope="module")
def clip(site):
    """Made by a preset of which one setting departs."""
    photo = site.give(EXAMPLES / "coffee.png", unlike=True)["id"]
    body = {"photo_id": photo, "preset": "minimum", "settings": VALUES | {"seed": SEED}}
    return site.wait(site.post("/api/jobs", body).json()["id"], ended)


def watching(visitor, clip):
    visitor.open(clip["id"])
    visitor.see_the_clip(448, 256)
    return visitor.page


def press(page, icon):
    page.locator(f"#toolbar button:has(use[href='#i-{icon}'])").click()


def test_what_a_clip_was_made_with_can_be_read_and_copied(site, visit, clip):
    visitor = visit(site, DEVICES["iphone"], permissions=["clipboard-read", "clipboard-write"])
    page = watching(visitor, clip)
    page.get_by_role("button", name="About this clip").tap()
    panel = page.get_by_role("dialog", name="About this clip")
    expect(panel.locator(".fact-list.marked")).to_have_text(re.compile("Movement33"))
    for label, value in [
        ("Model", "Draft"),
        ("Seed", str(SEED)),
        ("Photo", "coffee.png"),
        ("Size", "448 × 256"),
        ("Length", "6 frames"),
        ("Made in", "s"),
        ("File", clip["file"]["name"]),
    ]:
        row = panel.locator(".fact-list div").filter(has=page.locator(f"dt:text-is('{label}')"))
        expect(row.locator("dd")).to_contain_text(value)
    panel.get_by_role("button", name="Copy the seed").tap()
    expect(panel.locator(".toast")).to_contain_text(f"Copied: {SEED}")
    assert page.evaluate("navigator.clipboard.readText()") == str(SEED)
    panel.get_by_role("button", name="Copy as text").tap()
    expect(panel.locator(".toast")).to_contain_text(["Copied: everything"])
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("coffee.png\nModel: Draft")
    assert f"\nSeed: {SEED}\n" in text
    assert text.index("Movement: 33") < text.index("FPS: "), "what departs from the preset comes first"


def test_settings_beside_a_clip_are_said_to_be_the_next_videos_until_they_are_its_own(site, visit, clip):
    visitor = visit(site)
    page = watching(visitor, clip)
    said = page.locator(".next-video")
    expect(said).to_contain_text("For the next video")
    expect(said).to_contain_text("Not this clip's settings.")
    said.get_by_role("button", name="Use its settings").click()
    visitor.see_layer("crop")
    expect(said).to_be_hidden()
    expect(page.locator("#set-motion")).to_have_value("33")
    expect(page.locator("#set-seed")).to_have_value(str(SEED))
    page.keyboard.press("v")
    expect(said).to_contain_text("The same settings as this clip's.")
    expect(said.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Use a new seed", exact=True).click()
    expect(page.locator("#set-seed")).to_have_value("")
    # What was said of settings before is no longer so.
    page.keyboard.press("r")
    visitor.see_layer("crop")
    expect(page.locator(".toast")).to_have_text("Its settings are back, with a new seed.")
    page.locator("#set-motion").fill("44")
    page.keyboard.press("Control+z")
    expect(page.locator(".toast")).to_have_text("Movement: 33")


def test_its_settings_go_to_the_photo_that_is_there_or_come_with_their_own(site, visit, clip):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "astronaut.png", "image/png")
    visitor.see_layer("crop")
    other = page.evaluate("JSON.parse(sessionStorage['videoai.settings']).photo.id")

    def use(*, own_photo: bool):
        watching(visitor, clip)
        page.get_by_role("button", name="About this clip").click()
        panel = page.get_by_role("dialog", name="About this clip")
        panel.get_by_label("Keep its seed").uncheck()
        panel.get_by_label("With its photo").set_checked(own_photo)
        panel.get_by_role("button", name="Use these settings").click()
        visitor.see_layer("crop")
        expect(page.locator("#set-motion")).to_have_value("33")
        expect(page.locator("#set-seed")).to_have_value("")
        return page.evaluate("JSON.parse(sessionStorage['videoai.settings']).photo.id")

    assert use(own_photo=False) == other
    assert use(own_photo=True) == clip["photo_id"]


def test_remix_and_vary_are_words_with_a_line_that_says_what_they_do(site, visit, clip):
    visitor = visit(site, DEVICES["iphone"])
    page = watching(visitor, clip)
    remix, vary = (page.locator("#toolbar").get_by_role("button", name=name, exact=True) for name in ("Remix", "Vary"))
    for one in (remix, vary):
        expect(one).to_be_in_viewport()
        expect(one).to_have_accessible_description(WAYS)
    expect(page.get_by_text(WAYS)).to_be_in_viewport()
    vary.tap()
    expect(page).not_to_have_url(re.compile(clip["id"]))
    made = site.wait(page.url.partition("#")[2], ended)
    assert made["settings"] | {"seed": 0} == clip["settings"] | {"seed": 0}
    assert made["settings"]["seed"] != SEED


def test_full_screen_keeps_the_controls_and_ends_by_the_same_ways(site, visit, clip):
    visitor = visit(site, **MOVING)
    page = watching(visitor, clip)
    full = page.locator(":root:fullscreen")
    for begin, end in [
        (lambda: page.keyboard.press("Shift+F"), lambda: page.keyboard.press("Shift+F")),
        (lambda: press(page, "full"), lambda: press(page, "not-full")),
        (lambda: visitor.video.dblclick(), lambda: page.evaluate("document.exitFullscreen()")),
    ]:
        begin()
        expect(full).to_have_count(1)
        for name in ("Pause", "Next frame", "Loop", "Leave full screen"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport()
        expect(page.locator("#filmstrip")).to_be_in_viewport()
        for place in ("#settings", "#gallery", ".header"):
            expect(page.locator(place)).to_be_hidden()
        for key in ("F2", "/"):  # of fields that nobody would see
            page.keyboard.press(key)
        expect(page.locator(".name-field")).to_have_count(0)
        end()
        expect(full).to_have_count(0)
        expect(page.locator("#settings")).to_be_visible()
    expect(visitor.video).to_have_js_property("paused", False)


def test_speed_and_loop_are_remembered(site, visit, clip):
    visitor = visit(site)
    page = watching(visitor, clip)
    page.get_by_role("button", name="Speed: 1×").click()
    page.get_by_role("button", name="Loop", exact=True).click()
    visitor.reload()
    visitor.see_the_clip(448, 256)
    expect(visitor.video).to_have_js_property("playbackRate", 2)
    expect(visitor.video).to_have_js_property("loop", False)
    expect(page.get_by_role("button", name="Speed: 2×")).to_be_visible()
    page.evaluate("localStorage['videoai.player'] = '{\"speed\": \"fast\"'")
    visitor.reload()
    visitor.see_the_clip(448, 256)
    expect(visitor.video).to_have_js_property("playbackRate", 1)


def test_the_frame_that_is_shown_is_saved_as_a_picture(site, visit, clip):
    visitor = visit(site)
    page = watching(visitor, clip)
    page.locator("#filmstrip").focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#filmstrip")).to_have_attribute("aria-valuenow", "4")
    page.locator("#toolbar .more-tools > summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save this frame").click()
    assert download.value.suggested_filename == clip["file"]["name"].replace(".mp4", "-frame-4.png")
    with Image.open(download.value.path()) as saved:
        shown = np.asarray(saved.convert("RGB"))
    content = site.get(f"/api/jobs/{clip['id']}/frames/3.png").content
    with Image.open(io.BytesIO(content)) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), shown)


HANDED = """
  navigator.canShare = ({ files }) => files[0].type === "video/mp4";
  navigator.share = async ({ files }) => { window.shared = [files[0].name, files[0].size]; };
"""


def test_a_clip_is_shared_where_the_browser_can_and_there_is_no_dead_button_elsewhere(site, visit, clip):
    visitor = visit(site, DEVICES["iphone"])
    page = watching(visitor, clip)
    menu = page.locator("#toolbar .downloads > summary")
    menu.tap()
    expect(page.get_by_role("link", name="Video, MP4")).to_be_visible()
    expect(page.get_by_role("button", name="Share…")).to_have_count(0)
    page.add_init_script(HANDED)
    visitor.reload()
    menu.tap()
    page.get_by_role("button", name="Share…").tap()
    visitor.see_that("window.shared")
    assert page.evaluate("window.shared") == [clip["file"]["name"], clip["file"]["bytes"]]


@pytest.mark.slow
def test_of_a_clip_that_was_not_made_here_it_says_what_is_known(own_site, visit, tmp_path):
    frames = [np.full((256, 448, 3), 20 * number, np.uint8) for number in range(6)]
    strange = write_video(tmp_path / "strange.mp4", frames, Fraction(12))
    command = ("-m", "videoai", "finish", str(strange), "--loop", "boomerang", "-q", "--json")
    subprocess.run([sys.executable, *command], cwd=ROOT, env=own_site.environment, check=True, timeout=120)
    visitor = visit(own_site)
    page = visitor.page
    page.locator("#gallery .clip-open").click()
    visitor.see_layer("player")
    expect(page.locator(".next-video")).to_contain_text("Not this clip's settings.")
    expect(page.locator(".next-video").get_by_role("button")).to_have_count(0)
    expect(page.locator("#toolbar").get_by_role("button", name="Remix")).to_have_count(0)
    page.get_by_role("button", name="About this clip").click()
    panel = page.get_by_role("dialog", name="About this clip")
    expect(panel).to_contain_text("This clip wasn't made here: only what the file itself says is known.")
    expect(panel.locator("dt:text-is('Seed')")).to_have_count(0)
    expect(panel.locator(".fact-list div").filter(has_text="Loop").locator("dd")).to_have_text("forward and back")
    expect(panel).to_contain_text("448 × 256")


OF_AN_IPHONE = "HTMLVideoElement.prototype.webkitEnterFullscreen = function () { window.entered = this.className; }"


@pytest.mark.slow
def test_an_iphone_has_its_own_full_screen_and_where_there_is_none_there_is_no_button(site, visit, clip):
    visitor = visit(site, DEVICES["iphone"])
    page = visitor.page
    page.add_init_script("Object.defineProperty(Document.prototype, 'fullscreenEnabled', { value: false })")
    page.add_init_script("delete Document.prototype.webkitFullscreenEnabled")
    visitor.reload()
    watching(visitor, clip)
    expect(page.get_by_role("button", name="Full screen")).to_have_count(0)
    page.add_init_script(OF_AN_IPHONE)
    visitor.reload()
    visitor.see_the_clip(448, 256)
    page.get_by_role("button", name="Full screen").tap()
    assert page.evaluate("window.entered") == "clip"
