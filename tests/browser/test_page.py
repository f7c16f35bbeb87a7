"""What the page costs to open, and that it speaks one language at a time."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.views import walk
from tests.conftest import EXAMPLES
from videoai.language import shown, speaking
from videoai.system import units

WRITTEN = """
async ([sizes, seconds]) => {
  const { bytes, duration, clipDuration } = await import("/static/base/language.js");
  return [sizes.map(bytes), seconds.map(duration), seconds.map(clipDuration)];
}
"""

SEEN_AND_HEARD = """
() => {
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (element.checkVisibility() && !element.closest("[lang=en], script, style")) found.add(texts.currentNode.data);
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.add(element.getAttribute(name) ?? "");
  }
  return [...found].map((text) => text.trim()).filter(Boolean);
}
"""


def test_the_first_load_is_small(own_site, browser):
    """With everything that the page fetches of itself before anybody does anything.

    Of what came twice once: on a busy machine Chromium asks again for modules that it has just been told to preload.
    """
    context = browser.new_context(**DEVICES["desktop"], locale="it-IT")  # who needs the words, too
    page = context.new_page()
    addresses: dict[str, str] = {}
    received: dict[str, float] = {}
    devtools = context.new_cdp_session(page)
    devtools.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )

    def finished(event: dict) -> None:
        address = addresses[event["requestId"]]
        received[address] = max(received.get(address, 0), event["encodedDataLength"])

    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    page.goto(own_site.url)
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    examples = page.locator(".examples img")
    expect(examples).to_have_count(4)
    for picture in examples.all():
        expect(picture).to_have_js_property("complete", True)
    page.wait_for_timeout(1000)
    context.close()
    assert [address for address in received if "/api/words/it.json" in address]
    assert len([address for address in received if "/api/examples/" in address]) == 4
    assert sum(received.values()) < 250_000


@pytest.mark.slow  # it walks through every view
@pytest.mark.timeout(900)
def test_in_italian_no_english_is_seen_or_heard(site, visit):
    words = site.get("/api/words/it.json").json()
    assert len(words) > 200
    english = {text for text, italian in words.items() if text != italian and "{" not in text}
    patterns = [
        re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(text)))
        for text, italian in words.items()
        if text != italian and len(re.sub(r"\{\w+\}|\W", "", text)) > 3 and "{" in text
    ]
    visitor = visit(site, trouble=True, locale="it-IT")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "it")
    found = set()
    try:
        for view in walk(visitor, EXAMPLES / "chelsea.png"):
            for text in visitor.page.evaluate(SEEN_AND_HEARD):
                if text in english - set(words.values()) or any(pattern.fullmatch(text) for pattern in patterns):
                    found.add((view, text))
    finally:  # a walk that cannot go on says what was found until then, too
        assert found == set()


@pytest.mark.parametrize(
    ("locale", "chosen", "date"),
    [
        ("en-GB", None, "2 March 2026"),
        ("en-US", None, "March 2, 2026"),
        ("it-IT", "en", "March 2, 2026"),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (
                ("de-DE", None, "March 2, 2026"),
                ("it-CH", None, "2 marzo 2026"),
                ("en-GB", "it", "2 marzo 2026"),
            )
        ),
    ],
)
def test_dates_are_written_as_where_the_person_is_in_the_language_of_the_page(site, visit, locale, chosen, date):
    page = visit(site, locale=locale).page
    if chosen:
        page.evaluate("language => localStorage.setItem('videoai.language', JSON.stringify(language))", chosen)
        page.reload()
    said = """async () => (await import("/static/base/language.js")).dateTime("2026-03-02T12:00:00Z")"""
    assert page.evaluate(said).startswith(date)


@pytest.mark.parametrize(
    "width", [320, *(pytest.param(width, marks=pytest.mark.slow) for width in (375, 820, 1024, 1440, 3840))]
)
def test_nothing_is_wider_than_the_window(site, visit, width):
    visitor = visit(site, {"viewport": {"width": width, "height": 800}}, locale="it-IT")  # whose words are the longer
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    expect(visitor.page.locator("#tools .rss")).not_to_be_empty()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_laptop_shows_generate_without_scrolling(site, visit):
    visitor = visit(site, {"viewport": {"width": 1280, "height": 720}})
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    box = visitor.page.locator("#generate").bounding_box()
    assert box["y"] + box["height"] <= 720


@pytest.mark.parametrize("device", [pytest.param("desktop", marks=pytest.mark.slow), "iphone"])
def test_why_no_video_can_be_made_covers_nothing(site, visit, device):
    page = visit(site, DEVICES[device]).page
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    trouble = {"message": "The disk is full: " + "the history could not be written. " * 3, "hint": "Free some space."}
    page.evaluate("async (trouble) => (await import('/static/base/store.js')).set({ trouble })", trouble)
    said = page.locator("#connection")
    expect(said).to_contain_text("Free some space.")
    box, room = said.bounding_box(), page.locator(".main").bounding_box()
    assert box["y"] + box["height"] <= room["y"] + 1


@pytest.mark.parametrize(("locale", "language"), [pytest.param("en-GB", "en", marks=pytest.mark.slow), ("it-IT", "it")])
def test_sizes_and_times_are_written_as_everywhere_in_the_program(site, visit, locale, language):
    sizes = [0, 1, 900, 999_400, 999_600, 107_000_000, 999_600_000, 5_300_000_000, 16_040_000_000, 137_000_000_000]
    seconds = [0.2, 1.4, 9.6, 44.7, 89.4, 89.6, 250.3, 5399, 5401, 26_410.2]
    written = visit(site, locale=locale).page.evaluate(WRITTEN, [sizes, seconds])
    with speaking(language):
        by_the_program = [map(units.size, sizes), map(units.duration, seconds), map(units.length, seconds)]
        assert written == [list(map(shown, texts)) for texts in by_the_program]
