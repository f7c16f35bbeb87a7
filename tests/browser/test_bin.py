"""What is deleted on the page lies in the bin: the next clip is shown, and it comes back."""

from __future__ import annotations

import time

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.devices import DEVICES


@pytest.fixture
def clips(new_clips):
    """The ids of three clips, the newest first."""
    return new_clips("coffee.png", "coffee.png", "coffee.png")[::-1]


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


def test_the_bin_restores_deletes_and_is_emptied(site, visit, clips):
    first, second, third = clips
    visitor, phone = visit(site), visit(site, DEVICES["iphone"])
    page = visitor.page
    for id in clips:
        requests.delete(f"{site.url}/api/jobs/{id}", timeout=30).raise_for_status()
        for each in (visitor, phone):  # every page hears of it
            expect(each.page.locator(f"#gallery li[data-key='{id}']")).to_have_count(0)
    page.locator(".bin-button").click()
    row = page.locator("dialog.panel .queue-row")
    expect(page.locator(f".queue-row[data-key='{first}']")).to_contain_text("in 7 days")
    page.locator(f".queue-row[data-key='{first}']").get_by_role("button", name="Restore").press("Enter")
    expect(page.locator(f".queue-row[data-key='{first}']")).to_have_count(0)
    expect(row.locator("button:focus")).to_have_count(1)
    for each in (visitor, phone):
        expect(each.page.locator(f"#gallery li[data-key='{first}']")).to_have_count(1)
    page.locator(f".queue-row[data-key='{second}'] .tool").click()
    page.get_by_role("button", name="Delete forever", exact=True).click()
    expect(page.locator(f".queue-row[data-key='{second}']")).to_have_count(0)
    end = time.monotonic() + 30  # the row goes at once
    while site.get(f"/api/jobs/{second}").status_code != 404:
        assert time.monotonic() < end
        time.sleep(0.1)
    page.get_by_role("button", name="Empty the bin…").click()
    page.get_by_role("button", name="Empty the bin", exact=True).click()
    expect(page.get_by_text("The bin is empty.")).to_be_visible()
    assert site.get(f"/api/jobs/{third}").status_code == 404
    page.keyboard.press("Escape")
    expect(page.locator(".bin-button")).to_be_hidden()
    expect(phone.page.locator(".bin-button")).to_be_hidden()


def test_the_address_of_what_is_in_the_bin_offers_to_restore_it(site, visit, clips):
    requests.delete(f"{site.url}/api/jobs/{clips[0]}", timeout=30).raise_for_status()
    page = visit(site).tab(f"/#{clips[0]}")
    expect(page.locator(".toast")).to_contain_text("is in the bin.")
    page.locator(".toast").get_by_role("button", name="Restore").click()
    expect(page.locator("#stage")).to_have_attribute("data-layer", "player")
    expect(page).to_have_url(f"{site.url}/#{clips[0]}")


def test_undone_too_late_it_is_said_that_the_clip_is_gone(site, visit, clips):
    visitor = visit(site, trouble=True)
    page = visitor.page
    visitor.open(clips[0])
    page.keyboard.press("Delete")
    expect(page.locator(".toast")).to_have_count(1)
    requests.delete(f"{site.url}/api/jobs/{clips[0]}?forever=1", timeout=30).raise_for_status()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast.error")).to_have_text("This clip no longer exists.")
