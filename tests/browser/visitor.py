"""Somebody at the page: what he does with it, and what the browser saw meanwhile."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.support.site import Site

SECONDS = 1000.0
"""Playwright counts milliseconds. However busy the machine is, what is waited for comes."""

expect.set_options(timeout=60 * SECONDS)

STILL = {"reduced_motion": "reduce"}
"""What slides in may be away from under the mouse before its button is up again; and to draw what moves takes as much
of the processor as all else in a test of the page."""

MOVING = {"reduced_motion": "no-preference"}
"""For who shall see videos begin by themselves."""

READ = 0.5 * SECONDS
"""A button that has just come to offer a download is not taken at the first moment: settings/generate.js."""

DROP = """
async ([name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  let isTaken;
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const told = { dataTransfer: transfer, bubbles: true, cancelable: true };
    isTaken = !document.body.dispatchEvent(new DragEvent(kind, told));
    await new Promise((done) => setTimeout(done, 50));
  }
  return isTaken;
}
"""
"""Resolves to whether the page takes it; a browser goes to what it does not take."""


class Visitor:
    """A page in a context of its own, as a person has it who comes for the first time."""

    def __init__(self, browser: Browser, site: Site, device: dict[str, Any], **options: Any) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(**{"locale": "en-GB"} | STILL | device | options)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page = self.tab()

    def tab(self, place: str = "/") -> Page:
        """Open the page in a new tab."""
        page = self.context.new_page()
        page.set_default_timeout(60 * SECONDS)
        page.on("filechooser", lambda chooser: None)  # from now on, or the first key may be faster than Playwright
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.site.url + place)
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        return page

    def reload(self) -> None:
        """Until all of the page is there again."""
        self.page.reload()
        expect(self.page.locator("body")).to_have_attribute("data-started", "")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def elsewhere(self) -> list[str]:
        """The requests that went anywhere but to our server."""
        ours = (f"{self.site.url}/", "blob:", "data:")
        return [url for url in self.requests if not url.startswith(ours)]

    # What he does.

    def drop(self, file: Path, kind: str = "image/jpeg") -> None:
        self.page.evaluate(DROP, [file.name, kind, base64.b64encode(file.read_bytes()).decode()])

    def choose(self, file: Path) -> None:
        """By the button, from the library."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(".empty-start button").click()
        chooser.value.set_files(file)

    @contextmanager
    def sheet(self) -> Iterator[None]:
        """On a phone the settings are in a sheet: open it, and close it afterwards."""
        handle = self.page.locator("#settings .handle")
        if handle.is_visible():
            handle.click()
            expect(handle).to_have_attribute("aria-expanded", "true")
        yield
        if handle.is_visible():
            handle.click()
            expect(handle).to_have_attribute("aria-expanded", "false")

    def pick_preset(self, name: str) -> None:
        with self.sheet():
            self.press_preset(name)

    def press_preset(self, name: str) -> None:
        """With the sheet open. One that is made for a model that is not here then asks."""
        card = self.page.locator(f"label.preset:has(input[value={name}])")
        if not card.is_visible():
            self.page.locator(".more-presets > summary").click()
        card.click()

    def tool(self, icon: str) -> Locator:
        """A button of the bar, in whatever language."""
        return self.page.locator(f"#tools button:has(use[href='#i-{icon}'])")

    def card(self, job_id: str) -> Locator:
        """The card of a clip on the shelf, out of its stack if it is in one."""
        card, stacks = (
            self.page.locator(f"#gallery li[data-key='{job_id}']"),
            self.page.locator("#gallery .stack-count[aria-expanded=false]:visible"),
        )
        expect(self.page.locator("#gallery li[data-key]").first).to_be_visible()
        while not card.is_visible() and stacks.count():
            stacks.first.click()
        return card

    def open(self, job_id: str) -> None:
        """Bring a clip onto the stage: from the shelf, from what is unfinished, or from the queue."""
        state = self.site.job(job_id)["state"]
        unfinished = self.page.locator("#gallery .unfinished")
        if state in ("queued", "running"):
            self.page.locator("#tools button:has(.count)").click()  # whose icon says whether the queue is paused
            self.page.locator(f"dialog li[data-key='{job_id}'] .queue-words").click()
        else:
            if state != "done":
                unfinished.click()
            self.card(job_id).locator(".clip-open").click()
        expect(self.page).to_have_url(re.compile(f"#{job_id}"))
        if unfinished.get_attribute("aria-pressed") == "true":
            unfinished.click()

    def rest_at_the_first_frame(self) -> None:
        self.video.evaluate("video => { video.pause(); video.currentTime = 0 }")

    def generate(self) -> str:
        """Ask for the video of what is chosen; return the job's id."""
        self.page.locator("#generate").click()
        expect(self.page).to_have_url(re.compile("#.+"))
        return self.page.url.partition("#")[2]

    # What he sees.

    @property
    def video(self) -> Locator:
        return self.page.locator("video.clip")

    def see_layer(self, name: str) -> None:
        """empty, reading, crop, developing or player."""
        expect(self.page.locator("#stage")).to_have_attribute("data-layer", name)
        if name != "empty":
            expect(self.page.locator("#generate")).to_be_attached()  # what is around it has come, too

    def see_that(self, expression: str) -> None:
        """Wait until it is true in the page. Playwright's own way evaluates text, which the page's policy forbids."""
        deadline = time.monotonic() + 60
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, expression
            self.page.wait_for_timeout(50)

    def see_the_examples(self) -> None:
        """All of them, with their pictures."""
        expect(self.page.locator(".examples img")).to_have_count(4)
        for picture in self.page.locator(".examples img").all():
            expect(picture).to_have_js_property("complete", True)

    def see_toolbar(self, kind: str) -> None:
        """empty, photo, queued, running, done, failed, cancelled or stopped."""
        expect(self.page.locator("#toolbar")).to_have_attribute("data-kind", kind)

    def see_the_estimate(self) -> None:
        """What it will take, of the choice and of each preset."""
        expect(self.page.locator(".estimate")).not_to_have_attribute("data-level", "none")
        expect(self.page.locator(".preset[data-level=''] .preset-time").filter(has_text="…")).to_have_count(0)

    def see_the_clip(self, width: int, height: int) -> None:
        """It is there, in its size."""
        self.see_layer("player")
        expect(self.video).to_have_js_property("videoWidth", width)
        expect(self.video).to_have_js_property("videoHeight", height)

    def see_it_play(self, width: int, height: int) -> None:
        """Time passes in it."""
        self.see_the_clip(width, height)
        seen = self.video.evaluate("video => video.currentTime")
        expect(self.video).not_to_have_js_property("currentTime", seen)
        expect(self.video).to_have_js_property("paused", False)
