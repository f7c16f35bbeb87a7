"""A finger on the glass: touches as the browser itself gets them, so that it decides what scrolls."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

STEPS = 12


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """Put a finger down at `start`, in CSS pixels of the window, move it `by`, and lift it."""
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", start)
    for step in range(1, STEPS + 1):
        touch("touchMove", (start[0] + by[0] * step / STEPS, start[1] + by[1] * step / STEPS))
        page.wait_for_timeout(16)
    page.wait_for_timeout(100)  # a finger that rests before it is lifted flings nothing
    touch("touchEnd")
    devtools.detach()


def middle(of: Locator, *, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    """Where in the window it is: its middle, or another part of its box. It is scrolled into view first."""
    of.scroll_into_view_if_needed()
    box = of.bounding_box()
    assert box
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def scrolled(page: Page) -> float:
    """How far down the page is."""
    return float(page.evaluate("scrollY"))
