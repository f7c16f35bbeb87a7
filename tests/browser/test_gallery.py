"""More clips than are shown at once, and those that are looked for."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.conftest import EXAMPLES, ROOT

COUNT = 104
"""Two pages of the gallery, and a little."""

MAKE = f"""
from pathlib import Path
from videoai.system import paths
from videoai.history.store import JobStore
from videoai.jobs.submit import submit
from videoai.request import Request

store = JobStore(paths.database())
for number in range({COUNT}):
    title = "the oldest" if number == 0 else f"clip {{number}}"
    request = Request({{"model": "draft", "width": 256, "height": 256, "frames": 4}})
    job = submit(store, Path({str(EXAMPLES / "coffee.png")!r}), request, lambda event: None, title=title)
    store.cancel(job.id)
"""


@pytest.mark.slow
def test_all_of_many_clips_can_be_reached_and_found(own_site, visit):
    subprocess.run([sys.executable, "-c", MAKE], cwd=ROOT, env=own_site.environment, check=True, timeout=100)
    visitor = visit(own_site)
    clips, more = visitor.page.locator("#gallery li[data-key]"), visitor.page.get_by_role("button", name="Show more")
    expect(clips).to_have_count(50)
    # What is found lies further down than what is shown; afterwards nothing between is left out.
    visitor.page.locator("#search").fill("oldest")
    expect(clips).to_have_count(1)
    expect(clips).to_contain_text("the oldest")
    expect(more).to_be_hidden()
    visitor.page.locator("#search").fill("clip")
    expect(clips).to_have_count(50)
    more.click()
    expect(clips).to_have_count(100)
    more.click()
    expect(clips).to_have_count(COUNT - 1)
    expect(more).to_be_hidden()
    visitor.page.locator("#search").fill("nothing of that name")
    expect(visitor.page.locator("#gallery .nothing")).to_have_text("There is no clip with this name.")
    visitor.page.locator("#search").fill("")
    expect(clips).to_have_count(50)
    more.click()
    expect(clips).to_have_count(100)
    # A new snapshot takes nothing back.
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    job = own_site.ask(EXAMPLES / "coffee.png", model="draft", width=256, height=256, frames=4)
    expect(visitor.page.locator(f"#gallery li[data-key='{job['id']}']")).to_be_visible()
    expect(clips).to_have_count(101)
    more.click()
    expect(clips).to_have_count(COUNT + 1)
    expect(clips.last).to_contain_text("the oldest")
    expect(more).to_be_hidden()
