"""The page as an installed web app: Chromium finds nothing that keeps it from being one."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.conftest import ROOT
from tests.support.site import Site, chromium

MIDDLE = 0.4
"""Of its width, a maskable icon shows what is within a circle of this radius, whatever shape is cut of it."""


def test_chromium_would_install_it(browser: Browser, site: Site, tmp_path: Path):
    # A context of Playwright's own is incognito, where nothing is installed.
    context = browser.browser_type.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=chromium(), args=["--disable-gpu"]
    )
    try:
        page = context.new_page()
        page.goto(site.url)
        page.wait_for_selector("#brand")
        devtools = context.new_cdp_session(page)
        told = devtools.send("Page.getAppManifest")
        assert told["errors"] == []
        manifest = json.loads(told["data"])
        assert devtools.send("Page.getAppId")["appId"] == f"{site.url}/"
        assert manifest["theme_color"] == page.get_attribute("meta[name=theme-color]", "content")
        assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        assert page.evaluate("navigator.serviceWorker.controller") is None, "it works without one"
    finally:
        context.close()


def test_the_maskable_icon_may_be_cut_to_any_shape():
    manifest = json.loads((ROOT / "static" / "manifest.webmanifest").read_text("utf-8"))
    (icon,) = (icon for icon in manifest["icons"] if "maskable" in icon["purpose"])
    with Image.open(ROOT / icon["src"].lstrip("/")) as picture:
        grey = picture.convert("RGBA")
        assert grey.getextrema()[3] == (255, 255), "it reaches to every edge"
        bright = grey.convert("L").point(lambda value: 255 if value > 150 else 0).getbbox()
    assert bright is not None
    half, radius = grey.width / 2, grey.width * MIDDLE
    left, top, right, bottom = (side - half for side in bright)
    corners = [(x, y) for x in (left, right) for y in (top, bottom)]
    assert all((x * x + y * y) ** 0.5 <= radius for x, y in corners), "nothing that matters is cut off"
