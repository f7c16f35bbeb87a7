"""What the page says of the network, and deleting everything from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import prepared
from tests.conftest import EXAMPLES
from tests.support.site import Site, ended


@pytest.fixture
def offline_site(tmp_path: Path) -> Iterator[Site]:
    site = prepared(tmp_path / "site", "--offline")
    site.start()
    yield site
    site.stop()


@pytest.mark.slow
def test_offline_is_said_and_everything_can_be_deleted(offline_site, visit):
    job = offline_site.ask(EXAMPLES / "coffee.png", model="draft", width=256, height=256, frames=4)
    offline_site.wait(job["id"], ended)
    assert len(list(offline_site.outputs.iterdir())) == 1
    page = visit(offline_site).page
    expect(page.locator("#brand .offline")).to_have_text("Offline")
    page.keyboard.press("?")
    expect(page.locator("dialog.panel")).to_contain_text("nothing can leave this computer")
    page.get_by_role("button", name="Delete everything…").click()
    page.locator("dialog.question").get_by_role("button", name="Delete everything").click()
    expect(page.locator("dialog.question h2")).to_have_text("Deleted")
    page.locator("dialog.question").get_by_role("button", name="OK").click()
    expect(page.locator("#gallery li[data-key]")).to_have_count(0)
    assert offline_site.get("/api/jobs").json()["jobs"] == []
    assert list(offline_site.outputs.iterdir()) == []
    assert list((offline_site.home / "jobs").glob("*")) == []
