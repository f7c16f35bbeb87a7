"""Every size of window has room for photo, clip and settings; nothing lies over them, and nothing is empty."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.fingers import middle
from tests.browser.views import SHORT
from tests.conftest import EXAMPLES


def of(width: int, height: int, **options: Any) -> dict[str, Any]:
    return {"viewport": {"width": width, "height": height}, "has_touch": True} | options


UPRIGHT: list[Any] = [
    pytest.param(of(820, 1180), id="820x1180"),
    pytest.param(of(768, 1024), id="768x1024", marks=pytest.mark.slow),
    pytest.param(of(834, 1194), id="834x1194", marks=pytest.mark.slow),
]

LOW: list[Any] = [
    pytest.param(of(667, 375), id="667x375"),
    pytest.param(of(320, 256), id="320x256", marks=pytest.mark.slow),
    pytest.param(of(844, 390), id="844x390", marks=pytest.mark.slow),
]

COVERED = """
element => {
  const box = element.getBoundingClientRect();
  const found = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !(found === element || element.contains(found) || found?.contains(element));
}
"""


@pytest.mark.parametrize("size", UPRIGHT)
def test_upright_the_photo_has_the_width_and_the_page_no_emptiness(own_site, visit, size):
    visitor = visit(own_site, size)
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    page, width = visitor.page, size["viewport"]["width"]
    frame, settings = page.locator(".frame").bounding_box(), page.locator("#settings").bounding_box()
    assert frame
    assert settings
    assert frame["width"] > 0.9 * width
    assert settings["width"] > 0.9 * width
    assert settings["y"] > frame["y"] + frame["height"]
    last = page.locator("#gallery").evaluate("element => element.getBoundingClientRect().bottom + scrollY")
    assert page.evaluate("document.documentElement.scrollHeight") - last < 60
    page.locator(".settings-body").evaluate(
        "element => { if (element.scrollHeight > element.clientHeight + 1) throw 1 }"
    )


@pytest.mark.parametrize("size", LOW)
def test_in_a_low_window_all_is_reached_and_nothing_covered(site, visit, new_clips, size):
    visitor = visit(site, size)
    page = visitor.page
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    visitor.open(*new_clips("chelsea.png"))
    visitor.see_the_clip(448, 256)
    reached = (
        ".frame",
        "#filmstrip",
        "#toolbar button",
        "#set-model",
        "#set-frames",
        "#generate",
        "#gallery .clip-open",
    )
    for selector in reached:
        element = page.locator(selector).first
        middle(element)
        assert not element.evaluate(COVERED), selector
    frame = page.locator(".frame").bounding_box()
    assert frame
    assert frame["width"] > 0.35 * size["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == size["viewport"]["width"]


MEETS = """
(element, selector) => {
  const words = document.createRange();
  words.selectNodeContents(element);
  const [a, b] = [words, document.querySelector(selector)].map((each) => each.getBoundingClientRect());
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
"""


@pytest.mark.parametrize("size", LOW)
@pytest.mark.parametrize("locale", ["en-GB", pytest.param("it-IT", marks=pytest.mark.slow)])
def test_in_a_low_window_what_is_said_of_a_clip_that_waits_is_read(site, visit, size, locale):
    visitor = visit(site, size, locale=locale)
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    site.post("/api/queue", {"paused": True})
    waiting = site.ask(EXAMPLES / "chelsea.png", **SHORT)["id"]
    try:
        visitor.open(waiting)
        visitor.see_layer("developing")
        words = visitor.page.locator(".overlay > *")
        expect(words).to_have_count(3)
        for element in words.all():
            assert not element.evaluate(MEETS, ".views"), element.text_content()
    finally:
        site.forget(waiting)
        site.post("/api/queue", {"paused": False})


def test_on_a_phone_one_row_is_left_of_the_sheet_while_a_clip_is_watched(site, visit, new_clips):
    visitor = visit(site, DEVICES["iphone"])
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    visitor.open(*new_clips("chelsea.png"))
    visitor.see_the_clip(448, 256)
    sheet, handle = visitor.page.locator("#settings"), visitor.page.locator(".handle")
    box = sheet.bounding_box()
    assert box
    assert box["height"] <= 72
    expect(visitor.page.locator("#generate")).to_be_in_viewport(ratio=1)
    handle.click()
    expect(visitor.page.locator("#set-model")).to_be_in_viewport()
    expect(visitor.page.locator(".estimate-line")).to_be_visible()


NARROW: list[Any] = [
    pytest.param(DEVICES["iphone"], "en-GB", id="iphone"),
    pytest.param(DEVICES["iphone"], "it-IT", id="iphone-italian", marks=pytest.mark.slow),
    pytest.param(of(320, 568), "it-IT", id="320x568", marks=pytest.mark.slow),
    pytest.param(DEVICES["ipad"], "it-IT", id="ipad", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("size", "locale"), NARROW)
def test_a_menu_unfolds_within_the_window(site, visit, new_clips, size, locale):
    visitor = visit(site, size, locale=locale)
    visitor.open(*new_clips("coffee.png"))
    visitor.see_layer("player")
    for kind in ("more-tools", "downloads"):
        menu = visitor.page.locator(f"#toolbar .{kind}")
        menu.locator("summary").click()
        box = menu.locator(".menu-list").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["viewport"]["width"]
        visitor.page.keyboard.press("Escape")


@pytest.mark.parametrize("size", [DEVICES["iphone"], pytest.param(of(1180, 820), marks=pytest.mark.slow)])
def test_what_unfolds_lies_below_its_heading_and_a_button_has_its_words_in_the_middle(site, visit, size):
    visitor = visit(site, size, locale="it-IT")
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_the_estimate()
    page = visitor.page
    words, button = (page.locator(place).bounding_box() for place in (".generate-label", "#generate"))
    assert words
    assert button
    assert abs(words["y"] + words["height"] / 2 - button["y"] - button["height"] / 2) <= 2
    with visitor.sheet():
        for unfolds, within in (("details.more-presets", ".presets"), ("details.more", ".setting-list")):
            page.locator(f"{unfolds} > summary").click()
            heading, below = (page.locator(f"{unfolds} > {part}").bounding_box() for part in ("summary", within))
            assert heading
            assert below
            assert below["y"] >= heading["y"] + heading["height"]
            assert below["width"] == pytest.approx(heading["width"], abs=2)
