"""The tiny decoder on the page: offered with its size and licence, fetched by a press of its button and by nothing
else, verified and removed; from a hub on this machine."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import prepared
from tests.browser.devices import DEVICES
from tests.browser.test_access import violations
from tests.browser.visitor import READ
from tests.conftest import EXAMPLES
from tests.models.hub import server as hub_server
from tests.models.hub.server import Fault, HubServer
from tests.support import tiny_decoder as support
from videoai.catalogue import TINY_DECODER

REPO, FILE = TINY_DECODER.weights


@pytest.fixture
def hub(tmp_path, monkeypatch):
    support.save(tmp_path / "hub" / REPO)
    with HubServer(tmp_path / "hub") as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "unused")
        yield hub


@pytest.fixture
def hub_site(hub, import_model, tmp_path):
    """A server on a machine that has the model and no tiny decoder."""
    site = prepared(tmp_path / "site")
    import_model(site)
    site.start()
    yield site
    site.stop()


def with_tiny_decoder(visitor):
    """Choose a photo, and Decoder tiny."""
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    with visitor.sheet():
        visitor.page.locator("details.more > summary").click()
        visitor.page.locator("#set-decoder").select_option("tiny")
    visitor.see_the_estimate()


def test_it_is_offered_with_its_size_and_licence_and_fetched_by_its_button_alone(hub, hub_site, visit):
    visitor = visit(hub_site, trouble=True)
    page, go = visitor.page, visitor.page.locator("#generate")
    with_tiny_decoder(visitor)
    expect(go).to_have_text("Get the tiny decoder11 MB, once")
    expect(page.locator(".advice")).to_contain_text("The tiny decoder is not on this computer yet.")
    licence = page.locator(".advice").get_by_role("link", name="Licence: MIT")
    expect(licence).to_have_attribute("href", TINY_DECODER.licence.url)
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    expect(go).to_be_focused()
    asked = page.evaluate(
        """async () => {
          const { api } = await import("/static/base/api.js");
          const { asked } = await import("/static/settings/current.js");
          const { get } = await import("/static/base/store.js");
          const wanted = { photo_id: get("photo").id, settings: asked().settings };
          return api.addJob(wanted).then(() => "taken", (error) => `${error.code} ${error.message}`);
        }"""
    )
    assert asked == "model_missing The tiny decoder is not on this computer yet."
    visitor.reload()
    expect(go).to_have_text("Get the tiny decoder11 MB, once")
    assert not hub.requests
    hub.faults[FILE] = Fault(stall_after=1_000_000)
    page.wait_for_timeout(READ)
    go.click()
    expect(go).to_have_text(re.compile(r"Downloading[1-9]\d?%"))
    expect(page.locator(".advice")).to_contain_text("The tiny decoder is being downloaded.")
    visitor.tool("models").click()
    row = page.locator(".model[data-key=tiny-decoder]")
    row.get_by_role("button", name="Pause").click()
    expect(row.locator(".model-state")).to_have_text("paused")
    hub.faults.clear()
    row.get_by_role("button", name="Resume").click()
    expect(row.locator(".model-state")).to_have_text("installed")
    page.keyboard.press("Escape")
    expect(go).to_contain_text("Generate")
    expect(page.locator(".advice")).not_to_contain_text("decoder")


@pytest.mark.parametrize(
    ("locale", "size"), [("en-GB", "desktop"), pytest.param("it-IT", "iphone", marks=pytest.mark.slow)]
)
def test_extras_have_a_part_of_their_own_and_can_be_verified_and_removed(hub, hub_site, visit, locale, size):
    words = {
        "en-GB": (
            "Extras",
            "11 MB to download · for all models · Licence: MIT",
            "Download",
            "Verify",
            "Remove",
            "99 MB to download · for drafts · ",
        ),
        "it-IT": (
            "Extra",
            "11 MB da scaricare · per tutti i modelli · Licenza: MIT",
            "Scarica",
            "Verifica",
            "Rimuovi",
            "99 MB da scaricare · per le bozze · ",
        ),
    }[locale]
    visitor = visit(hub_site, DEVICES[size], locale=locale)
    page = visitor.page
    visitor.tool("models").click()
    part = page.get_by_role("list", name=words[0])
    row = part.locator(".model[data-key=tiny-decoder]")
    other = part.locator(".model[data-key=depth] .model-what")
    expect(row.locator(".model-what")).to_have_text(words[1])
    expect(other).to_contain_text(words[5])
    assert violations(page) == []
    row.get_by_role("button", name=re.compile(f"^{words[2]}")).click()
    verify = row.get_by_role("button", name=words[3])
    verify.click()
    expect(page.locator("#toasts")).to_contain_text({"en-GB": "to the last byte", "it-IT": "ultimo byte"}[locale])
    (blob,) = (path for path in hub_site.home.glob("hub/hub/*taesdv*/blobs/*") if path.stat().st_size > 1_000_000)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    verify.click()
    again = row.get_by_role("button", name={"en-GB": "Download again", "it-IT": "Scarica di nuovo"}[locale])
    expect(row.locator(".model-error")).to_contain_text(FILE)
    assert violations(page) == []
    again.click()
    expect(row.locator(".model-error")).to_be_hidden()
    row.get_by_role("button", name=words[4]).click()
    page.locator("dialog.question").get_by_role("button", name=words[4]).click()
    expect(row.get_by_role("button", name=re.compile(f"^{words[2]}"))).to_be_visible()
    assert not blob.exists()
