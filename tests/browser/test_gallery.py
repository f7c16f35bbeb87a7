"""The shelf with many clips: which are there, which are favourites, what they are called, several of them at once."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import prepared
from tests.browser.devices import DEVICES
from tests.conftest import EXAMPLES
from tests.support import shelf
from tests.support.site import Site

COUNT = 66
"""A page of the shelf, and a little."""

CHANGE_MS = 12
"""Within which the page has taken in that one of many clips has changed, on a machine that does other things too."""


def filled(folder, count: int, *, photos: int = 0, shapes: tuple[str, ...] = ("landscape", "portrait")) -> Site:
    site = prepared(folder)
    shelf.multiply(site.home, shelf.make(site.home, site.outputs, shapes=shapes), count, photos=photos)
    site.start()
    return site


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with clips of two shapes, each of a photo of its own."""
    site = filled(tmp_path_factory.mktemp("many"), COUNT)
    yield site
    site.stop()


def ids(site: Site, query: str = "") -> list[str]:
    return [job["id"] for job in site.get(f"/api/jobs?state=done&limit=200{query}").json()["jobs"]]


def clips_of(page) -> Any:
    return page.locator("#gallery li[data-key]")


def mark(site: Site, id: str, **marks: object) -> None:
    requests.patch(f"{site.url}/api/jobs/{id}", json=marks, timeout=30).raise_for_status()


def test_all_of_many_clips_can_be_reached_and_found(many, visit):
    mark(many, ids(many)[-1], title="The oldest")
    page = visit(many).page
    clips, more = clips_of(page), page.get_by_role("button", name="Show more")
    expect(clips).to_have_count(50)
    # What is found lies further down than what is shown; afterwards nothing between is left out.
    page.locator("#search").fill("OLDEST")
    expect(clips).to_have_count(1)
    expect(clips).to_contain_text("The oldest")
    expect(more).to_be_hidden()
    page.locator("#search").fill("nothing of that name")
    expect(page.locator("#gallery .nothing p")).to_have_text("There is no clip with this name.")
    page.locator("#gallery .nothing").get_by_role("button", name="Show all").click()
    expect(page.locator("#search")).to_have_value("")
    expect(clips).to_have_count(50)
    more.click()
    expect(clips).to_have_count(COUNT)
    expect(more).to_be_hidden()
    # A new snapshot takes nothing back.
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    expect(clips).to_have_count(COUNT)
    expect(clips.last).to_contain_text("The oldest")


def test_clips_are_filtered_by_model_and_date_and_an_empty_shelf_says_why(many, visit):
    page = visit(many).page
    expect(clips_of(page)).to_have_count(50)
    page.get_by_label("Model", exact=True).last.focus()
    month = page.locator("#gallery select[aria-label=Date] option").last
    expect(month).to_have_text(re.compile(r"\d{4}"))
    page.locator("#gallery select[aria-label=Date]").select_option("today")
    today = len(ids(many, f"&since={date.today()}"))
    expect(clips_of(page)).to_have_count(min(today, 50))
    page.locator("#gallery select[aria-label=Model]").select_option("draft")
    page.get_by_role("button", name="Favourites", exact=True).click()
    expect(page.locator("#gallery .nothing p")).to_have_text("No clip is like this.")
    page.locator("#gallery .nothing").get_by_role("button", name="Show all").click()
    expect(clips_of(page)).to_have_count(50)


def test_a_star_by_hand_and_by_key_is_kept_and_seen_by_other_pages(many, visit):
    visitor = visit(many)
    page, other = visitor.page, visitor.tab()
    first, second = ids(many)[:2]
    card = page.locator(f"#gallery li[data-key='{first}']")
    card.hover()
    card.get_by_role("button", name="Favourite: ").click()
    visitor.open(second)
    page.keyboard.press("f")
    expect(page.locator("#toolbar .star")).to_have_attribute("aria-pressed", "true")
    other.get_by_role("button", name="Favourites", exact=True).click()
    expect(clips_of(other)).to_have_count(2)
    page.keyboard.press("f")
    expect(clips_of(other)).to_have_count(1)
    mark(many, first, favourite=False)
    expect(other.locator("#gallery .nothing p")).to_have_text("No favourites yet: mark a clip with the star.")


def test_a_clip_is_renamed_where_its_name_stands(many, visit):
    visitor = visit(many)
    page, other = visitor.page, visitor.tab()
    id = ids(many)[2]
    card, there = (tab.locator(f"#gallery li[data-key='{id}']") for tab in (page, other))
    card.locator(".clip-title").dblclick()
    field = card.get_by_label("Name of the clip")
    field.fill("")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_have_text("A clip needs a name.")
    expect(field).to_be_focused()
    field.fill("Morning [] coffee/")
    page.keyboard.press("Enter")
    expect(there.locator(".clip-title")).to_have_text("Morning [] coffee/")
    expect(card.locator(".clip-open")).to_be_focused()
    page.keyboard.press("F2")
    field.fill("Something else")
    page.keyboard.press("Escape")
    expect(card.locator(".clip-title")).to_have_text("Morning [] coffee/")
    visitor.open(id)
    page.locator("#toolbar .star").focus()
    page.keyboard.press("F2")
    page.locator("#toolbar").get_by_label("Name of the clip").fill("On the stage")
    page.keyboard.press("Enter")
    expect(there.locator(".clip-title")).to_have_text("On the stage")
    with page.expect_download() as download:
        page.locator("#toolbar .downloads > summary").click()
        page.locator("#toolbar .downloads a").first.click()
    assert download.value.suggested_filename == "On the stage.mp4"


def test_several_are_chosen_by_hand_and_keys_deleted_with_one_undo_and_downloaded(many, visit, tmp_path):
    page = visit(many).page
    clips, chosen = clips_of(page), page.locator("#gallery .choosing p")
    expect(clips).to_have_count(50)
    order = clips.evaluate_all("cards => cards.map((card) => card.dataset.key)")
    clips.nth(1).hover()
    clips.nth(1).locator(".card-box").click()
    clips.nth(5).locator(".clip-open").click(modifiers=["Shift"])
    expect(chosen).to_have_text("5 chosen")
    clips.nth(3).locator(".clip-open").press("Space")
    expect(chosen).to_have_text("4 chosen")
    expect(clips.nth(3).locator(".clip-open")).to_have_attribute("aria-pressed", "false")
    with page.expect_download() as download:
        page.locator("#gallery .choosing").get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "clips.zip")
    with zipfile.ZipFile(tmp_path / "clips.zip") as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == 4
    page.keyboard.press("Delete")
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("4 clips are in the bin.")
    for number in (1, 2, 4, 5):
        expect(page.locator(f"#gallery li[data-key='{order[number]}']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    for number in (1, 2, 4, 5):
        expect(page.locator(f"#gallery li[data-key='{order[number]}']")).to_have_count(1)
    page.get_by_role("button", name="Choose", exact=True).click()
    expect(clips.first.locator(".clip-open")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    expect(chosen).to_have_text("50 chosen")
    page.keyboard.press("Escape")
    expect(page.locator("#gallery .choosing")).to_be_hidden()


def test_a_finger_that_rests_on_a_clip_chooses_it(many, visit):
    page = visit(many, DEVICES["iphone"]).page
    clips = clips_of(page)
    clips.nth(2).scroll_into_view_if_needed()
    before = clips.nth(2).bounding_box()
    rest = "card => card.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch' }))"
    clips.nth(2).locator(".clip-open").evaluate(rest)
    expect(page.locator("#gallery .choosing p")).to_have_text("1 chosen")
    assert clips.nth(2).bounding_box() == before, "nothing moves under the finger"
    clips.nth(2).locator(".clip-open").evaluate("button => button.click()")  # the finger goes up
    expect(page.locator("#gallery .choosing p")).to_have_text("1 chosen")
    clips.nth(3).locator(".clip-open").tap()
    expect(page.locator("#gallery .choosing p")).to_have_text("2 chosen")
    page.get_by_role("button", name="Stop choosing").click()
    expect(page.locator("#gallery .choosing")).to_be_hidden()


SHAPE = """cards => cards.map((card) => {
  const [frame, { width, height }] = ['.thumb-frame', '.thumb'].map((name) =>
    card.querySelector(name).getBoundingClientRect());
  return { shape: width / height, beyond: Math.max(width - frame.width, height - frame.height) };
})"""


@pytest.mark.parametrize(
    "device", ["desktop", *(pytest.param(each, marks=pytest.mark.slow) for each in ("ipad", "iphone"))], indirect=True
)
def test_every_clip_has_its_own_shape_and_nothing_moves_as_pictures_come(many, visit, device):
    visitor = visit(many, device)
    page = visitor.page
    page.route("**/preview.webp*", lambda route: page.wait_for_timeout(200) or route.continue_())
    visitor.reload()
    clips = clips_of(page)
    expect(clips).to_have_count(50)
    page.evaluate("document.querySelector('#gallery').scrollIntoView()")
    before = clips.nth(4).bounding_box()
    expect(clips.nth(4).locator(".thumb")).to_have_attribute("style", re.compile("preview"))
    assert clips.nth(4).bounding_box() == before
    shown = clips.evaluate_all(SHAPE)
    jobs = {job["id"]: job["video"] for job in many.get("/api/jobs?state=done&limit=200").json()["jobs"]}
    order = clips.evaluate_all("cards => cards.map((card) => card.dataset.key)")
    for id, picture in zip(order, shown, strict=True):
        assert picture["shape"] == pytest.approx(jobs[id]["width"] / jobs[id]["height"], rel=0.02)
        assert picture["beyond"] < 1, "all of it is seen"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
    # The film strip too.
    visitor.open(order[0])
    cell = page.locator("#filmstrip .cell-picture").first
    expect(cell).to_have_attribute("style", re.compile("preview"))
    box, whole = cell.bounding_box(), page.locator("#filmstrip .cell").first.bounding_box()
    assert box["width"] / box["height"] == pytest.approx(jobs[order[0]]["width"] / jobs[order[0]]["height"], rel=0.05)
    assert box["width"] < whole["width"] + 1
    assert box["height"] < whole["height"] + 1


def test_what_waits_is_the_queues_and_what_was_stopped_can_be_resumed(own_site, visit):
    visitor = visit(own_site)
    page = visitor.page
    first = own_site.ask(EXAMPLES / "coffee.png", model="draft", width=1024, height=576, frames=25)
    second = own_site.ask(EXAMPLES / "coffee.png", model="draft", width=256, height=256, frames=4)
    expect(visitor.tool("queue")).to_contain_text("2")
    expect(clips_of(page)).to_have_count(0)
    for job in (second, first):
        own_site.post(f"/api/jobs/{job['id']}/cancel")
    unfinished = page.locator("#gallery .unfinished")
    expect(unfinished).to_have_text("Unfinished: 2")
    expect(clips_of(page)).to_have_count(0)
    unfinished.click()
    expect(clips_of(page)).to_have_count(2)
    page.locator(f"#gallery li[data-key='{second['id']}'] .card-again button").click()
    expect(unfinished).to_have_text("Unfinished: 1")
    expect(clips_of(page)).to_have_count(1)
    unfinished.click()
    expect(page.locator(f"#gallery li[data-key='{second['id']}']")).to_have_attribute("data-state", "done")


@pytest.mark.slow
def test_two_hundred_clips_in_stacks_are_as_quick_as_few(tmp_path, visit):
    site = filled(tmp_path / "site", 200, photos=3, shapes=("landscape",))
    try:
        page = visit(site, trouble=True).page  # the server ends first
        clips, more = clips_of(page), page.get_by_role("button", name="Show more")
        while more.is_visible():
            before = clips.count()
            more.evaluate("button => button.click()")  # a real press scrolls past every clip
            expect(clips).not_to_have_count(before)
        expect(more).to_be_hidden()
        pictures = page.locator("#gallery .thumb[style*=preview]").count()
        assert pictures < clips.count() / 2, "those far away have none"  # a stack that opens comes near
        for stack in page.locator("#gallery .stack-count:visible").all():
            stack.evaluate("button => button.click()")
        expect(clips).to_have_count(200)
        took = page.evaluate(
            """async () => {
              const store = await import('/static/base/store.js');
              const took = [];
              for (let number = 0; number < 20; number++) {
                const id = [...store.get('jobs').keys()][number * 7];
                const before = performance.now();
                store.putJob({ ...store.get('jobs').get(id), title: `named ${number}` });
                await Promise.resolve();
                took.push(performance.now() - before);
                await new Promise(requestAnimationFrame);
              }
              return took.sort((a, b) => a - b)[10];
            }"""
        )
        assert took < CHANGE_MS
    finally:
        site.stop()


def test_clips_of_one_photo_are_a_stack_that_opens_in_place(own_site, visit):
    visitor = visit(own_site)
    page = visitor.page
    draft = {"model": "draft", "width": 256, "height": 256, "frames": 4}
    photos = [own_site.give(EXAMPLES / "coffee.png")["id"], own_site.post("/api/examples/coffee").json()["id"]]
    asked = [{"photo_id": photo, "settings": {**draft, "seed": seed}} for seed, photo in enumerate(photos)]
    jobs = [own_site.post("/api/jobs", each).json()["id"] for each in asked]
    alone = own_site.ask(EXAMPLES / "rocket.jpg", **draft)["id"]
    for id in [*jobs, alone]:
        own_site.wait(id, lambda job: job["state"] == "done")
    clips, count = clips_of(page), page.locator("#gallery .stack-count:visible")
    expect(clips).to_have_count(2)
    expect(count).to_have_text("2")
    count.click()
    expect(clips).to_have_count(3)
    assert clips.evaluate_all("cards => cards.map((card) => card.dataset.key)") == [alone, jobs[1], jobs[0]]
    expect(count).to_be_focused()
    count.click()
    expect(clips).to_have_count(2)
    # A closed stack is chosen as a whole.
    page.locator(f"#gallery li[data-key='{jobs[1]}'] .clip-open").click(modifiers=["ControlOrMeta"])
    expect(page.locator("#gallery .choosing p")).to_have_text("2 chosen")
    page.keyboard.press("Escape")
    # By the keys, one comes after the other.
    visitor.open(alone)
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile(jobs[1]))
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile(jobs[0]))
