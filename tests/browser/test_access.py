"""Nothing on the page keeps anybody from using it: axe-core on every view, and everything by the keyboard alone."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from tests.browser.views import walk
from tests.conftest import EXAMPLES


def violations(page):
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def test_axe_finds_nothing_on_any_view(site, visit, device):
    visitor = visit(site, device, trouble=True, reduced_motion="reduce")
    found = {view: violations(visitor.page) for view in walk(visitor, EXAMPLES / "chelsea.png")}
    assert {view: each for view, each in found.items() if each} == {}
