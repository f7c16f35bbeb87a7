"""Every view of the page, one after the other: for looking at it, by a person or by axe."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.browser.visitor import Visitor
from tests.support.site import ended
from videoai.memory.estimate import estimate
from videoai.settings import GenerationSettings

SMALL_BUDGET = 1_500_000_000
"""What a machine of 8 GB can spare: too little for the preset “native”."""

LONG = {"model": "draft", "width": 1024, "height": 576, "frames": 25}
"""Takes long enough to be looked at."""

SHORT = {"model": "draft", "width": 448, "height": 256, "frames": 10, "seed": 7}


def walk(visitor: Visitor, photo: Path) -> Iterator[str]:
    """Go from view to view; the name of each while it is on the screen."""
    visitor.see_layer("empty")
    visitor.see_the_examples()
    yield "nothing-yet"
    visitor.choose(photo)
    visitor.see_layer("crop")
    visitor.see_the_estimate()
    yield "ready"
    yield from _on_its_way(visitor, photo)
    yield from _settings(visitor)
    yield from _panels(visitor)
    yield from _runs(visitor, photo)
    yield from _clips(visitor, photo)
    visitor.context.set_offline(True)
    visitor.page.evaluate("dispatchEvent(new Event('online'))")  # have it look at once
    expect(visitor.page.locator("body")).to_have_attribute("data-connection", "gone")
    yield "server-gone"
    visitor.context.set_offline(False)


def _on_its_way(visitor: Visitor, photo: Path) -> Iterator[str]:
    visitor.page.route("**/api/photos?*", lambda route: None, times=1)  # no answer comes
    visitor.drop(photo)
    visitor.see_layer("reading")
    yield "on-its-way"
    visitor.page.keyboard.press("Escape")
    visitor.see_layer("crop")


def _settings(visitor: Visitor) -> Iterator[str]:
    with visitor.sheet():
        visitor.press_preset("quick")
        expect(visitor.page.locator("dialog.question")).to_be_visible()
        yield "preset-asks"
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator("dialog.question")).to_have_count(0)
        visitor.page.locator(".pad-knob").focus()
        visitor.page.keyboard.press("ArrowLeft")
        expect(visitor.page.locator(".camera-view.on")).to_be_visible()
        yield "camera"
        visitor.page.keyboard.press("Control+z")
        visitor.page.locator("details.more > summary").click()
        visitor.page.locator("details.more .setting-list").scroll_into_view_if_needed()
        visitor.page.locator("#settings .setting:visible .tool.small").last.click()
        expect(visitor.page.locator("#settings .help:visible")).to_have_count(1)
        yield "settings"
        visitor.page.locator("details.more > summary").click()
        visitor.page.locator("#set-motion").fill("44")
        visitor.page.locator(".keep-preset").click()
        visitor.page.locator("#preset-name").fill("My portraits")
        yield "keep-preset"
        visitor.page.keyboard.press("Enter")
        change = visitor.page.locator(".own-preset .tool")
        change.click()
        expect(visitor.page.locator("#preset-name")).to_have_value("My portraits")
        yield "change-preset"
        visitor.page.locator("dialog .button:has(use[href='#i-trash'])").click()
        expect(change).to_have_count(0)
    visitor.page.route("**/api/estimate*", _answer_for_a_small_machine)
    visitor.pick_preset("native")
    expect(visitor.page.locator(".estimate")).to_have_attribute("data-level", "red")
    expect(visitor.page.locator(".advice .chip").first).to_be_visible()
    yield "will-not-fit"
    visitor.page.unroute_all(behavior="wait")  # an answer may be on its way
    visitor.pick_preset("safety")
    expect(visitor.page.locator(".estimate")).to_have_attribute("data-level", "green")


def _answer_for_a_small_machine(route: Route) -> None:
    """What the server would say if it had as little memory as that."""
    answer = route.fetch()
    found = answer.json()
    settings = GenerationSettings(**(found["settings"] | {"model": "svd-xt"}))
    small = estimate(settings, SMALL_BUDGET)
    route.fulfill(response=answer, body=json.dumps(found | small.to_dict() | {"level": small.level}))


def _panels(visitor: Visitor) -> Iterator[str]:
    for name in ("options", "models", "memory", "phone"):
        visitor.tool(name).click()
        expect(visitor.page.locator("dialog.panel")).to_be_visible()
        yield name
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator("dialog.panel")).to_have_count(0)


def _runs(visitor: Visitor, photo: Path) -> Iterator[str]:
    site = visitor.site
    running = site.ask(photo, **LONG)
    waiting = [site.ask(photo, **SHORT) for _ in range(2)]
    visitor.open(running["id"])
    site.wait(running["id"], lambda job: (job["step"] or 0) >= 8 and job["preview_url"])
    with site.held():
        visitor.see_toolbar("running")
        yield "running"
        visitor.tool("queue").click()
        expect(visitor.page.locator("ol.queue li")).to_have_count(2)
        yield "queue"
        visitor.page.locator(".queue-controls button:has(use[href='#i-pause'])").click()
        expect(visitor.page.locator(".queue-controls button:has(use[href='#i-play'])")).to_be_visible()
        yield "queue-paused"
        visitor.page.keyboard.press("Escape")
        visitor.open(waiting[1]["id"])
        visitor.see_toolbar("queued")
        yield "queued-and-paused"
        visitor.page.locator(".overlay button:has(use[href='#i-play'])").click()
        expect(visitor.page.locator(".overlay button")).to_have_count(0)
        yield "queued"
        (site.home / "jobs" / waiting[1]["id"] / "photo.png").write_bytes(b"no photo")
        for job in (running, waiting[0]):
            site.post(f"/api/jobs/{job['id']}/cancel")
    visitor.see_toolbar("failed")
    yield "failed"
    site.forget(waiting[1]["id"])
    visitor.open(running["id"])
    visitor.see_toolbar("cancelled")
    yield "cancelled"


def _clips(visitor: Visitor, photo: Path) -> Iterator[str]:
    done = visitor.site.get("/api/jobs?state=done").json()["jobs"]
    job = done[0] if done else visitor.site.wait(visitor.site.ask(photo, **SHORT)["id"], ended)
    visitor.open(job["id"])
    visitor.see_the_clip(job["settings"]["width"], job["settings"]["height"])
    visitor.rest_at_the_first_frame()
    yield "done"
    compare = visitor.page.locator("#toolbar button:has(use[href='#i-compare'])")
    compare.click()
    yield "compare"
    compare.click()
    visitor.page.locator("#toolbar .downloads > summary").click()
    yield "download"
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("#toolbar .details-button").click()
    expect(visitor.page.locator("dialog.details .fact-list").last).to_be_visible()
    yield "about-the-clip"
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("#gallery").scroll_into_view_if_needed()
    yield "gallery"
    yield from _many_kinds(visitor)
    yield from _bin(visitor)
    yield from _two_compared(visitor, photo)
    visitor.open(job["id"])
    yield from _finished_anew(visitor)
    yield from _several(visitor, photo)
    visitor.page.evaluate("scrollTo(0, 0)")


def _many_kinds(visitor: Visitor) -> Iterator[str]:
    page = visitor.page
    page.locator("#gallery .choose").click()
    page.keyboard.press("Control+a")
    expect(page.locator("#gallery .choosing p")).to_contain_text(re.compile(r"\d"))  # chosen, in either language
    yield "choosing-several"
    page.keyboard.press("Escape")
    page.locator("#gallery .unfinished").click()
    expect(page.locator("#gallery .card-again button").first).to_be_visible()
    yield "unfinished"
    page.locator("#gallery .unfinished").click()


def _bin(visitor: Visitor) -> Iterator[str]:
    cancelled = visitor.site.get("/api/jobs?state=cancelled").json()["jobs"][0]
    visitor.page.evaluate("id => fetch(`/api/jobs/${id}`, { method: 'DELETE' })", cancelled["id"])
    visitor.page.locator(".bin-button").click()
    expect(visitor.page.locator("dialog.panel .queue-row").first).to_be_visible()
    yield "bin"
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("dialog.panel")).to_have_count(0)


def _two_compared(visitor: Visitor, photo: Path) -> Iterator[str]:
    page = visitor.page
    other = visitor.site.wait(visitor.site.ask(photo, **(SHORT | {"seed": 8}))["id"], ended)
    expect(visitor.card(other["id"])).to_have_attribute("data-state", "done")
    page.locator("#toolbar .more-tools > summary").click()
    yield "more-tools"
    page.locator("#toolbar button:has(use[href='#i-beside'])").click()
    expect(page.locator(".picking")).to_be_visible()
    yield "choosing-another"
    page.locator(f"#gallery li[data-key='{other['id']}'] .clip-open").click()
    for mode in ("wipe", "beside"):
        page.locator(f".versus-controls [data-mode={mode}]").click()
        expect(page.locator(".versus-stage")).to_have_attribute("data-mode", mode)
        yield f"compared-{mode}"
    page.keyboard.press("Escape")


def _finished_anew(visitor: Visitor) -> Iterator[str]:
    page = visitor.page
    page.locator("#toolbar .more-tools > summary").click()
    page.locator("#toolbar button:has(use[href='#i-trim'])").click()
    page.keyboard.press("ArrowRight")
    yield "trimming"
    page.locator("#toolbar button:has(use[href='#i-finish'])").click()
    expect(page.locator(".finish-end")).to_have_attribute("data-level", "green")
    yield "finishing"
    for _ in range(2):
        page.keyboard.press("Escape")
    expect(page.locator(".trim")).to_be_hidden()


def _several(visitor: Visitor, photo: Path) -> Iterator[str]:
    page = visitor.page
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("o")
    chooser.value.set_files([photo, photo.with_name("coffee.png"), photo.with_name("README.md")])
    expect(page.locator("dialog.several .button.solid")).to_be_enabled()
    yield "several"
    page.keyboard.press("Escape")
    expect(page.locator("dialog.several")).to_have_count(0)
