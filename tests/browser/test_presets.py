"""The presets: three first, a model that stays, and no download but by a press of a button that says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.devices import DEVICES
from tests.browser.visitor import READ
from tests.conftest import EXAMPLES


def _keep_pulls(page: Page) -> list[str]:
    """What is asked to be downloaded from now on, which is not."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url.split("/")[-2])
        route.fulfill(json={})

    page.route("**/api/models/*/pull?*", answer)
    return asked


def _with_a_photo(visitor) -> Page:
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.see_the_estimate()
    return visitor.page


def test_a_preset_does_not_take_the_model_away(site, visit):
    visitor = visit(site)
    page = _with_a_photo(visitor)
    asked = _keep_pulls(page)
    model, generate = page.locator("#set-model"), page.locator("#generate .generate-label")
    question = page.locator("dialog.question")
    visitor.pick_preset("fast")
    expect(question).to_contain_text(
        "AnimateLCM, SVD-XT in 4 steps is not on this computer yet: it is a download of 7.6 GB"
    )
    page.keyboard.press("Escape")
    expect(page.locator(".preset input:checked")).to_have_value("safety")
    visitor.pick_preset("fast")
    question.get_by_role("button", name="Use the chosen model").click()
    expect(page.locator(".preset input:checked")).to_have_value("fast")
    expect(model).to_have_value("draft")
    for name in ("minimum", "good", "safety"):
        visitor.pick_preset(name)
        expect(page.locator(".preset input:checked")).to_have_value(name)
        expect(model).to_have_value("draft")
        expect(generate).to_have_text("Generate")
    visitor.reload()
    visitor.see_layer("crop")
    visitor.pick_preset("square")
    expect(model).to_have_value("draft")
    assert asked == []


@pytest.mark.parametrize("language", ["en-GB", pytest.param("it-IT", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("width", "rows"),
    [(1440, 1), (375, 3), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((820, 1), (320, 3)))],
)
def test_the_answers_lie_in_one_row_or_each_in_its_own(site, visit, width, rows, language):
    visitor = visit(site, {"viewport": {"width": width, "height": 812}}, locale=language)
    _with_a_photo(visitor)
    with visitor.sheet():
        visitor.press_preset("fast")
        answers = visitor.page.locator("dialog.question .answers button")
        expect(answers).to_have_count(3)
        boxes = [answer.bounding_box() for answer in answers.all()]
        assert len({box["y"] for box in boxes}) == rows
        assert len({box["width"] for box in boxes}) == (1 if rows == 3 else 3)
        visitor.page.keyboard.press("Escape")


def test_a_presets_own_model_comes_by_a_button_and_goes_with_the_preset(site, visit):
    visitor = visit(site)
    page = _with_a_photo(visitor)
    asked = _keep_pulls(page)
    visitor.pick_preset("fast")
    page.locator("dialog.question").get_by_role("button", name="Download 7.6 GB").click()
    expect(page.locator("#set-model")).to_have_value("animatelcm-svd-xt")
    expect(page.locator("#generate .generate-label")).to_have_text("Download the model")
    assert asked == ["animatelcm-svd-xt"]
    visitor.pick_preset("safety")
    expect(page.locator("#set-model")).to_have_value("draft")
    expect(page.locator("#generate .generate-label")).to_have_text("Generate")


def test_what_was_made_of_a_preset_does_not_take_the_model_away_either(site, visit):
    visitor = visit(site)
    page = _with_a_photo(visitor)
    page.locator("#set-model").select_option("svd-xt")
    page.locator("#set-motion").fill("60")
    expect(page.locator(".preset input:checked")).to_have_value("-yours")
    visitor.pick_preset("minimum")
    page.locator("#set-model").select_option("draft")
    visitor.pick_preset("-yours")
    expect(page.locator("#set-motion")).to_have_value("60")
    expect(page.locator("#set-model")).to_have_value("draft")


def test_no_key_begins_a_download_unasked(site, visit):
    visitor = visit(site)
    page = _with_a_photo(visitor)
    asked = _keep_pulls(page)
    generate = page.locator("#generate")
    page.locator("#set-model").select_option("svd-xt")
    keyboard = page.keyboard
    keyboard.down("Control")
    keyboard.down("Enter")
    expect(generate).to_be_focused()
    keyboard.up("Control")
    keyboard.down("Enter")  # it is still down: the browser repeats it
    keyboard.up("Enter")
    expect(generate).to_contain_text("Download the model")
    assert asked == []
    # Not even a press in the moment in which the button begins to say something else.
    page.locator("#set-model").select_option("draft")
    expect(generate).to_contain_text("Generate")
    page.evaluate(
        """() => {
          const list = document.getElementById("set-model");
          list.value = "svd-xt";
          list.dispatchEvent(new Event("change"));
          document.getElementById("generate").click();
          setTimeout(() => document.getElementById("generate").click(), 50);
        }"""
    )
    expect(generate).to_contain_text("Download the model")
    page.wait_for_timeout(READ)
    assert asked == []
    with page.expect_response("**/pull?*"):
        generate.press("Enter")
    assert asked == ["svd-xt"]


def test_a_square_preset_says_that_it_is_square(site, visit):
    visitor = visit(site)
    page = _with_a_photo(visitor)
    shapes = page.locator("#toolbar [data-shape]")
    visitor.pick_preset("square")
    expect(page.locator("#toolbar [data-shape=square]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#toolbar [aria-pressed=true][data-shape]")).to_have_count(1)
    expect(page.locator("#toolbar [data-shape=landscape]")).to_be_disabled()
    expect(page.locator("#toolbar [data-shape=portrait]")).to_be_disabled()
    expect(page.locator("#toolbar .facts")).to_contain_text("this preset is always square")
    visitor.pick_preset("minimum")
    expect(page.locator("#toolbar [data-shape=landscape]")).to_have_attribute("aria-pressed", "true")
    expect(shapes.locator("nth=2")).to_be_enabled()


@pytest.mark.parametrize("device", ["iphone", *(pytest.param(each, marks=pytest.mark.slow) for each in DEVICES)])
def test_an_empty_page_has_one_way_in_and_no_more(own_site, visit, device):
    page = visit(own_site, DEVICES[device]).page
    expect(page.locator(".examples img").last).to_be_visible()
    expect(page.get_by_role("button", name="Choose a photo")).to_have_count(1)
    for place in ("#settings", ".strip", "#toolbar", "#generate"):
        expect(page.locator(place)).to_be_hidden()
    page.locator(".example").first.click()
    expect(page.locator("#stage")).to_have_attribute("data-layer", "crop")
    for place in ("#settings", ".strip", "#toolbar", "#generate"):
        expect(page.locator(place)).to_be_visible()
    expect(page.locator(".more-presets")).not_to_have_attribute("open", "")
