"""The contact sheet: what stands below each video, the picture, and the page as a browser shows it out of a folder."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from videoai.batch.sheet import Sheet, clip_of
from videoai.batch.sheet_clip import SheetClip, captions, heading
from videoai.batch.sheet_picture import MOST, picture
from videoai.errors import BadOutput
from videoai.language import shown, speaking
from videoai.media.moments import moments
from videoai.media.video import write_video
from videoai.settings import GenerationSettings

SETTINGS = GenerationSettings(model="draft", width=256, height=256, frames=6, fps=6, seed=7)


def video(path: Path, frames: int = 6) -> Path:
    """One whose frames are grey, each lighter than the one before."""
    grey = (np.full((64, 96, 3), 20 + 30 * (number % 8), np.uint8) for number in range(frames))
    return write_video(path, grey, 6)


def level(image: Image.Image) -> float:
    return float(np.asarray(image).mean())


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.webp", "a.png"])
def test_moments_of_every_kind_of_video(tmp_path, name):
    found = moments(video(tmp_path / name), [0, 2, 5, 9])
    assert [level(image) for image in found] == pytest.approx([20, 80, 170, 170], abs=4)


def clip(photo: str = "a.jpg", path: str = "a.mp4", **settings: object) -> SheetClip:
    values = SETTINGS.to_dict() | settings
    return clip_of(photo, values, Path(path))


def below(*clips: SheetClip) -> list[str]:
    return [" | ".join([caption.first, *caption.second]) for caption in captions(clips)]


def test_what_tells_them_apart_stands_below():
    assert below(clip(seed=1), clip(seed=2)) == ["seed 1", "seed 2"]
    assert below(clip(seed=1, motion=50), clip("b.jpg", seed=2, loop="boomerang")) == [
        "a.jpg | seed 1 | motion 50",
        "b.jpg | seed 2 | motion 100 | loop boomerang",
    ]
    above = heading([clip(seed=1), clip(seed=2)])
    assert (above.first, [str(part) for part in above.second]) == ("a.jpg", ["2 videos", "draft", "256×256"])
    assert heading([clip(), clip("b.jpg")]).first == "2 videos"


@pytest.mark.parametrize("count", [1, 8, 9, 25, MOST + 1])
def test_the_picture_shows_them_all_and_is_no_wider_than_a_phone_can_use(tmp_path, count):
    one = clip_of("a.jpg", SETTINGS.to_dict() | {"width": 384}, video(tmp_path / "a.mp4"))
    made = picture([one] * count)
    assert made.width == (1200 if count <= 8 else 1800)
    assert made.height < 65_535
    # Every row of videos is there: each has the lightest grey of its frames, or where it shows one that of the middle.
    lightest = np.asarray(made.convert("L")) == np.asarray(one.pictures[2 if count < 25 else 1].convert("L"))[0, 0]
    rows = np.flatnonzero(np.diff(lightest.any(axis=1).astype(int)) == 1)
    columns = {1: 1, 8: 1, 9: 2, 25: 4}.get(count, 4)
    assert len(rows) >= -(-min(count, MOST) // columns)


def test_a_video_that_is_gone_leaves_its_place_empty(tmp_path):
    made = picture([clip_of("a.jpg", SETTINGS.to_dict(), tmp_path / "gone.mp4")])
    assert made.getpixel((200, 300)) == (0x26, 0x21, 0x1E)


@pytest.mark.parametrize("name", ["", " ", "a/", "a.gif", "a.htm", "."])
def test_a_sheet_that_cannot_be(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadOutput) as caught:
        Sheet.named(name)
    assert caught.value.hint


def test_a_name_without_an_ending_is_both():
    assert [str(sheet.target) for sheet in Sheet.named("a/b")] == ["a/b.html", "a/b.jpg"]
    assert Sheet.named(None) == []


EVIL = '"><img src=x onerror=alert(1)> [[policy]] & javascript:1#?%41\u202e.mp4'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page with two films, one of them longer, a moving picture, and names that nobody should have."""
    (tmp_path / "clips").mkdir()
    films = [video(tmp_path / "clips" / EVIL.replace("/", "")), video(tmp_path / "javascript:x.webm", 12)]
    moving = video(tmp_path / "clips" / "a.gif")
    clips = [
        clip_of(EVIL, SETTINGS.to_dict() | {"seed": seed}, path) for seed, path in enumerate((*films, moving), start=1)
    ]
    (sheet,) = Sheet.named(str(tmp_path / "sheet.html"))
    with speaking("it"):
        sheet.write(clips)
    return tmp_path


def until(page: Page, condition: str) -> None:
    """Wait for it. Playwright's own way is forbidden by the page's policy, as it evaluates text."""
    deadline = time.monotonic() + 30
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.on("console", lambda message: pytest.fail(message.text))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto((folder / "sheet.html").as_uri())
    until(page, "playing && at > 0.3")
    yield page
    context.close()


def test_the_page_plays_all_in_step_from_a_file(page):
    assert page.evaluate("videos.map((video) => [video.error, video.readyState])") == [[None, 4]] * 2
    page.keyboard.press("Space")
    until(page, "!playing && videos.every((video) => video.paused && !video.seeking)")
    at, *times = page.evaluate("[Math.min(at, 1), ...videos.map((video) => Math.min(video.currentTime, 0.999))]")
    assert times == pytest.approx([at, at], abs=0.01)
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("at") == pytest.approx(0.5)
    page.keyboard.press("End")
    until(page, "videos.every((video) => !video.seeking)")
    first, second = page.evaluate("videos.map((video) => video.currentTime)")
    assert (first, second) == pytest.approx((1, 2), abs=0.05), "the shorter one waits on its last frame"


def test_the_page_enlarges_one_and_shows_all_again(page):
    page.keyboard.press("2")
    assert page.locator("figure:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("figure:visible").count() == 3
    page.locator(".frame").first.click()
    assert page.locator(".frame").first.get_attribute("aria-pressed") == "true"


def test_names_are_nothing_but_names(page, folder):
    assert page.locator("h1").inner_text() == shown(EVIL).replace("\u202e", "\\u202e")
    assert page.locator("img").count() == 1
    for link in page.locator("figcaption a").all():
        assert link.evaluate("link => link.protocol") == "file:"
    assert page.locator("html").get_attribute("lang") == "it"
    assert page.locator("section").get_attribute("aria-label") == "Riproduzione"
    text = (folder / "sheet.html").read_text()
    assert not re.search(r"https?:", text), "it asks nobody for anything"
    assert str(folder) not in text, "and can be moved with its videos"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_for_everybody(browser, folder, scheme):
    from axe_playwright_python.sync_playwright import Axe

    size = {"width": 390, "height": 844}
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", viewport=size, bypass_csp=True)
    page = context.new_page()
    page.goto((folder / "sheet.html").as_uri())
    until(page, "videos.every((video) => video.readyState >= 2)")
    assert page.evaluate("playing") is False, "whoever wants less motion begins it"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_a_video_that_was_moved_away_is_told(browser, folder):
    os.remove(folder / "javascript:x.webm")
    page = browser.new_page()
    page.goto((folder / "sheet.html").as_uri())
    page.wait_for_selector(".missing")
    assert page.locator(".missing").count() == 1
    page.close()
