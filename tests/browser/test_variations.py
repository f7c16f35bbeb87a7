"""Several videos of one photo: asked for with one press, each with the next seed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.conftest import EXAMPLES
from tests.support.site import ended
from videoai.settings import PARAMETERS

LAST = PARAMETERS["seed"].kind.maximum


def test_three_variations_have_the_next_seeds_and_say_which_they_are(own_site, visit):
    visitor = visit(own_site)
    page = visitor.page
    visitor.drop(EXAMPLES / "coffee.png")
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    page.locator("#set-seed").fill(str(LAST - 1))
    page.get_by_label("How many variations").select_option("3 variations")
    expect(page.locator("#generate")).to_contain_text("Generate 3 variations")
    first = visitor.generate()
    expect(page.locator("#gallery .stack-count")).to_have_text("3")
    expect(page.locator("#gallery li[data-key]")).to_have_count(1)
    page.locator("#gallery .stack-count").click()
    expect(page.locator("#gallery li[data-key]")).to_have_count(3)
    jobs = sorted(own_site.get("/api/jobs").json()["jobs"], key=lambda job: job["id"])
    assert [own_site.wait(job["id"], ended)["state"] for job in jobs] == ["done"] * 3
    assert [job["settings"]["seed"] for job in jobs] == [LAST - 1, LAST, 0], "after the last seed comes the first"
    assert first == jobs[0]["id"], "the first of them is on the stage"
    for number, job in enumerate(jobs, 1):
        card = page.locator(f"#gallery li[data-key='{job['id']}']")
        expect(card.locator(".badge")).to_have_text(f"Variation {number} of 3")
    visitor.reload()
    expect(page.get_by_label("How many variations")).to_have_value("3")
