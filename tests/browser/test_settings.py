"""The settings panel: made of the server's table, and what it comes to is the server's word."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.conftest import EXAMPLES
from tests.extending.conftest import copied, copied_site  # noqa: F401  (a copy with one more parameter, `glow`)
from tests.support.site import ended

USES = """
async (names) => {
  const store = await import("/static/base/store.js");
  const uses = (row) => (row.id === "draft" ? { ...row, parameters: names } : row);
  store.set({ models: store.get("models").map(uses) });
}
"""


def test_a_row_more_in_the_table_is_a_control_on_the_page_and_arrives_in_the_job(copied_site, visit):  # noqa: F811
    visitor = visit(copied_site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    glow = page.locator(".finishing").get_by_role("slider", name="Glow", exact=True)
    expect(glow).to_have_value("3")
    expect(page.locator(".finishing .hint-word")).to_have_text("dim")
    page.locator(".finishing").get_by_role("button", name="About “Glow”").click()
    expect(page.locator(".finishing .help")).to_have_text("How bright it glows.")
    glow.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".finishing .hint-word")).to_have_text("dazzling")
    expect(page.locator(".preset input[value=yours]")).to_be_checked()
    expect(page.locator("#set-motion")).to_have_value("100")
    made = copied_site.job(visitor.generate())
    assert (made["settings"]["glow"], made["settings"]["motion"]) == (6, 100)


def test_no_section_is_shown_for_settings_that_there_are_not(site, visit):
    page = visit(site).page
    there = {row["group"] for row in site.get("/api/settings").json()["parameters"]}
    expect(page.locator(".finishing")).to_have_count(int("finishing" in there))


def test_what_a_model_does_not_use_cannot_be_set_for_it(site, visit):
    page = visit(site).page
    steps, motion = (page.locator(f".setting:has(#set-{name})") for name in ("steps", "motion"))
    page.evaluate(USES, ["motion", "frames"])
    expect(steps).to_contain_text("not used by this model")
    expect(page.locator("#set-steps")).to_be_hidden()
    expect(motion).not_to_contain_text("not used")
    expect(page.locator("#set-motion")).to_be_visible()


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
    expect(visitor.page.locator(".preset input[value=yours]")).to_be_checked()
