"""The queue on the page: paused, gone on with, emptied, and how long all of it takes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.conftest import EXAMPLES
from tests.support.site import ended

CLIP = {"model": "draft", "width": 448, "height": 256, "frames": 6}
PHOTO = EXAMPLES / "coffee.png"


@pytest.fixture
def paused(site):
    """The shared site, whose queue rests, with three jobs in it."""
    site.post("/api/queue", {"paused": True})
    yield [site.ask(PHOTO, **CLIP, seed=seed)["id"] for seed in range(3)]
    for id in site.get("/api/queue").json()["queue"]:
        site.post(f"/api/jobs/{id}/cancel")
    site.post("/api/queue", {"paused": False})


def open_queue(page):
    page.locator("#tools button:has(.count)").click()
    panel = page.get_by_role("dialog", name="Queue")
    expect(panel).to_be_visible()
    return panel


@pytest.mark.parametrize("device", ["desktop", pytest.param("iphone", marks=pytest.mark.slow)], indirect=True)
def test_paused_it_is_said_everywhere_and_goes_on_with_a_press(site, visit, device, paused):
    visitor = visit(site, device)
    page = visitor.page
    button = page.locator("#tools button:has(.count)")
    expect(button).to_have_accessible_name("Queue: 3, paused")
    panel = open_queue(page)
    expect(panel).to_contain_text("Paused: nothing begins until you continue.")
    expect(panel.locator(".queue-total")).to_have_text(re.compile(r"About \d+ s left · 3 waiting"))
    page.keyboard.press("Escape")
    visitor.open(paused[0])
    overlay = page.locator(".overlay")
    expect(overlay).to_contain_text("The queue is paused")
    overlay.get_by_role("button", name="Continue the queue").click()
    visitor.see_the_clip(448, 256)
    assert site.get("/api/queue").json()["paused"] is False


def test_how_to_change_the_order_is_said_where_there_is_one(site, visit, paused):
    panel = open_queue(visit(site).page)
    hint = panel.get_by_text("Drag to change the order")
    expect(hint).to_be_visible()
    for id in paused[1:]:
        site.post(f"/api/jobs/{id}/cancel")
    expect(panel.locator("ol.queue li")).to_have_count(1)
    expect(hint).to_be_hidden()


def test_it_is_paused_while_one_runs_which_goes_on_to_its_end(site, visit):
    running = site.ask(PHOTO, model="draft", width=1024, height=576, frames=25)["id"]
    waiting = site.ask(PHOTO, **CLIP)["id"]
    site.wait(running, lambda job: job["state"] == "running")
    visitor = visit(site)
    panel = open_queue(visitor.page)
    try:
        with site.held():
            expect(panel.locator(".queue-total")).to_contain_text("1 waiting")
            panel.get_by_role("button", name="Pause the queue").click()
            expect(panel).to_contain_text("the video in progress is finished, and nothing new begins")
        assert site.wait(running, ended)["state"] == "done"
        expect(panel).to_contain_text("Paused: nothing begins until you continue.")
        assert site.job(waiting)["state"] == "queued"
        panel.get_by_role("button", name="Continue the queue").click()
        assert site.wait(waiting, ended)["state"] == "done"
    finally:
        site.post("/api/queue", {"paused": False})


def test_all_that_waits_is_cancelled_and_waits_again_after_undo(site, visit, paused):
    visitor = visit(site)
    panel = open_queue(visitor.page)
    panel.get_by_role("button", name="Cancel all waiting").click()
    expect(panel.locator("ol.queue li")).to_have_count(0)
    expect(panel.locator(".toast")).to_contain_text("Waiting videos cancelled: 3")
    assert {site.job(id)["state"] for id in paused} == {"cancelled"}
    panel.get_by_role("button", name="Undo").click()
    expect(panel.locator("ol.queue li")).to_have_count(3)
    assert site.get("/api/queue").json()["queue"] == paused, "in their order"


@pytest.mark.slow
def test_it_rests_over_a_restart_and_the_page_and_the_terminal_say_so(own_site, visit):
    job = own_site.ask(PHOTO, **CLIP)["id"]
    own_site.wait(job, ended)
    own_site.post("/api/queue", {"paused": True})
    own_site.stop()
    own_site.start()
    waiting = own_site.ask(PHOTO, **CLIP)["id"]
    visitor = visit(own_site, DEVICES["desktop"])
    expect(visitor.page.locator("#tools button:has(.count)")).to_have_accessible_name("Queue: 1, paused")
    assert "The queue is paused: no video in it begins." in own_site.said()
    assert own_site.job(waiting)["state"] == "queued"
