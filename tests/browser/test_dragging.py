"""Rows of the queue that are dragged while the list changes, and progress that is the same for everybody who looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.views import LONG, SHORT
from tests.conftest import EXAMPLES
from tests.support.site import ended

PHOTO = EXAMPLES / "rocket.jpg"

FRACTIONS = """
async (jobs) => {
  const { fractionOf } = await import("/static/clips/clip.js");
  return jobs.map((job) => Number(fractionOf(job).toFixed(3)));
}
"""


@pytest.fixture
def queue(site):
    """A run that goes on, and three videos that wait."""
    jobs = [site.ask(PHOTO, **LONG), *(site.ask(PHOTO, **SHORT) for _ in range(3))]
    site.wait(jobs[0]["id"], lambda job: (job["step"] or 0) >= 2)
    yield [job["id"] for job in jobs]
    for job in reversed(jobs):
        site.post(f"/api/jobs/{job['id']}/cancel")
        site.wait(job["id"], ended)


def waiting_rows(visitor) -> Locator:
    visitor.tool("queue").click()
    return visitor.page.locator("ol.queue li")


def hold(page, row: Locator) -> tuple[float, float, float]:
    """Take a row by its handle; where that is, and how tall the row."""
    row.locator(".grip-handle").hover()  # once the panel has come to rest
    grip, box = row.locator(".grip-handle").bounding_box(), row.bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y, box["height"]


def shifted(rows: Locator) -> list[str]:
    return [style for style in rows.evaluate_all("rows => rows.map((row) => row.style.transform)") if style]


def test_a_row_is_dragged_and_the_list_may_change_meanwhile(site, visit, queue):
    visitor = visit(site)
    page = visitor.page
    running, first, second, third = queue
    with site.held():
        rows = waiting_rows(visitor)
        expect(rows).to_have_count(3)
        x, y, height = hold(page, rows.nth(0))
        page.mouse.move(x, y + 1.1 * height, steps=4)
        assert len(shifted(rows)) == 2, "it, and the one whose place it takes"
        page.mouse.up()
        expect(rows.nth(0)).to_have_attribute("data-key", second)
        expect(rows.nth(1)).to_have_attribute("data-key", first)
        assert shifted(rows) == []
        # One above it goes: it goes on being dragged, and comes to where it is let go.
        x, y, height = hold(page, rows.nth(2))
        page.mouse.move(x, y - 0.2 * height, steps=2)
        site.post(f"/api/jobs/{second}/cancel")
        expect(rows).to_have_count(2)
        page.mouse.move(x, y - 2.1 * height, steps=4)
        page.mouse.up()
        expect(rows.nth(0)).to_have_attribute("data-key", third)
        # What is dragged begins to run.
        x, y, height = hold(page, rows.nth(0))
        page.mouse.move(x, y + 1.1 * height, steps=4)
        assert len(shifted(rows)) == 2
        site.post(f"/api/jobs/{running}/cancel")
    expect(page.locator(f"ol.queue li[data-key='{third}']")).to_have_count(0)
    assert shifted(rows) == []
    page.mouse.move(x, y + 0.2 * height)
    page.mouse.up()
    assert shifted(rows) == []


@pytest.mark.slow
def test_progress_is_the_same_after_a_reload_and_on_another_device(site, visit, queue):
    one = visit(site)
    one.page.goto(f"{site.url}/#{queue[0]}")
    one.page.reload()
    with site.held():
        two = visit(site)
        two.open(queue[0])
        one.page.reload()
        lit = []
        for visitor in (one, two):
            expect(visitor.page).to_have_title(re.compile(r"^\d+% · "))
            told = visitor.page.title().partition("%")[0]
            light = visitor.page.locator("#filmstrip").evaluate("strip => strip.style.getPropertyValue('--done')")
            assert round(100 * float(light)) == int(told)
            lit.append(told)
        assert lit[0] == lit[1] != "0"


def test_progress_only_rises_through_all_stages(site, visit):
    """Of a clip in two parts: in each of them the photo is analysed, the frames denoised and decoded."""
    seconds = {"condition": 10, "denoise": 70, "decode": 20}
    plan = {"stages": [{"name": name, "seconds": taken} for name, taken in seconds.items()]}
    steps = [
        *[("start", 0, 0, None), ("condition", 0, 0, 98), ("denoise", 0, 20, 90), ("denoise", 10, 20, 55)],
        *[("decode", 0, 28, 55), ("decode", 14, 28, 45), ("condition", 0, 0, 42), ("denoise", 10, 20, 40)],
        *[("denoise", 11, 20, 36), ("denoise", 20, 20, 10), ("decode", 14, 28, 10), ("decode", 28, 28, 0)],
        ("encode", 0, 0, None),
    ]
    names = ("stage", "step", "total", "eta_seconds")
    every = {"id": "a", "plan": plan, "settings": {"extend": 1}, "state": "running"}
    jobs = [every | dict(zip(names, values, strict=True)) for values in steps]
    fractions = visit(site).page.evaluate(FRACTIONS, jobs)
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[3], fractions[5], fractions[-1]) == (0, 0.4, 0.5, 1)
