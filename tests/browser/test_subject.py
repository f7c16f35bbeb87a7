"""Where a crop cuts something off, it begins at the subject; whoever moves it keeps that."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.conftest import EXAMPLES


def test_a_crop_begins_at_the_subject_until_somebody_moves_it(site, visit):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "astronaut.png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    asked = [url for url in visitor.requests if "/subject" in url and "/api/" in url]
    assert asked == [], "a square video cuts nothing off"
    with page.expect_response("**/subject*") as answer:
        page.locator("#toolbar [data-shape=landscape]").click()
    x, y = answer.value.json()["focus"]
    assert 0.4 < x < 0.6
    assert y < 0.42, "the middle would behead her"
    dot, back = page.locator(".focus"), page.get_by_role("button", name="Back to the subject")
    found = f"{int(100 * x + 0.5)}% across, {int(100 * y + 0.5)}% down"
    expect(dot).to_have_attribute("aria-valuetext", found)
    expect(back).to_be_hidden()
    dot.press("ArrowDown")
    expect(dot).not_to_have_attribute("aria-valuetext", found)
    moved = dot.get_attribute("aria-valuetext")
    page.locator("#toolbar [data-shape=portrait]").click()
    expect(page.locator("#toolbar [data-shape=portrait]")).to_have_attribute("aria-pressed", "true")
    expect(dot).to_have_attribute("aria-valuetext", moved)
    back.click()
    expect(dot).to_have_attribute("aria-valuetext", found)
    made = site.job(visitor.generate())
    assert made["settings"]["focus"] == [x, y]
    assert len([url for url in visitor.requests if "/subject?" in url]) == 1
