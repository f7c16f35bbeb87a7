"""A screen nobody looks at, and the program's window on it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import prepared
from tests.conftest import find_tool
from tests.desktop.devtools import Page
from tests.support.site import Site, free_port

NEEDED = ("webview", "qtpy", "PySide6.QtWebEngineWidgets")

OpenApp = Callable[..., "App"]


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The name of a display."""
    program = find_tool("Xvfb", "xvfb")
    find_tool("xdotool", "xdotool")
    if not all(map(_is_there, NEEDED)):
        message = "the extra “app” is not installed"
        (pytest.fail if os.environ.get("VIDEOAI_REQUIRE_TOOLS") else pytest.skip)(message)
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(writing), "-screen", "0", "1500x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as said:
        display = f":{said.readline().strip()}"
    yield display
    server.terminate()
    server.wait()


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Whose home the window has. Its own server is not started, and its path is short, as sockets want it."""
    return prepared(tmp_path_factory.mktemp("w"))


@pytest.fixture
def open_app(screen: str, site: Site) -> Iterator[OpenApp]:
    """Open a window; whatever a test leaves of it is closed."""
    opened: list[App] = []

    def begin(*words: object, **environment: str) -> App:
        opened.append(App(site, screen, *words, **environment))
        return opened[-1]

    yield begin
    for app in opened:
        app.end()


class App:
    """`videoai app` on a display, as a process."""

    def __init__(self, site: Site, display: str, *words: object, **environment: str) -> None:
        self.site, self.display = site, display
        self._log = site.folder / "window.log"
        self._debugged = free_port()
        self._page: Page | None = None
        self.notices = site.folder / "notices"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "videoai", "app", *map(str, words)],
                cwd=site.folder,
                env=site.environment
                | {
                    "DISPLAY": display,
                    "PATH": f"{_notifier(site.folder, self.notices)}:{os.environ['PATH']}",
                    "QTWEBENGINE_DISABLE_SANDBOX": "1",  # tests may be root
                    "QTWEBENGINE_REMOTE_DEBUGGING": str(self._debugged),
                    "VIDEOAI_LANG": "en",
                }
                | environment,
                stdout=log,
                stderr=log,
            )

    @property
    def page(self) -> Page:
        """Once it is built."""
        if self._page is None:
            try:
                self._page = Page(self._debugged)
            except TimeoutError as error:
                raise AssertionError(self.said()) from error
            self._page.wait_for("document.documentElement.dataset.takesFiles")
        return self._page

    def said(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def xdotool(self, *words: object) -> str:
        """What it prints; of nothing that it finds, nothing."""
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=os.environ | {"DISPLAY": self.display}, capture_output=True, text=True
        )
        return done.stdout.strip()

    def windows(self) -> dict[str, str]:
        """Title → id of what is shown."""
        ids = self.xdotool("search", "--onlyvisible", "--name", ".").split()
        return {self.xdotool("getwindowname", id): id for id in ids}

    def press(self, key: str, window: str) -> None:
        """A key, in one of the windows."""
        self.xdotool("windowfocus", "--sync", window, "key", key)

    def wait(self, that: Callable[[], Any], seconds: float = 60) -> Any:
        """What it comes to, once that counts."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := that():
                return found
            time.sleep(0.1)
        raise AssertionError(f"It never came.\n{self.windows()}\n{self.said()}")

    def ended(self, seconds: float = 60) -> int:
        """The exit code, once it has one."""
        return self.process.wait(seconds)

    def end(self) -> None:
        if self._page is not None:
            self._page.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _notifier(folder: Path, notices: Path) -> Path:
    """A folder with a `notify-send` that writes down what it is called with."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    program = programs / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {notices}\n')
    program.chmod(0o755)
    return programs
