"""Nothing on the page keeps anybody from using it: axe-core on every view, and everything by the keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.views import walk
from tests.browser.visitor import MOVING
from tests.conftest import EXAMPLES


def violations(page):
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def walk_with_axe(visitor):
    """Nothing is found on any view; a walk that cannot go on says what was found until then, too."""
    found = {}
    try:
        for view in walk(visitor, EXAMPLES / "chelsea.png"):
            found[view] = violations(visitor.page)
    finally:
        assert {view: each for view, each in found.items() if each} == {}


def test_axe_finds_nothing_where_everybody_begins(site, visit):
    visitor = visit(site, DEVICES["iphone"])
    expect(visitor.page.locator("body")).to_have_attribute("data-connection", "live")
    assert violations(visitor.page) == []
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    assert violations(visitor.page) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("device", DEVICES, indirect=True)
def test_axe_finds_nothing_on_any_view(site, visit, device):
    visitor = visit(site, device, trouble=True)
    walk_with_axe(visitor)


def test_everything_by_the_keyboard_alone(site, visit):
    visitor = visit(site, **MOVING)
    page, press = visitor.page, visitor.page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to Generate")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        press("o")
    chooser.value.set_files(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    _tab_to(page, ".more-presets > summary")
    press("Enter")
    _tab_to(page, ".preset input:checked")
    press("ArrowRight")
    expect(page.locator(".preset input[value=minimum]")).to_be_checked()
    press("Control+Enter")
    visitor.see_it_play(448, 256)
    _tab_to(page, "#filmstrip")
    press("Home")
    expect(page.locator("#filmstrip")).to_have_attribute("aria-valuenow", "1")
    press("ArrowRight")
    expect(page.locator("#filmstrip")).to_have_attribute("aria-valuenow", "2")
    expect(visitor.video).to_have_js_property("paused", True)
    press("Space")
    expect(visitor.video).to_have_js_property("paused", False)
    press("l")
    expect(visitor.video).to_have_js_property("loop", False)
    press("?")
    expect(page.get_by_role("dialog", name="Options")).to_be_visible()
    press("Escape")
    press("m")
    expect(page.get_by_role("dialog", name="Models")).to_be_visible()
    press("Escape")
    entries = page.locator("#gallery li")
    before = entries.count()
    press("Delete")
    expect(entries).to_have_count(before - 1)
    _tab_to(page, ".toast .button", "Shift+Tab")  # messages are at the page's end
    press("Enter")
    expect(entries).to_have_count(before)
    press("Escape")
    visitor.see_layer("crop")


def _tab_to(page, selector, key="Tab"):
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab never came to {selector}.")


def forced(scheme):
    """What a person sees who has the system choose the colours."""
    return {"forced_colors": "active", "color_scheme": scheme}


def test_in_the_systems_own_colours_nothing_is_lost(site, visit):
    visitor = visit(site, DEVICES["iphone"], **forced("light"))
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    page = visitor.page
    expect(page.locator(".backdrop")).to_be_hidden()
    chosen, other = (
        page.locator(f"label.preset:has(input{which}) .preset-name").first for which in (":checked", ":not(:checked)")
    )
    assert chosen.evaluate(GROUND) != other.evaluate(GROUND)
    pressed, free = (page.locator(f"#toolbar .segments [aria-pressed={on}]").first for on in ("true", "false"))
    assert pressed.evaluate(GROUND) != free.evaluate(GROUND)
    assert free.locator("svg").evaluate("icon => getComputedStyle(icon).stroke") != free.evaluate(GROUND)
    assert page.locator("#settings").evaluate("element => getComputedStyle(element).borderTopStyle") == "solid"
    chosen.evaluate("name => { name.closest('.preset').dataset.level = 'red' }")  # it does not fit in memory
    memory = page.locator("label.preset:has(input:checked) .preset-memory").first
    assert memory.evaluate(INK) == chosen.evaluate(INK)
    assert violations(page) == []


INK = "element => getComputedStyle(element).color"
GROUND = """
element => {
  const of = (each) => getComputedStyle(each).backgroundColor;
  while (element && / 0\\)$/.test(of(element))) element = element.parentElement;
  return element ? of(element) : "none";
}
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_in_the_systems_own_colours(site, visit, scheme):
    visitor = visit(site, DEVICES["desktop"], trouble=True, **forced(scheme))
    walk_with_axe(visitor)
