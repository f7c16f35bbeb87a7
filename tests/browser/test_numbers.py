"""Numbers: what is typed, what is said of it, one word for whether it fits, and room for all of them."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.conftest import EXAMPLES

TYPED = """async (texts) => {
  const { numberIn } = await import("/static/settings/numbers.js");
  return texts.map(([text, whole]) => {
    const found = numberIn(text, { whole, unit: "fps" });
    return found === Infinity ? "endless" : found;
  });
}"""

NUMBERS = [
    ("14", True, 14),
    (" 1 4 ", True, 14),
    ("24 fps", True, 24),
    ("1e3", True, 1000),
    ("-5", True, -5),
    ("\u22125", True, -5),
    ("1.5", False, 1.5),
    ("1,5", False, 1.5),
    ("1.024", True, 1024),
    ("1,024", True, 1024),
    ("1.024", False, 1.024),
    ("1.234,5", False, 1234.5),
    ("1,234.5", False, 1234.5),
    ("1.234.567", False, 1234567),
    ("\u0662\u0660", True, 20),
    ("\u0661\u066b\u0665", False, 1.5),
    ("\uff11\uff12", True, 12),
    ("9" * 400, True, "endless"),
    ("abc", True, None),
    ("12abc", True, None),
    ("1,2,3.4.5", False, None),
    ("", True, None),
    ("   ", True, None),
    ("-", True, None),
    (".", False, None),
]


def test_numbers_are_read_as_people_write_them(site, visit):
    found = visit(site).page.evaluate(TYPED, [[text, whole] for text, whole, _ in NUMBERS])
    assert found == [value for _, _, value in NUMBERS]


def test_what_is_no_number_changes_nothing_and_what_is_too_much_is_the_most(site, visit):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    field, slider = page.get_by_label("Frames, as a number"), page.locator("#set-frames")
    note = page.locator(".setting:has(#set-frames) .note")
    for text, value, said in (
        ("abc", "14", "“abc” is not a number: nothing has changed."),
        ("", "14", ""),
        ("-5", "4", "It can be from 4 to 25."),
        ("1e3", "25", "It can be from 4 to 25."),
        ("\u0662\u0660", "20", ""),
    ):
        field.fill(text)
        field.press("Enter")
        expect(field).to_have_value(value)
        expect(slider).to_have_value(value)
        expect(note).to_have_text(said)
    seed = page.locator("#set-seed")
    for text, value in (("1.234", "1234"), ("abc", "1234"), ("-7", "0"), ("9" * 12, "999999999"), ("", "")):
        seed.fill(text)
        seed.press("Enter")
        expect(seed).to_have_value(value)
    smooth = page.locator("#set-smooth")
    for text, value in (("30", "30"), ("abc", "30"), ("", "")):
        smooth.fill(text)
        smooth.press("Enter")
        expect(smooth).to_have_value(value)


def _just_fits(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=json.dumps(answer.json() | {"level": "yellow", "fits": True}))


def test_whether_it_fits_is_one_word_everywhere(site, visit):
    visitor = visit(site)
    page = visitor.page
    page.route("**/api/estimate*", _just_fits)
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    expect(page.locator(".estimate")).to_have_attribute("data-level", "yellow")
    expect(page.locator(".estimate-words")).to_have_text(re.compile("· just fits$"))
    expect(page.locator("#generate .generate-detail")).to_have_text(re.compile("· just fits$"))
    expect(page.locator(".presets.whole").get_by_role("radio", name=re.compile("just fits"))).to_have_count(3)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("o")
    chooser.value.set_files([EXAMPLES / "chelsea.png", EXAMPLES / "coffee.png"])
    expect(page.locator("dialog.several .estimate-line")).to_have_text(re.compile("· just fits$"))


OVERRUN = """() => {
  const found = [];
  for (const place of document.querySelectorAll("#settings :is(.preset, .setting, .seed, .model-choice, .generate)")) {
    const room = place.getBoundingClientRect();
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement: element, data } = texts.currentNode;
      if (!element.checkVisibility() || element.closest(".sr, option, .hint-word")) continue;
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      const { left, right } = range.getBoundingClientRect();
      if (left < room.left - 0.5 || right > room.right + 0.5) found.push(data);
    }
    for (const field of place.querySelectorAll("input.value"))
      if (field.checkVisibility() && field.scrollWidth > field.clientWidth) found.push(`${field.value} in ${field.id}`);
  }
  return found;
}"""


@pytest.mark.parametrize(
    ("width", "size"),
    [(320, 100), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((320, 200), (375, 100), (820, 100)))],
)
def test_no_value_overruns_its_column(site, visit, width, size):
    """In Italian, whose words are the longer; a page of 1280 at 400 % is one of 320."""
    visitor = visit(site, {"viewport": {"width": width, "height": 640}}, locale="it-IT")
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.see_the_estimate()
    page.evaluate(f"document.documentElement.style.fontSize = '{size}%'")
    with visitor.sheet():
        page.locator("#set-model").select_option("svd-xt")
        page.locator(".more-presets > summary").click()
        page.locator("details.more > summary").click()
        page.locator("#set-seed").fill("999999999")
        page.locator("#set-seed").blur()
        expect(page.locator("#set-width")).to_be_visible()
        assert page.evaluate(OVERRUN) == []
