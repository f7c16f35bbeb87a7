"""videoai app, in a real window under Xvfb: Qt with Chromium's engine."""

from __future__ import annotations

import json
import os
import signal
import socket
import time

import psutil
import pytest

from tests.conftest import EXAMPLES
from tests.desktop.conftest import App, OpenApp
from tests.support.site import Site, ended

SMALL = {"model": "draft", "width": 256, "height": 256, "frames": 8}
LONG = {"model": "draft", "width": 1024, "height": 576, "frames": 25, "enlarge": "2"}
PHOTO = "document.querySelector('#stage img[src*=\"/api/photos/\"]')?.src"


def serving(app: App) -> Site:
    """The server behind the window, to be asked by others."""
    folder = app.site.home / "servers"
    (address,) = app.wait(lambda: [path.read_text() for path in folder.glob("*.lock") if path.read_text()])
    app.site.url = address
    return app.site


def children(app: App) -> list[psutil.Process]:
    return psutil.Process(app.process.pid).children(recursive=True)


def test_a_photo_is_opened_and_a_second_start_hands_its_own_to_the_same_window(open_app: OpenApp):
    app = open_app(EXAMPLES / "coffee.png")
    first = app.page.wait_for(PHOTO)
    assert app.page.evaluate("innerWidth") > 1000
    assert "VideoAi" in app.windows()
    second = open_app(EXAMPLES / "astronaut.png")
    assert second.ended() == 0
    assert app.page.wait_for(f"{PHOTO} !== {json.dumps(first)} && {PHOTO}")
    below = children(app)
    assert serving(app).url.startswith("http://127.0.0.1:")
    app.process.send_signal(signal.SIGTERM)
    assert app.ended() == 0, app.said()
    _, alive = psutil.wait_procs(below, timeout=20)
    assert alive == [], "the server and Chromium's processes end with the window"
    left = {path.name for path in (app.site.home / "window").iterdir() if not path.is_dir()}
    assert left == {"window.json", "window.lock"}
    assert not list((app.site.home / "servers").iterdir())


def test_the_title_shows_progress_closing_asks_and_the_video_goes_on_the_next_time(open_app: OpenApp):
    app = open_app()
    site = serving(app)
    assert app.page
    job = site.ask(EXAMPLES / "coffee.png", **LONG)
    app.wait(lambda: any("%" in title and title.endswith("VideoAi") for title in app.windows()))
    app.wait(lambda: app.page.evaluate("document.title") in app.windows(), 10)
    before = set(app.windows().values())
    app.press("ctrl+q", next(iter(before)))
    asked = app.wait(lambda: set(app.windows().values()) - before)
    app.press("Escape", next(iter(asked)))
    app.wait(lambda: not asked & set(app.windows().values()))
    assert app.process.poll() is None, "the answer was no"
    app.press("ctrl+q", next(iter(before)))
    asked = app.wait(lambda: set(app.windows().values()) - before)
    app.press("Tab", next(iter(asked)))
    app.press("space", next(iter(asked)))
    assert app.ended() == 0
    assert not app.notices.exists(), "it is not done"
    again = open_app()
    site = serving(again)
    site.wait(job["id"], lambda job: job["state"] == "running")
    site.post(f"/api/jobs/{job['id']}/cancel")
    small = site.ask(EXAMPLES / "coffee.png", **SMALL)
    assert site.wait(small["id"], ended)["state"] == "done"
    assert again.wait(lambda: again.notices.exists() and again.notices.read_text()).endswith(
        "-- VideoAi Your video is ready.\n"
    )


def test_a_clip_plays_and_nothing_but_the_own_server_is_reached(open_app: OpenApp):
    app = open_app()
    site = serving(app)
    job = site.ask(EXAMPLES / "coffee.png", **SMALL)
    site.wait(job["id"], ended)
    app.page.evaluate(f"location.hash = {json.dumps(job['id'])}; location.reload()")
    app.page.wait_for(
        "document.querySelector('video.clip')?.readyState > 2 && document.documentElement.dataset.takesFiles"
    )
    assert app.page.evaluate("document.querySelector('video.clip').currentSrc").endswith("/video.webm")
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(1)
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        app.page.evaluate(f"new Image().src = {json.dumps(address)}")
        assert app.page.evaluate(f"fetch({json.dumps(address)}).then(() => 'came', () => 'refused')") == "refused"
        app.page.evaluate(f"void setTimeout(() => location.assign({json.dumps(address)}))")
        time.sleep(0.5)
        assert app.page.evaluate("location.href").startswith(site.url)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert app.page.evaluate("Object.keys(window.pywebview?.api ?? {})") == []


@pytest.mark.slow
def test_the_window_joins_a_server_that_runs_and_leaves_it_at_work(open_app: OpenApp, site: Site):
    site.start()
    try:
        app = open_app()
        assert app.page.evaluate("location.origin") == f"http://127.0.0.1:{site.port}"
        job = site.ask(EXAMPLES / "coffee.png", **LONG)
        site.wait(job["id"], lambda job: job["state"] == "running")
        app.press("ctrl+q", next(iter(app.windows().values())))
        assert app.ended() == 0, "nothing is asked where nothing stops"
        assert site.job(job["id"])["state"] == "running"
        site.post(f"/api/jobs/{job['id']}/cancel")
    finally:
        site.stop()


@pytest.mark.slow
def test_a_photo_dropped_on_the_page_is_opened(open_app: OpenApp):
    """As Chromium hands a drop on to the page; what the system hands on to Qt's view, Qt sees to."""
    app = open_app()
    data = {"items": [], "files": [str(EXAMPLES / "coffee.png")], "dragOperationsMask": 1}
    assert app.page
    for kind in ("dragEnter", "dragOver", "drop"):
        app.page.send("Input.dispatchDragEvent", type=kind, x=400, y=300, data=data)
    assert app.page.wait_for(PHOTO)


@pytest.mark.slow
def test_a_server_that_dies_is_started_again_on_its_port(open_app: OpenApp):
    app = open_app()
    assert app.page
    address = serving(app).url
    server = next(child for child in children(app) if "videoai.desktop.server_process" in " ".join(child.cmdline()))
    server.kill()
    app.page.wait_for("document.body.dataset.connection === 'gone'")
    app.page.wait_for("document.body.dataset.connection === 'live'")
    assert app.wait(lambda: serving(app).url) == address


@pytest.mark.slow
def test_a_download_goes_where_it_is_said(open_app: OpenApp):
    app = open_app()
    site = serving(app)
    job = site.ask(EXAMPLES / "coffee.png", **SMALL)
    site.wait(job["id"], ended)
    (site.folder / "Downloads").mkdir()
    before = set(app.windows().values())
    app.page.evaluate(
        f"void setTimeout(() => Object.assign(document.createElement('a'), "
        f"{{href: '/api/jobs/{job['id']}/video.mp4?download=1', download: ''}}).click())"
    )
    (dialog,) = app.wait(lambda: set(app.windows().values()) - before)
    app.press("Return", dialog)
    (saved,) = app.wait(lambda: list((site.folder / "Downloads").glob("*.mp4")))
    assert app.wait(lambda: saved.read_bytes() == site.get(f"/api/jobs/{job['id']}/video.mp4").content)


@pytest.mark.slow
def test_its_language_and_place_come_back(open_app: OpenApp):
    app = open_app(VIDEOAI_LANG="it")
    assert app.page.evaluate("document.documentElement.lang") == "it"
    (window,) = app.windows().values()
    app.xdotool("windowsize", "--sync", window, 900, 700)
    app.xdotool("windowmove", window, 40, 60)
    app.page.evaluate("localStorage.setItem('videoai.language', '\"en\"'); location.reload()")
    app.page.wait_for("document.documentElement.lang === 'en' && document.documentElement.dataset.takesFiles")
    time.sleep(2)
    app.process.send_signal(signal.SIGINT)
    assert app.ended() == 0
    kept = json.loads((app.site.home / "window" / "window.json").read_text())
    assert kept["language"] == "en"
    again = open_app(VIDEOAI_LANG="it")
    assert again.page.evaluate("document.documentElement.lang") == "en"
    assert again.page.evaluate("innerWidth") == 900
    (window,) = again.windows().values()
    assert "Position: 40,60" in again.xdotool("getwindowgeometry", window)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.jpg"], "none.jpg cannot be read: it does not exist."),
        (["."], "is not a file."),
        (["--install", "photo.jpg"], "stand alone, without photos."),
    ],
)
def test_what_cannot_be_opened_is_told(open_app: OpenApp, words: list[str], said: str):
    app = open_app(*words)
    assert app.ended() == 2
    assert said in app.said()


@pytest.mark.slow
def test_where_no_window_can_be_the_browser_is_named(open_app: OpenApp):
    for environment in ({"DISPLAY": ""}, {"DISPLAY": ":99999"}):
        app = open_app(**environment)
        assert app.ended() == 1
        assert "No window can be opened here: " in app.said()
        assert "videoai serve --open" in app.said()
        assert "Traceback" not in app.said()
    if os.geteuid() == 0:
        app = open_app(QTWEBENGINE_DISABLE_SANDBOX="")
        assert app.ended() == 1
        assert "without a sandbox" in app.said()
