"""The window: the page in it, its menus, the files it is given, and how it closes."""

from __future__ import annotations

import logging
import os
import platform
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from videoai.desktop import given, menus, notices
from videoai.desktop.backend import Backend
from videoai.desktop.following import Follower
from videoai.desktop.remembered import SMALLEST, Remembered
from videoai.desktop.toolkit import Closing, Toolkit, no_window
from videoai.errors import VideoAiError
from videoai.language import LANGUAGES, say, shown, speaking
from videoai.media.photo import SUFFIXES
from videoai.system import paths, private_files
from videoai.version import __version__
from videoai.web import owner

NAME = "VideoAi"
_DARKROOM = "#0f0c0a"
"""The page's own ground, until it is there."""
_ZOOMS = (0.5, 0.67, 0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
_MOVIES = (".mp4", ".mov", ".webm")

Inbox = queue.Queue[list[Path]]

_log = logging.getLogger("videoai.desktop")


class AppWindow:
    """One of them, for as long as it is open. What it does on its own, it does in threads: the main one is the
    toolkit's."""

    def __init__(self, toolkit: Toolkit, backend: Backend, remembered: Remembered, inbox: Inbox) -> None:
        """What is put into the `inbox` is given to the page."""
        self._toolkit, self.backend, self.remembered, self._inbox = toolkit, backend, remembered, inbox
        self._leaving = False
        self._window: Any = None
        self._follower: Follower | None = None

    # What the toolkits ask of it: see Shell in toolkit.py.

    @property
    def address(self) -> str:
        return self.backend.address

    @property
    def menus(self) -> list[menus.Menu]:
        with speaking(self.remembered.language):
            return menus.menus(self)

    def _toolkits_words(self) -> dict[str, str]:
        with speaking(self.remembered.language):
            return menus.toolkits_words()

    def text(self, words: str) -> str:
        with speaking(self.remembered.language):
            return shown(words)

    def take(self, files: Sequence[Path]) -> None:
        """Give these files to the page once it is there; from any thread."""
        self._inbox.put([*files])

    def raise_up(self) -> None:
        """Bring the window to the front; from any thread."""
        if self._window is not None and self._window.events.shown.is_set():
            self._toolkit.raise_up(self._window)

    def run(self) -> None:
        """Open it, and come back once it is closed. To be called in the main thread."""
        import webview

        self._toolkit.prepare()
        webview.settings["ALLOW_FILE_URLS"] = False
        webview.settings["OPEN_EXTERNAL_LINKS_IN_BROWSER"] = True
        was = self.remembered
        x, y = (was.x, was.y) if self._toolkit.is_on_screen(was) else (None, None)
        self._window = webview.create_window(
            NAME,
            self._way_in(),
            width=was.width,
            height=was.height,
            x=x,
            y=y,
            min_size=SMALLEST,
            background_color=_DARKROOM,
            text_select=True,
            zoomable=True,
            draggable=True,
            localization=self._toolkits_words(),
        )
        events = self._window.events
        events.before_show += self._dress
        events.loaded += self._loaded
        events.closing += self._may_close
        events.resized += self._resized
        events.moved += self._moved
        storage = paths.window() / "page"
        private_files.make_folder(storage)
        try:
            webview.start(
                self._begin,
                gui=self._toolkit.name,
                menu=self._toolkit.menu(self.menus),
                icon=str(paths.static() / "icon-512.png"),
                user_agent=_user_agent(),
                private_mode=False,
                storage_path=str(storage),
            )
        except webview.WebViewException as error:  # a part of the toolkit is missing
            raise no_window(str(error)) from error
        if self._follower is not None:
            self._follower.stop()
        self.remembered.port = self.backend.port
        self.remembered.save()

    def leave(self) -> None:
        """Close it without a question, as the system asks for it."""
        self._leaving = True
        if self._window is not None:
            self._window.destroy()

    # Its life.

    def _way_in(self) -> str:
        """The page, as the owner: where the system does not tell whose connection it is, with the owner's secret, which
        stays in this process."""
        return self.address if owner.is_told() else f"{self.address}/#token={owner.token()}"

    def _dress(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
                signal.signal(number, lambda *_: threading.Thread(target=self.leave, daemon=True).start())
        self._toolkit.dress(self._window, self)

    def _begin(self) -> None:
        self._follower = Follower(self._live_backend, self._news, self._ended)
        threading.Thread(target=self._hand_on, name="given", daemon=True).start()

    def _live_backend(self) -> Backend:
        """The server, started anew on its port if it was the window's own and has died: the page waits for it."""
        if self.backend.has_died() and not self._leaving:
            try:
                self.backend = self.backend.again()
            except VideoAiError as error:
                _log.warning("%s", error)
        return self.backend

    def _loaded(self) -> None:
        # pywebview's own thread would keep the program alive, should the window close meanwhile.
        threading.Thread(target=self._settle, name="settle", daemon=True).start()

    def _settle(self) -> None:
        """Once a page is there: its size, and the menus in its language."""
        given.wait_for_page(self._window.run_js)
        if self.remembered.zoom != 1:
            self._toolkit.zoom(self._window, self.remembered.zoom)
        language = self._window.run_js("document.documentElement.lang")
        if language in LANGUAGES and language != self.remembered.language:
            self.remembered.language = language
            self._toolkit.renew_menu(self._window, self)

    def _hand_on(self) -> None:
        while True:
            files = self._inbox.get()
            if not files:
                continue
            self._window.events.loaded.wait()
            given.wait_for_page(self._window.run_js)
            try:
                given.give(self._window.run_js, files)
            except OSError as error:  # it was there a moment ago
                _log.warning("A file could not be opened: %s", error)

    def _news(self) -> None:
        self._toolkit.show_title(self._window)

    def _ended(self, done: bool) -> None:
        is_elsewhere = self._toolkit.call_attention(self._window)
        if not is_elsewhere or self._window.run_js("document.documentElement.dataset.notices") == "off":
            return
        words = self.text(say("Your video is ready.")) if done else self.text(say("A video could not be made."))
        notices.notify(NAME, words)

    def _may_close(self) -> bool:
        question = None if self._leaving else self._question()
        if not self._toolkit.may_close(self._window, question):
            return False
        self._toolkit.remember(self._window, self.remembered)
        return True

    def _question(self) -> Closing | None:
        """Asked only where something stops with the window: a server that runs on its own makes its videos anyway."""
        if self._follower is None or not self.backend.ends_with_us:
            return None
        if self._follower.makes_video:
            words = self.text(say("It pauses, and continues from its last step the next time you open VideoAi."))
            title = self.text(say("Quit while a video is being made?"))
        elif self._follower.downloads:
            words = self.text(say("It pauses, and what has arrived is kept: you can continue it on the models page."))
            title = self.text(say("Quit while a model is being downloaded?"))
        else:
            return None
        return Closing(title, words, self.text(say("Keep it open")), self.text(say("Quit")))

    def _resized(self, width: float, height: float) -> None:
        self.remembered.width, self.remembered.height = int(width), int(height)

    def _moved(self, x: float, y: float) -> None:
        self.remembered.x, self.remembered.y = int(x), int(y)

    # What the menus do, each in a thread of its own: see Acts in menus.py.

    def open_files(self) -> None:
        """Choose photos, or a video made here, as the page's own “Choose a photo” does."""
        import webview

        endings = ";".join(f"*{ending}" for ending in (*SUFFIXES, *_MOVIES))
        kinds = (f"{self.text(say('Photos and videos'))} ({endings})",)
        chosen = self._window.create_file_dialog(webview.FileDialog.OPEN, allow_multiple=True, file_types=kinds)
        self.take([Path(each) for each in chosen or ()])

    def show_videos(self) -> None:
        """In the system's own window for files."""
        folder = paths.outputs()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _log.warning("The folder %s could not be made: %s", folder, error)
        self._show(folder, say("Your videos are in this folder:"))

    def show_docs(self) -> None:
        self._show(paths.docs(), say("The documentation is in this folder:"))

    def _show(self, folder: Path, words: str) -> None:
        """In the system's own way, or else with `words` before its place."""
        program = "open" if sys.platform == "darwin" else "xdg-open"
        try:
            subprocess.run([program, str(folder)], capture_output=True, check=True)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            self._toolkit.tell(self._window, self.text(words), str(folder))

    def close(self) -> None:
        self._window.destroy()

    def reload(self) -> None:
        self._window.run_js("location.reload()")

    def full_screen(self) -> None:
        self._window.toggle_fullscreen()

    def zoom_by(self, steps: int) -> None:
        """To the next larger or smaller size; 0 is back to the page's own."""
        now = self.remembered.zoom
        if steps == 0:
            now = 1.0
        elif steps > 0:
            now = next((zoom for zoom in _ZOOMS if zoom > now + 0.01), now)
        else:
            now = next((zoom for zoom in reversed(_ZOOMS) if zoom < now - 0.01), now)
        self.remembered.zoom = now
        self._toolkit.zoom(self._window, now)

    def show_keys(self) -> None:
        """The page has the list, behind this key."""
        self._window.run_js("window.dispatchEvent(new KeyboardEvent('keydown', { key: '?' }))")

    def show_about(self) -> None:
        words = say("Turns a photo into a short video. Everything happens on this computer; nothing leaves it.")
        self._toolkit.tell(self._window, f"{NAME} {__version__}", self.text(words))


def _user_agent() -> str:
    """By which the page knows that it is in this window (static/base/window.js)."""
    return f"Mozilla/5.0 ({platform.system()}; {os.uname().machine}) VideoAiWindow/{__version__}"
