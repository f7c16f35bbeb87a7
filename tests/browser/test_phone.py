"""The way in from a phone, as the computer and the phone see it: both in a browser, at the two doors of one server."""

from __future__ import annotations

import re
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.test_access import violations
from tests.web.conftest import SECOND_ADDRESS
from videoai.web.app import create_app
from videoai.web.server import Server
from videoai.web.services import Options


@pytest.fixture
def server(own_home, monkeypatch):
    monkeypatch.setattr("videoai.web.addresses.in_network", lambda: [SECOND_ADDRESS])
    server = Server(create_app(Options(offline=True)), "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.stop()
    thread.join()


@pytest.fixture
def tab(browser):
    """Open a page on a device; the language is Italian on the phone."""
    contexts = []

    def open_(device, **options):
        contexts.append(browser.new_context(**DEVICES[device] | options))
        return contexts[-1].new_page()

    yield open_
    for each in contexts:
        each.close()


@pytest.fixture
def panel(server, tab):
    """The panel on the computer, with the door open."""
    page = tab("desktop", locale="en-GB")
    page.goto(f"http://localhost:{server.port}")
    page.get_by_role("button", name="Open on my phone").click()
    found = page.get_by_role("dialog")
    expect(found.get_by_role("img")).to_have_count(0)
    assert violations(page) == []
    found.get_by_role("button", name="Allow phones").click()
    expect(found.locator(".pair-code")).to_have_text(re.compile(r"\d{4} \d{4}"))
    return found


def test_a_phone_that_scans_the_picture_is_in_until_it_is_removed(server, panel, tab):
    expect(panel.get_by_role("img", name="QR code")).to_have_js_property("complete", True)
    assert panel.get_by_role("img", name="QR code").evaluate("image => image.naturalWidth") > 0
    expect(panel.locator(".addresses li").first).to_have_text(server.phone.urls()[0].removeprefix("http://"))
    assert violations(panel.page) == []
    phone = tab("iphone", locale="it-IT")
    requests = []
    phone.on("request", lambda request: requests.append(request.url))
    link = server.phone.link()
    phone.goto(link)
    expect(phone.locator("body")).to_have_attribute("data-connection", "live")
    assert phone.url == server.phone.urls()[0] + "/"
    assert not [url for url in requests if "code" in url]
    assert phone.context.cookies()[0]["httpOnly"]
    expect(phone.get_by_role("button", name="Apri sul telefono")).to_have_count(0)
    expect(panel.locator(".devices")).to_contain_text("iPhone")
    expect(panel.locator(".pair-code")).to_be_hidden()
    panel.get_by_role("button", name="Remove iPhone").click()
    expect(phone.get_by_role("heading", name="Abbina questo dispositivo")).to_be_visible()
    expect(panel.locator(".devices li")).to_have_count(0)


@pytest.mark.slow
def test_a_code_is_typed_and_a_wrong_one_is_told(server, panel, tab):
    phone = tab("iphone", locale="it-IT")
    phone.goto(server.phone.urls()[0])
    expect(phone.get_by_role("heading", name="Abbina questo dispositivo")).to_be_visible()
    assert violations(phone) == []
    phone.get_by_label("Codice").fill("1234")
    phone.evaluate("Object.defineProperty(navigator, 'cookieEnabled', { value: false, configurable: true })")
    phone.get_by_role("button", name="Abbina").click()
    expect(phone.get_by_role("alert").filter(has_text="Questo browser blocca i cookie")).to_be_visible()
    phone.evaluate("delete navigator.cookieEnabled")
    phone.get_by_role("button", name="Abbina").click()
    expect(phone.get_by_role("alert").filter(has_text="Questo codice è sbagliato")).to_be_visible()
    assert violations(phone) == []
    phone.get_by_label("Codice").fill(panel.locator(".pair-code").text_content())
    phone.keyboard.press("Enter")
    expect(phone.locator("body")).to_have_attribute("data-connection", "live")
    panel.get_by_role("button", name="New code").click()
    expect(panel.locator(".pair-code")).to_be_visible()
    panel.get_by_role("button", name="Block phones").click()
    expect(panel.get_by_role("button", name="Allow phones")).to_be_visible()
    expect(phone.locator("body")).to_have_attribute("data-connection", "gone")
