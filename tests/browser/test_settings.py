"""The settings panel: made of the server's table, and what it comes to is the server's word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.visitor import MOVING
from tests.conftest import EXAMPLES
from tests.extending.conftest import copied, copied_site  # noqa: F401  (a copy with one more parameter, `glow`)
from tests.support.site import ended


def test_a_row_more_in_the_table_is_a_control_on_the_page_and_arrives_in_the_job(copied_site, visit):  # noqa: F811
    visitor = visit(copied_site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    glow = page.locator(".finishing .setting:has(#set-glow)")
    slider, meaning = glow.get_by_role("slider", name="Glow", exact=True), glow.locator(".hint-word")
    expect(slider).to_have_value("3")
    expect(meaning).to_have_text("dim")
    glow.get_by_role("button", name="About “Glow”").click()
    expect(glow.locator(".help")).to_have_text("How bright it glows.")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(meaning).to_have_text("dazzling")
    expect(page.locator(".preset input[value=-yours]")).to_be_checked()
    expect(page.locator("#set-motion")).to_have_value("100")
    made = copied_site.job(visitor.generate())
    assert (made["settings"]["glow"], made["settings"]["motion"]) == (6, 100)


@pytest.mark.slow
def test_an_engine_more_is_a_model_on_the_page_and_plays_there(copied_site, visit):  # noqa: F811
    visitor = visit(copied_site, **MOVING)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    page.locator("#set-model").select_option(label="Into its mirror image")
    expect(page.locator(".setting:has(#set-steps)")).to_be_hidden()
    expect(page.locator(".setting:has(#set-glow)")).to_be_visible()
    job_id = visitor.generate()
    visitor.see_it_play(448, 256)
    assert copied_site.job(job_id)["settings"]["model"] == "fade"


def test_what_a_model_does_not_use_is_not_shown(site, visit):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    expect(page.locator("#set-model")).to_have_value("draft")
    expect(page.locator(".setting:has(#set-steps)")).to_be_hidden()
    expect(page.locator(".setting:has(#set-motion)")).to_be_visible()
    page.locator("#set-model").select_option("svd-xt")
    expect(page.locator("#set-steps")).to_be_visible()
    expect(page.locator(".setting:has(#set-steps)")).to_contain_text("balanced")


@pytest.mark.slow
def test_a_looped_clip_is_shown_frame_by_frame(site, visit):
    visitor = visit(site, **MOVING)
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    visitor.page.locator("#set-loop").select_option("boomerang")
    expect(visitor.page.locator(".preset input[value=minimum]")).to_be_checked()
    expect(visitor.page.locator("#filmstrip")).to_have_attribute("aria-label", "The video: 18 frames")
    visitor.generate()
    visitor.see_it_play(448, 256)
    expect(visitor.page.locator("#filmstrip")).to_have_attribute("aria-valuemax", "18")
    expect(visitor.page.locator("#toolbar .facts")).to_contain_text("18 frames")


def test_the_shape_is_the_presets_and_what_departs_is_yours(site, visit):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    expect(page.locator("#toolbar .facts")).to_have_text(re.compile("448.×.256"))
    expect(page.locator("#toolbar [data-shape=landscape]")).to_have_attribute("aria-pressed", "true")
    page.locator("#toolbar [data-shape=portrait]").click()
    expect(page.locator("#toolbar .facts")).to_have_text(re.compile("256.×.448"))
    expect(page.locator(".preset input[value=minimum]")).to_be_checked()
    expect(page.locator("#set-frames")).to_have_value("10")
    made = site.job(visitor.generate())["settings"]
    assert (made["width"], made["height"], made["frames"], made["model"]) == (256, 448, 10, "draft")


def test_a_remix_brings_the_settings_of_a_clip_back(site, visit):
    values = {"model": "draft", "width": 512, "height": 256, "frames": 5, "motion": 33}
    job = site.ask(EXAMPLES / "coffee.png", **values, seed=77)
    site.wait(job["id"], ended)
    visitor = visit(site)
    visitor.open(job["id"])
    visitor.see_layer("player")
    visitor.page.keyboard.press("r")
    visitor.see_layer("crop")
    for name in ("width", "height", "frames", "motion"):
        expect(visitor.page.locator(f"#set-{name}")).to_have_value(str(values[name]))
    expect(visitor.page.locator("#set-model")).to_have_value("draft")
    expect(visitor.page.locator("#set-seed")).to_have_value("")
    expect(visitor.page.locator(".preset input[value=-yours]")).to_be_checked()


CUT = """(field) => {
  const width = field.offsetWidth;
  field.style.maxWidth = "none";
  return field.offsetWidth - width;
}"""
"""By how much a list is too narrow for the longest of its choices: as wide as that it would be by itself."""


@pytest.mark.parametrize("locale", [pytest.param("en-GB", marks=pytest.mark.slow), "it-IT"])
def test_no_choice_is_cut_short_on_a_phone(site, visit, locale):
    visitor = visit(site, DEVICES["iphone"], locale=locale)
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    with visitor.sheet():
        visitor.page.locator("#set-model").select_option("svd-xt")
        visitor.page.locator("details.more > summary").click()
        expect(visitor.page.locator("#set-precision")).to_be_visible()
        choices = visitor.page.locator(".setting.inline select:visible")
        cut = {field.get_attribute("id"): found for field in choices.all() if (found := field.evaluate(CUT))}
    assert cut == {}


def test_what_the_model_cannot_do_is_not_offered(site, visit):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    page.locator("#set-model").select_option("svd-xt")
    page.locator("details.more > summary").click()
    sampler, levels, reuse = page.locator("#set-scheduler"), page.locator("#set-sigmas"), page.locator("#set-reuse")
    expect(reuse).to_be_visible()
    expect(sampler.locator("option")).to_have_text(["Euler A", "Euler", "DPM++ 2M"])
    page.locator("#set-model").select_option("animatelcm-svd-xt")
    expect(reuse).to_be_hidden()
    expect(page.locator(".setting:has(#set-reuse) .hint-word")).to_have_text("every step is whole")
    expect(levels).to_be_hidden()
    expect(page.locator(".setting:has(#set-sigmas) .hint-word")).to_have_text("Karras")
    expect(page.locator("#set-steps")).to_have_attribute("max", "40")
    sampler.select_option("euler")
    expect(levels.locator("option")).to_have_text(["Karras", "Align Your Steps"])
    expect(page.locator("#set-steps")).to_have_attribute("max", "50")
    expect(reuse).to_have_attribute("max", "4")


def test_what_is_refused_is_said_in_the_pages_words_and_is_no_preset(site, visit):
    """It can be so for a moment: what suits one model is kept for the next."""
    visitor = visit(site, trouble=True)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    page.locator("#set-model").select_option("svd-xt")
    page.locator("details.more > summary").click()
    reuse = page.locator(".setting:has(#set-reuse)")
    expect(reuse.locator(".hint-word")).to_have_text("every step is whole")
    page.locator("#set-reuse").fill("3")
    expect(reuse.locator(".hint-word")).to_have_text("faster, the video changes a little")
    page.locator("#set-model").select_option("animatelcm-svd-xt")
    expect(page.locator(".estimate-words")).to_have_text(
        "The LCM sampler needs every step whole, so reuse can only be 1, not 3."
    )
    expect(reuse.locator(".hint-word")).to_have_text("")
    expect(page.locator(".preset input[value=-yours]")).to_be_checked()
    page.locator("#set-reuse").fill("1")
    expect(reuse.locator(".hint-word")).to_have_text("every step is whole")
    expect(page.locator("#set-reuse")).to_be_hidden()


def test_quick_good_and_best_come_first_and_none_of_them_downloads(own_site, visit):
    visitor = visit(own_site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_the_estimate()
    names = page.locator(".preset input").evaluate_all("inputs => inputs.map(input => input.value)")
    assert names[:4] == ["quick", "good", "best", "safety"]
    quick = page.get_by_role("radio", name=re.compile("^Quick, .*needs a download of [0-9.]+ GB first"))
    expect(quick).to_have_count(1)
    visitor.pick_preset("quick")
    page.get_by_role("button", name="Use the chosen model").click()
    expect(quick).to_be_checked()
    expect(page.locator("#set-smooth")).to_have_value("24")
    expect(page.locator("#set-model")).to_have_value("draft")
    assert [row["progress"] for row in own_site.get("/api/models").json()["models"] if row["progress"]] == []
    visitor.pick_preset("good")
    expect(page.locator(".whole .preset:has(:checked)")).to_contain_text("1280 × 768")
    expect(page.locator("#set-enlarge")).to_have_value("2")
    expect(page.locator("#generate")).to_contain_text("Generate")
