"""A photo that is pasted, one of a phone's kind, and what is heard when its video is ready."""

from __future__ import annotations

import base64
import re

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import EXAMPLES

PASTE = """
([name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const pasted = { clipboardData: transfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new ClipboardEvent("paste", pasted));
}
"""

LISTEN = """
window.heard = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { heard.push(this.frequency.value); start.apply(this, when); };
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { return (Notification.permission = "granted"); }
  constructor(title) { super(); heard.push(title); }
};
Object.defineProperty(document, "hidden", { get: () => true });
"""
"""As if the page lay behind another tab."""


@pytest.mark.slow
def test_a_photo_is_pasted(site, visit):
    visitor = visit(site)
    photo = base64.b64encode((EXAMPLES / "coffee.png").read_bytes()).decode()
    visitor.page.evaluate(PASTE, ["coffee.png", "image/png", photo])
    visitor.see_layer("crop")
    expect(visitor.page.locator(".crop img").first).to_have_js_property("complete", True)


def test_a_photo_of_an_iphone_is_seen_though_the_browser_knows_no_heic(site, visit, tmp_path):
    visitor = visit(site)
    with Image.open(EXAMPLES / "coffee.png") as image:
        pillow_heif.from_pillow(image.convert("RGB")).save(tmp_path / "IMG_0001.heic")
    visitor.choose(tmp_path / "IMG_0001.heic")
    visitor.see_layer("crop")
    picture = visitor.page.locator(".crop img").first
    expect(picture).to_have_attribute("src", re.compile(r"/api/photos/\w+\.jpg"))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_a_video_of_another_kind_is_called_what_it_is(site, visit):
    visitor = visit(site, trouble=True)
    films = {
        "film.m4v": ("", b"RIFF....AVI LIST"),
        "film.avi": ("", b"RIFF....AVI LIST"),
        "film.ts": ("video/mp2t", b"G"),
    }
    said = {
        "film.m4v": "film.m4v is an AVI video, not a video made by VideoAi.",
        "film.avi": "film.avi is an AVI video, not a photo VideoAi can read.",
        "film.ts": "film.ts is a text file, not a video made by VideoAi.",
    }
    for name, (type_, content) in films.items():
        visitor.page.evaluate(PASTE, [name, type_, base64.b64encode(content).decode()])
        expect(visitor.page.locator("#toasts")).to_contain_text(said[name])


@pytest.mark.slow
def test_the_end_of_a_run_is_heard_and_told_by_those_who_asked(site, visit):
    visitor = visit(site)
    visitor.page.add_init_script(LISTEN)
    visitor.reload()
    visitor.see_layer("empty")
    visitor.page.keyboard.press("?")
    for switch in ("sound", "notices"):
        visitor.page.locator(f"#{switch}").check()
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("heard.length") == 2, "what it will sound like"
    visitor.drop(EXAMPLES / "rocket.jpg")
    visitor.pick_preset("minimum")
    visitor.generate()
    visitor.see_layer("player")
    expect(visitor.page.locator("#stage")).to_have_attribute("data-layer", "player")
    told = visitor.page.evaluate("heard")
    assert told[2:] == [pytest.approx(587.33), pytest.approx(880), "“rocket.jpg” is ready"]


@pytest.mark.slow
def test_without_a_stream_the_page_asks_again_and_again(site, visit):
    visitor = visit(site, trouble=True)
    visitor.page.route("**/api/events*", lambda route: route.fulfill(status=503, body="full"))
    visitor.reload()
    expect(visitor.page.locator("body")).to_have_attribute("data-connection", "polling")
    expect(visitor.page.locator("#connection")).to_be_empty()
    trouble = {"message": "The disk is full.", "hint": "Free some space."}
    visitor.page.route("**/api/health*", lambda route: route.fulfill(json={"status": "trouble", "trouble": trouble}))
    expect(visitor.page.locator("#connection")).to_contain_text("The disk is full.")
    visitor.page.unroute("**/api/health*")
    expect(visitor.page.locator("#connection")).to_be_empty()
    job = site.ask(EXAMPLES / "coffee.png", model="draft", width=256, height=256, frames=4)
    expect(visitor.page.locator(f"#gallery li[data-key='{job['id']}']")).to_have_attribute("data-state", "done")
