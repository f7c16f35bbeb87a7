"""What comes from the server only when it is needed: once, and with a word about what was in the way."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_panel_that_does_not_arrive_says_why_and_comes_when_it_can(site, visit):
    visitor = visit(site, trouble=True)
    page = visitor.page
    visitor.context.route(re.compile(r"/static/models/panel\.js"), lambda route: route.abort())
    page.keyboard.press("m")
    expect(page.locator(".toast.error")).to_contain_text("VideoAi is not responding.")
    expect(page.locator("dialog")).to_have_count(0)
    visitor.context.unroute_all(behavior="wait")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()


def test_a_panel_of_another_version_asks_for_a_reload(site, visit):
    """The program was updated and started again while the page was open."""
    visitor = visit(site, trouble=True)
    other = 'import { nothing_of_the_kind } from "../base/dom.js"; export const openModels = nothing_of_the_kind;'
    visitor.context.route(
        re.compile(r"/static/models/panel\.js"), lambda route: route.fulfill(body=other, content_type="text/javascript")
    )
    visitor.page.keyboard.press("m")
    expect(visitor.page.locator(".toast.error")).to_contain_text("VideoAi was updated while this page was open.")
    assert "nothing_of_the_kind" in visitor.complaints.pop(), "the console is told what does not suit"


def test_a_panel_that_is_asked_for_twice_opens_once(site, visit):
    visitor = visit(site)
    visitor.page.locator("#tools .words").evaluate("models => [1, 2].forEach(() => models.click())")
    expect(visitor.page.locator("dialog.panel")).to_have_count(1)


def test_without_a_photo_the_page_is_the_way_in_and_with_one_the_settings_come(site, visit):
    visitor = visit(site)
    assert not any("/static/settings/panel.js" in url for url in visitor.requests)
    visitor.page.locator(".examples button").first.click()
    expect(visitor.page.locator("#generate")).to_be_visible()
    assert any("/static/settings/panel.js" in url for url in visitor.requests)
