"""Back and forth through the settings, by keys and by a button."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.conftest import EXAMPLES


def test_ctrl_z_goes_back_through_the_settings_a_drag_at_a_time(site, visit):
    visitor = visit(site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    frames, toast = page.locator("#set-frames"), page.locator(".toast")
    undo = page.locator(".undo button").first
    expect(undo).to_be_hidden()
    expect(frames).to_have_value("14")
    box = frames.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(6):
        page.mouse.move(x + 12 * step, y)
        page.wait_for_timeout(60)
    page.mouse.up()
    expect(frames).not_to_have_value("14")
    dragged = frames.input_value()
    visitor.pick_preset("minimum")
    expect(frames).to_have_value("10")
    page.keyboard.press("Control+z")
    expect(toast).to_have_text("Preset: Safe")
    expect(frames).to_have_value(dragged)
    page.keyboard.press("Control+z")
    expect(toast).to_have_text("Frames: 14")
    expect(frames).to_have_value("14")
    expect(undo).to_be_disabled()
    page.keyboard.press("Control+Shift+z")
    expect(frames).to_have_value(dragged)
    page.keyboard.press("Control+y")
    expect(frames).to_have_value("10")
    expect(toast).to_have_text("Preset: Minimum")
    # In a field with text it is the browser's own.
    page.locator("#set-seed").fill("12")
    page.keyboard.press("Control+z")
    expect(frames).to_have_value("10")
    undo.click()
    expect(frames).to_have_value(dragged)
    page.get_by_role("button", name="Options and shortcuts").click()
    expect(page.locator(".keys")).to_contain_text("Undo a change of the settings")


def test_what_suited_another_photo_does_not_come_back(site, visit):
    visitor = visit(site, DEVICES["iphone"])
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    page.locator("#toolbar [data-shape=portrait]").click()
    dot = page.locator(".focus")
    dot.press("ArrowRight")
    visitor.drop(EXAMPLES / "rocket.jpg")
    expect(page.get_by_alt_text("Your photo: rocket.jpg")).to_be_visible()
    with visitor.sheet():
        page.locator(".undo button").first.click()  # at once: of the coffee's point and shape nothing can come back
        expect(page.locator("#set-frames")).to_have_value("14")
    expect(page.locator("#toolbar [data-shape=landscape]")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_alt_text("Your photo: rocket.jpg")).to_be_visible()
