"""A page that nobody uses asks for nothing: what changes is told by the one stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Request

from tests.browser.visitor import MOVING, SECONDS, Visitor
from tests.conftest import EXAMPLES
from tests.support.site import Site, ended

STREAM = "/api/events"
SETTLED = 1.0
"""Seconds without a request under way, after which all is over that was begun."""
IDLE = 5.0
"""Seconds that are watched: more than any pause between two looks at the server, should the page poll."""
MEGABYTE = 1024**2

TELL = """
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, act) {
  if (name === "machine") window.tell = (machine) => act({ data: JSON.stringify(machine) });
  else listen.call(this, name, act);
};
"""
"""The memory is what the test says, and not what else is at work on this computer."""

AHEAD = """
const now = performance.now.bind(performance);
performance.now = () => now() + (window.ahead ?? 0);
"""

SEEN = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });" + (
    " document.dispatchEvent(new Event('visibilitychange')); }"
)


class Network:
    """What goes to the server from one visitor's page."""

    def __init__(self, visitor: Visitor) -> None:
        self.page, self.begun, self.pending = visitor.page, list[str](), dict[Request, str]()
        self.page.add_init_script(TELL + AHEAD)
        self.page.on("request", self._begin)
        for how in ("requestfinished", "requestfailed"):
            self.page.on(how, lambda request: self.pending.pop(request, None))
        visitor.reload()

    def _begin(self, request: Request) -> None:
        self.begun.append(request.url)
        self.pending[request] = request.url

    def rest(self) -> None:
        """Wait until all is answered but the stream. Raises AssertionError if that never comes."""
        deadline, before = time.monotonic() + 60, -1
        while before != len(self.begun) or len(self.pending) > 1:
            assert time.monotonic() < deadline, f"The page never comes to rest: {self.begun[-10:]}"
            before = len(self.begun)
            self.page.wait_for_timeout(SETTLED * SECONDS)

    def asked(self, act: Callable[[], Any] = lambda: None) -> list[str]:
        """What is asked for because of it."""
        self.rest()
        before = len(self.begun)
        act()
        self.page.wait_for_timeout(IDLE * SECONDS)
        return self.begun[before:]


def test_a_page_that_nobody_uses_asks_for_nothing(site, visit):
    job = site.ask(EXAMPLES / "coffee.png", model="draft", width=256, height=256, frames=4)
    site.wait(job["id"], ended)
    visitor = visit(site, **MOVING)
    network = Network(visitor)
    visitor.see_layer("empty")
    assert network.asked() == [], "on the empty page"
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_layer("crop")
    visitor.see_the_estimate()
    assert network.asked() == [], "with a photo"
    visitor.open(job["id"])
    visitor.see_it_play(256, 256)
    assert network.asked() == [], "with a clip, which plays again and again"
    assert sum(STREAM in url for url in network.begun) == 1
    assert [STREAM in url for url in network.pending.values()] == [True], "it is open still"


@pytest.fixture
def tell_memory(site: Site) -> Callable[[Visitor, int], None]:
    """Tells a page that so many megabytes can be had."""
    machine = site.get("/api/settings").json()["machine"]

    def tell(visitor: Visitor, megabytes: int) -> None:
        visitor.page.evaluate("machine => window.tell(machine)", machine | {"budget_bytes": megabytes * MEGABYTE})

    return tell


def test_memory_that_wavers_is_nothing_to_ask_about(site, visit, tell_memory):
    visitor = visit(site)
    network = Network(visitor)
    visitor.drop(EXAMPLES / "chelsea.png")
    visitor.see_the_estimate()

    def waver() -> None:
        for megabytes in (3010, 2890, 3130, 2800):
            tell_memory(visitor, megabytes)
            visitor.page.wait_for_timeout(SECONDS / 2)

    network.asked(lambda: tell_memory(visitor, 3000))
    assert network.asked(waver) == []
    visitor.page.evaluate(SEEN, True)
    assert network.asked(lambda: tell_memory(visitor, 2000)) == [], "where nobody sees the answer"
    assert "/api/estimate" in "".join(network.asked(lambda: visitor.page.evaluate(SEEN, False)))
    visitor.page.evaluate("ahead = 60_000")
    assert network.asked(lambda: tell_memory(visitor, 1000)) == [], "where nobody has done anything for a minute"
    assert "/api/estimate" in "".join(network.asked(lambda: visitor.page.mouse.move(300, 300)))
