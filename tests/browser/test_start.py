"""Nothing that a browser keeps, refuses or was asked for leaves the page empty without a word."""

from __future__ import annotations

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_access import violations
from tests.browser.visitor import DROP
from tests.conftest import EXAMPLES

ROCKET = EXAMPLES / "rocket.jpg"

BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
"""
FULL = """
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""

KEYS = ("settings", "yours", "language", "sound", "notices", "compare", "player")
ODD = ["{", "null", "5", '"a"', "[]", "[1]", "{}", "true"]
ODD_SETTINGS = [
    {"settings": {"preset": "guide", "values": None, "options": 7, "count": "many", "shape": 3}, "photo": "a"},
    {"settings": {"preset": {}}, "photo": {"id": 5, "url": "https://example.org/a.jpg", "width": 1}},
    {"settings": {"preset": "guide", "values": {"frames": "x", "motion": [], "model": {}}}, "photo": []},
    {"settings": {"preset": "guide", "values": []}, "photo": {"id": "a", "url": "/api/photos/a.jpg", "width": -4}},
    {"settings": [], "photo": {"id": "a", "url": "/api/photos/a.jpg", "width": 9e9, "height": 1}},
]


def keep(key, text):
    pair = f"{json.dumps('videoai.' + key)}, {json.dumps(text)}"
    return f"for (const storage of [localStorage, sessionStorage]) storage.setItem({pair});"


def works(visitor, place=""):
    """Open the page there; a video is made of a photo."""
    page = visitor.page
    page.goto("about:blank")
    page.goto(f"{visitor.site.url}/{place}")
    expect(page.locator("body")).to_have_attribute("data-started", "")
    visitor.see_layer("empty")
    expect(page.locator("#failure")).to_be_hidden()
    expect(page.locator(".examples button")).not_to_have_count(0)


@pytest.mark.parametrize(
    "trouble", [pytest.param(BLOCKED, id="blocked"), pytest.param(FULL, id="full", marks=pytest.mark.slow)]
)
def test_without_a_storage_everything_works(site, visit, trouble):
    visitor = visit(site)
    visitor.page.add_init_script(trouble)
    works(visitor)
    visitor.drop(EXAMPLES / "rocket.jpg")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    visitor.page.keyboard.press("?")
    visitor.page.locator("#sound").check()
    visitor.page.keyboard.press("Escape")
    visitor.generate()
    visitor.see_layer("player")


@pytest.mark.parametrize(
    "texts",
    [
        [json.dumps(ODD_SETTINGS[0])],
        pytest.param([*ODD, *map(json.dumps, ODD_SETTINGS)], marks=pytest.mark.slow),
    ],
    ids=["one", "all"],
)
def test_whatever_was_kept_the_page_begins(site, visit, texts):
    visitor = visit(site, trouble=True)
    for text in texts:
        visitor.page.evaluate("".join(keep(key, text) for key in KEYS))
        works(visitor)


@pytest.mark.parametrize(
    "place",
    ["#%", *(pytest.param(place, marks=pytest.mark.slow) for place in ("#%E0%A4%A", "#generate", "#nojob", "#a=b"))],
)
def test_an_address_that_says_nothing_shows_the_page(site, visit, place):
    visitor = visit(site)
    works(visitor, place)
    assert not [url for url in visitor.requests if re.search(r"/api/jobs/[^/]+\?", url)], "no job is called that"
    assert "#" not in visitor.page.url


def test_a_clip_that_is_gone_is_said_to_be(site, visit):
    visitor = visit(site, trouble=True)
    works(visitor, "#00000000000000")
    expect(visitor.page.locator(".toast p")).to_have_text("This clip no longer exists.")


LAYERS = """
window.layers = [];
addEventListener("DOMContentLoaded", () =>
  new MutationObserver(() => window.layers.push(document.body.dataset.layer)).observe(document.body, {
    attributeFilter: ["data-layer"],
  }));
"""


def test_who_comes_back_to_a_clip_is_not_shown_the_way_in_before_it(site, visit, new_clips):
    (clip,) = new_clips("rocket.jpg")
    visitor = visit(site)
    visitor.page.add_init_script(LAYERS)
    visitor.page.goto("about:blank")
    visitor.page.goto(f"{site.url}/#{clip}")
    visitor.see_layer("player")
    assert set(visitor.page.evaluate("window.layers")) == {"player"}


def test_what_is_given_while_nobody_answers_waits_until_somebody_does(browser, site):
    """A photo that is dropped, which a browser would go to, and the owner's token, which the address has no longer."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    answered = []
    page.on("requestfinished", lambda request: answered.append(request.url.partition("?")[0]))
    page.route("**/api/**", lambda route: route.abort())
    page.goto(f"{site.url}/#token=nobodys")
    expect(page.locator(".wait[role=alert] h2").last).to_have_text("VideoAi is not responding.")
    assert "#" not in page.url
    assert page.evaluate(DROP, ["rocket.jpg", "image/jpeg", base64.b64encode(ROCKET.read_bytes()).decode()])
    page.unroute_all(behavior="wait")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#stage")).to_have_attribute("data-layer", "crop")
    assert f"{site.url}/api/owner" in answered
    context.close()


def test_the_skip_link_leaves_the_address_alone(site, visit):
    visitor = visit(site)
    for place in (".empty-start button", "#generate"):
        visitor.page.locator(".skip").focus()
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator(place)).to_be_focused()
        visitor.drop(EXAMPLES / "coffee.png")
        visitor.see_layer("crop")
    assert "#" not in visitor.page.url


@pytest.mark.parametrize(
    ("failing", "locale", "said"),
    [
        ("stage/player.js", "it-IT", "Una parte della pagina manca o non funziona."),
        *(
            pytest.param(*case, "A part of the page is missing or does not work.", marks=pytest.mark.slow)
            for case in (("stage/player.js", "en-GB"), ("start.js", "en-GB"), ("base/language.js", "it-IT"))
        ),
    ],
)
def test_a_module_that_does_not_arrive_is_said_with_what_to_do(browser, site, failing, locale, said):
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.route(f"**/static/{failing}", lambda route: route.abort())
    page.goto(site.url)
    card = page.locator("#failure")
    expect(card).to_contain_text(said)
    expect(card).to_be_visible()
    page.unroute(f"**/static/{failing}")
    card.get_by_role("link").click()
    expect(page.locator("body")).to_have_attribute("data-started", "")
    expect(card).to_be_hidden()
    context.close()


SAYS = """
async () => {
  const { set, watch } = await import("/static/base/store.js");
  let heard = 0;
  watch(["search"], () => {
    if (heard++) throw new Error("a defect");
  });
  watch(["search"], () => heard++);
  set({ search: "a" });
  await new Promise((done) => setTimeout(done));
  return heard;
}
"""


def test_a_defect_is_said_and_fresh_settings_are_offered(browser, site):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(site.url)
    expect(page.locator("body")).to_have_attribute("data-started", "")
    assert page.evaluate(SAYS) == 4, "one that fails stops no other"
    page.evaluate("localStorage.setItem('videoai.yours', '{}'); localStorage.setItem('another', '1')")
    page.add_init_script("if (localStorage.getItem('videoai.yours')) Element.prototype.append = null;")
    page.reload()
    card = page.locator("#failure")
    expect(card).to_contain_text("A part of the page is missing or does not work.")
    assert violations(page) == []
    card.get_by_role("button", name="Begin with fresh settings").click()
    expect(page.locator("body")).to_have_attribute("data-started", "")
    assert page.evaluate("Object.keys(localStorage)") == ["another"]
    context.close()
