"""Take the pictures of the page in docs/pictures: every view at three sizes, of a real server, in real Chromium.

python -m tools.pictures            all of them (Chromium and the packages of the tests are needed)

What else runs shows in the list of programs, and the address in the way in for a phone is this machine's: where that
matters, in namespaces of its own (root on Linux):

unshare -pfmn --mount-proc sh -c 'ip link set lo up; ip link add wlan0 type veth peer name router;
ip link set router up; ip addr add 192.168.1.20/24 dev wlan0; ip link set wlan0 up; python -m tools.pictures'
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Container
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.devices import DEVICES
from tests.browser.views import walk
from tests.browser.visitor import Visitor
from tests.support.site import ROOT, Site, ended, open_chromium, running

FOLDER = ROOT / "docs" / "pictures"
EXAMPLES = ROOT / "examples"
PHOTO = EXAMPLES / "coffee.png"

FIRST = ("nothing-yet", "ready", "models")
"""The views that are taken before the real model is there."""

ITALIAN = ("nothing-yet", "ready", "done", "options")
"""The views that are taken in Italian too."""

_QUALITY = 72
_DENSITY = {"iphone": 2}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = open_chromium(playwright)
        with running(Path(folder) / "first") as site:
            take(browser, site, FIRST)
        with_model = Site(Path(folder) / "later")
        import_model(with_model, Path(folder) / "tiny")
        with_model.start()
        fill_the_gallery(with_model)
        take(browser, with_model, others=FIRST)
        take_the_way_in(browser, with_model)
        with_model.stop()
        browser.close()


def take(browser: Browser, site: Site, views: Container[str] | None = None, others: Container[str] = ()) -> None:
    """Of these views, or of all but the `others`. The gallery is afterwards as it was before."""
    before = {job["id"] for job in site.get("/api/jobs").json()["jobs"]}
    for device, options in DEVICES.items():
        for language in ("en-GB", "it-IT"):
            density = {"device_scale_factor": _DENSITY.get(device, 1)}
            still: dict[str, Any] = {"locale": language}
            visitor = Visitor(browser, site, options | density, **still)
            for view in walk(visitor, PHOTO):
                wanted = view in views if views is not None else view not in others
                if wanted and (language == "en-GB" or view in ITALIAN):
                    suffix = "" if language == "en-GB" else "-it"
                    save(visitor.page, FOLDER / f"{view}-{device}{suffix}.webp")
            visitor.context.close()
            for job in site.get("/api/jobs").json()["jobs"]:
                if job["id"] not in before:
                    site.forget(job["id"])


def take_the_way_in(browser: Browser, site: Site) -> None:
    """The open door as the computer shows it, and what a phone sees there before it is paired."""
    for language, suffix in (("en-GB", ""), ("it-IT", "-it")):
        computer = Visitor(browser, site, DEVICES["desktop"], locale=language)
        computer.tool("phone").click()
        panel = computer.page.locator("dialog.panel")
        opening = panel.get_by_role("button", name=re.compile("Allow phones|Permetti i telefoni"))
        opening.click()
        expect(panel.locator(".pair-code")).to_have_text(re.compile(r"\d{4} \d{4}"))
        save(computer.page, FOLDER / f"phone-open-desktop{suffix}.webp")
        with browser.new_context(**DEVICES["iphone"], device_scale_factor=_DENSITY["iphone"], locale=language) as phone:
            page = phone.new_page()
            page.goto("http://" + panel.locator(".addresses li").first.inner_text())
            expect(page.locator(".pairing")).to_be_visible()
            save(page, FOLDER / f"pairing-iphone{suffix}.webp")
        panel.get_by_role("button", name=re.compile("Block phones|Blocca i telefoni")).click()
        expect(opening).to_be_visible()
        computer.context.close()


def save(page: Page, path: Path) -> None:
    """What the window shows, once all that moves has come to rest."""
    page.wait_for_timeout(600)
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as image:
        image.convert("RGB").save(path, "WEBP", quality=_QUALITY, method=6)


def import_model(site: Site, folder: Path) -> None:
    """A tiny one with random weights: what it takes is estimated as of the real one."""
    make = ("tests.engines.svd.checkpoint", str(folder))
    take_in = ("videoai", "models", "import", str(folder), "--as", "svd-xt", "--precision", "16", "-q")
    for command in (make, take_in):
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=site.environment, check=True)  # noqa: S603


def fill_the_gallery(site: Site) -> None:
    """With a draft of each example."""
    for number, name in enumerate(("rocket.jpg", "astronaut.png", "chelsea.png", "coffee.png")):
        job = site.ask(EXAMPLES / name, model="draft", seed=number)
        site.wait(job["id"], ended, seconds=300)


if __name__ == "__main__":
    main()
