"""Models that somebody has already, added on the page: picked, dropped, named by a path; and what the disk holds."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.test_access import violations
from tests.support import tiny_decoder
from videoai.catalogue import TINY_DECODER


@pytest.fixture
def decoder(tmp_path):
    """The file of a tiny decoder, as somebody has it among the downloads."""
    tiny_decoder.save(tmp_path / "mine")
    return shutil.copy(tmp_path / "mine" / TINY_DECODER.weights.path, tmp_path / "taesdv.safetensors")


def opened(visitor):
    visitor.tool("models").click()
    expect(visitor.page.locator("dialog.panel .import")).to_be_visible()
    return visitor.page.locator("dialog.panel")


def test_a_file_is_picked_checked_and_ready(own_site, visit, decoder):
    visitor = visit(own_site)
    panel = opened(visitor)
    with visitor.page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Choose a file…").click()
    chooser.value.set_files(decoder)
    expect(panel.locator("#import-model")).to_have_value(TINY_DECODER.id)  # its name says so
    assert violations(visitor.page) == []
    panel.get_by_role("button", name="Add to VideoAi").click()
    expect(panel.locator(".import")).to_contain_text("is ready, and takes 6 MB")
    expect(panel.locator(f".model[data-key={TINY_DECODER.id}]")).to_have_attribute("data-state", "ready")
    expect(panel.locator(".disk")).to_contain_text("Models made or imported here")
    panel.locator(".import").get_by_role("button", name="Close").click()
    expect(panel.get_by_role("button", name="Choose a file…")).to_be_focused()


def test_a_file_that_is_no_model_is_named_and_nothing_is_lost(own_site, visit, tmp_path):
    visitor = visit(own_site, trouble=True)
    broken = tmp_path / "svd_xt.safetensors"
    broken.write_bytes(b"no model" * 1000)
    visitor.drop(broken, "application/octet-stream")  # anywhere on the page
    panel = visitor.page.locator("dialog.panel")
    panel.get_by_role("button", name="Add to VideoAi").click()
    expect(panel.locator(".import [role=alert]")).to_contain_text("svd_xt.safetensors")
    expect(panel.locator(".model[data-key=svd-xt]")).to_have_attribute("data-state", "missing")
    panel.get_by_role("button", name="Choose another").click()
    panel.locator("#model-path").fill(str(tmp_path / "gone"))
    panel.locator("#model-path").press("Enter")
    expect(panel.locator(".import [role=alert]")).to_contain_text("There is nothing at")
    visitor.page.keyboard.press("Escape")  # of that model nothing has been downloaded that could go on
    download = visitor.page.locator(".way .button:has(use[href='#i-download'])")
    expect(download).to_have_text("Download")


@pytest.mark.slow  # a file large enough to be stopped on its way
def test_a_copy_can_be_stopped_and_goes_on_while_the_panel_is_closed(own_site, visit, tmp_path, decoder):
    visitor = visit(own_site)
    large = tmp_path / "svd.safetensors"
    with large.open("wb") as file:
        file.truncate(3_000_000_000)
    panel = opened(visitor)
    with visitor.page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Choose a file…").click()
    chooser.value.set_files(large)
    panel.get_by_role("button", name="Add to VideoAi").click()
    expect(panel.locator(".import")).to_contain_text("Copying")
    visitor.page.keyboard.press("Escape")
    opened(visitor)
    expect(panel.locator(".import")).to_contain_text("Copying")
    visitor.drop(decoder, "application/octet-stream")  # one at a time, in the panel that is there
    expect(visitor.page.locator(".toast")).to_have_text("One model at a time: svd.safetensors is still being added.")
    expect(panel).to_have_count(1)
    panel.locator(".import").get_by_role("button", name="Stop").click()
    expect(panel.get_by_role("button", name="Choose a file…")).to_be_visible()
    assert list((own_site.home / "temporary").glob("*/*.safetensors")) == []
