"""From a photo to a clip, on each kind of screen; and whatever comes between."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from tests.browser.devices import DEVICES
from tests.browser.visitor import MOVING
from tests.conftest import EXAMPLES
from tests.support.site import ended

PHOTO = EXAMPLES / "rocket.jpg"
LONG = {"model": "draft", "width": 832, "height": 448, "frames": 16}
"""A draft that takes some seconds."""

AT_WORK = re.compile("Drawing the frames|Writing the video")
"""What a draft does, of which a busy machine may show the end only."""


def is_running(job):
    return job["state"] == "running" and job["step"]


def until(look):
    """What `look` returns, once there is something."""
    end = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


MINUTES = 300
"""A model's steps take seconds each where nothing else goes on."""


def has_begun(job):
    return job["stage"] == "denoise" and job["step"] >= 4


def is_developing(job):
    """It has done a step since it was started, or started again."""
    return is_running(job) and job["stage"] == "denoise"


@pytest.mark.parametrize(
    "device", ["desktop", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ipad", "iphone"))], indirect=True
)
def test_from_a_photo_to_a_clip_and_its_file(site, visit, device):
    visitor = visit(site, device, **MOVING)
    visitor.see_layer("empty")
    if device is DEVICES["desktop"]:
        visitor.drop(PHOTO)
    else:
        visitor.choose(PHOTO)
    visitor.see_layer("crop")
    visitor.pick_preset("minimum")
    job_id = visitor.generate()
    visitor.see_layer("developing")
    visitor.see_toolbar("running")
    expect(visitor.page.locator("#toolbar .progress .what")).to_contain_text(AT_WORK)
    visitor.see_it_play(448, 256)
    visitor.page.locator("#toolbar .downloads > summary").click()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Video, MP4").click()
    made = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in site.outputs.iterdir()}
    got = hashlib.sha256(download.value.path().read_bytes()).hexdigest()
    assert made[got] == download.value.suggested_filename
    assert site.job(job_id)["state"] == "done"


@pytest.mark.slow
def test_cancel(site, visit):
    visitor = visit(site)
    visitor.drop(PHOTO)
    visitor.pick_preset("native")
    job_id = visitor.generate()
    visitor.see_toolbar("running")
    visitor.page.get_by_role("button", name="Cancel", exact=True).click()
    visitor.see_toolbar("cancelled")
    expect(visitor.page.locator("#stage .overlay")).to_contain_text("Cancelled")
    assert site.job(job_id)["state"] == "cancelled"
    assert not site.get(f"/api/jobs/{job_id}/video.mp4").ok


def test_what_a_terminal_was_making_is_stopped_and_goes_on_with_a_click(site, visit):
    words = [str(PHOTO), *(f"--{name}={value}" for name, value in LONG.items()), "--seeds", "2"]
    command = [sys.executable, "-m", "videoai", *words, "--output", str(site.outputs / "terminal-{n}.mp4")]
    with subprocess.Popen(command, env=site.environment, stderr=subprocess.DEVNULL) as terminal:
        running = until(lambda: next(iter(site.get("/api/jobs?state=running").json()["jobs"]), None))
        (waiting,) = site.get("/api/jobs?state=queued").json()["jobs"]
        visitor = visit(site, **MOVING)
        visitor.open(waiting["id"])
        overlay = visitor.page.locator("#stage .overlay")
        expect(overlay).to_contain_text("The program you started it in makes it.")
        terminal.terminate()
    visitor.see_toolbar("stopped")
    expect(overlay).to_contain_text("Stopped")
    expect(overlay).to_contain_text("The program making it ended before the video was done.")
    overlay.get_by_role("button", name="Start over").click()
    visitor.see_it_play(832, 448)
    assert (site.outputs / "terminal-2.mp4").exists()
    assert site.job(running["id"])["state"] == "stopped", "nobody has asked for that one"


@pytest.mark.slow
def test_a_reload_in_mid_run_comes_back_to_it(site, visit):
    job = site.ask(PHOTO, **LONG)
    visitor = visit(site, **MOVING)
    visitor.see_toolbar("running")
    visitor.reload()
    visitor.see_toolbar("running")
    visitor.see_it_play(832, 448)
    assert visitor.page.url.endswith(f"#{job['id']}")


@pytest.mark.slow
def test_two_tabs_show_the_same(site, visit):
    job = site.ask(PHOTO, **LONG)
    visitor = visit(site)
    other = visitor.tab()
    for page in (visitor.page, other):
        expect(page.locator("#toolbar")).to_have_attribute("data-kind", "running")
        expect(page).to_have_title(re.compile(r"\d+.? ?% .*VideoAi"))
    site.wait(job["id"], ended)
    for page in (visitor.page, other):
        expect(page.locator("video.clip")).to_have_js_property("videoWidth", 832)
        expect(page).to_have_title("VideoAi")
    entry = f"#gallery li[data-key='{job['id']}']"
    expect(other.locator(entry)).to_be_visible()
    visitor.page.evaluate("id => fetch(`/api/jobs/${id}`, { method: 'DELETE' })", job["id"])
    expect(other.locator(entry)).to_have_count(0)
    expect(visitor.page.locator(entry)).to_have_count(0)


@pytest.mark.slow  # tests/web/test_serve.py does it quickly, without a page
def test_a_server_that_is_killed_in_mid_run_and_started_again(own_site, visit):
    visitor = visit(own_site, trouble=True, **MOVING)
    visitor.drop(PHOTO)
    visitor.pick_preset("native")
    job_id = visitor.generate()
    own_site.wait(job_id, is_running)
    own_site.kill()
    expect(visitor.page.locator("#connection")).to_contain_text("is not responding")
    own_site.start()
    expect(visitor.page.locator("#connection")).to_be_empty()
    expect(visitor.page.locator("#toasts")).to_contain_text("VideoAi is back.")
    visitor.see_it_play(1024, 576)
    assert [path.suffix for path in own_site.outputs.iterdir()] == [".mp4"]


def test_once_it_answers_again_no_message_says_that_it_does_not(site, visit):
    visitor = visit(site, trouble=True)
    page = visitor.page
    visitor.drop(PHOTO)
    visitor.see_the_estimate()
    page.route("**/api/jobs?lang=*", lambda route: route.abort(), times=1)  # gone before the page has noticed
    page.locator("#generate").click()
    message = page.locator(".toast.error")
    expect(message).to_contain_text("not responding")
    message.hover()  # nothing that is read goes by itself
    visitor.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('online'))")  # have it look at once
    expect(page.locator("body")).to_have_attribute("data-connection", "gone")
    visitor.context.set_offline(False)
    expect(page.locator("#toasts")).to_contain_text("VideoAi is back.")
    expect(message).to_have_count(0, timeout=1000)


@pytest.mark.slow
def test_without_a_network_and_with_it_again(site, visit):
    visitor = visit(site, trouble=True)
    visitor.drop(PHOTO)
    visitor.see_layer("crop")
    visitor.context.set_offline(True)
    job = site.ask(PHOTO, model="draft", width=256, height=256, frames=4)
    site.wait(job["id"], ended)
    visitor.page.locator("#generate").click()
    expect(visitor.page.locator("#toasts")).to_contain_text("VideoAi is not responding.")
    visitor.context.set_offline(False)
    expect(visitor.page.locator(f"#gallery li[data-key='{job['id']}']")).to_have_attribute("data-state", "done")
    expect(visitor.page.locator("#connection")).to_be_empty()
    visitor.pick_preset("minimum")
    visitor.generate()
    visitor.see_layer("player")


@pytest.mark.slow
def test_a_clip_dropped_on_the_page_brings_back_its_settings(site, visit):
    job = site.ask(EXAMPLES / "coffee.png", model="draft", width=512, height=256, frames=5, seed=77, motion=33)
    site.wait(job["id"], ended)
    clip = max(site.outputs.iterdir(), key=lambda path: path.stat().st_mtime)
    visitor = visit(site)
    visitor.drop(clip, "video/mp4")
    expect(visitor.page.locator("#toasts")).to_contain_text(
        "The settings of this video are back. Its photo is back too."
    )
    expect(visitor.page.locator("#set-motion")).to_have_value("33")
    expect(visitor.page.locator("#set-frames")).to_have_value("5")
    expect(visitor.page.locator("#set-seed")).to_have_value("77")
    expect(visitor.page.locator("#toolbar .facts")).to_have_text(re.compile("512.×.256"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_model_that_develops_is_killed_with_its_server_and_goes_on(model_site, visit):
    """Where it was: no step is computed twice."""
    visitor = visit(model_site, trouble=True, **MOVING)
    visitor.drop(PHOTO)
    visitor.pick_preset("minimum")
    job_id = visitor.generate()
    expect(visitor.page.locator("#toolbar .what")).to_contain_text("Denoising")
    expect(visitor.page.locator("#filmstrip .cell .cell-picture").first).to_have_attribute(
        "style", re.compile("preview.webp")
    )
    done = model_site.wait(job_id, has_begun, seconds=MINUTES)["step"]
    model_site.kill()
    expect(visitor.page.locator("#connection")).to_contain_text("is not responding")
    model_site.start()
    goes_on = model_site.wait(job_id, is_developing, seconds=MINUTES)
    assert goes_on["step"] > done
    model_site.wait(job_id, ended, seconds=MINUTES)
    visitor.see_it_play(448, 256)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_cancelled_run_goes_on_where_it_stopped(model_site, visit):
    visitor = visit(model_site)
    visitor.drop(PHOTO)
    visitor.pick_preset("minimum")
    job_id = visitor.generate()
    done = model_site.wait(job_id, has_begun, seconds=MINUTES)["step"]
    visitor.page.get_by_role("button", name="Cancel", exact=True).click()
    visitor.see_toolbar("cancelled")
    visitor.page.get_by_role("button", name="Resume", exact=True).click()
    goes_on = model_site.wait(job_id, is_developing, seconds=MINUTES)
    assert goes_on["step"] > done
    model_site.wait(job_id, ended, seconds=MINUTES)
    visitor.see_layer("player")
