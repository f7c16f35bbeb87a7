"""What is deleted on the page lies in the bin: the next clip is shown, and it comes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.views import SHORT
from tests.conftest import EXAMPLES
from tests.support.site import ended


@pytest.fixture
def clips(site):
    """The ids of three clips, the newest first."""
    asked = [site.ask(EXAMPLES / "coffee.png", **(SHORT | {"seed": seed}))["id"] for seed in (31, 32, 33)]
    for id in asked:
        site.wait(id, ended)
    return asked[::-1]


def test_after_deleting_the_next_clip_is_on_the_stage_and_undo_brings_it_back(site, visit, clips):
    visitor = visit(site)
    page = visitor.page
    visitor.open(clips[0])
    visitor.see_the_clip(448, 256)
    page.keyboard.press("Delete")
    expect(page).to_have_url(f"{site.url}/#{clips[1]}")
    visitor.see_the_clip(448, 256)
    expect(page.locator(f"#gallery li[data-key='{clips[0]}']")).to_have_count(0)
    assert site.job(clips[0])["binned"]
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(f"{site.url}/#{clips[0]}")
    expect(page.locator("#gallery li[data-key]").first).to_have_attribute("data-key", clips[0])
    assert site.job(clips[0])["binned"] is None
