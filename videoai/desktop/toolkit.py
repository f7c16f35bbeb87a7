"""What opens windows here: WebKit on a Mac, Qt or GTK on Linux. What each does its own way is in qt.py and plain.py."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from videoai.desktop.menus import Menu
from videoai.desktop.remembered import Remembered
from videoai.errors import VideoAiError
from videoai.language import say
from videoai.packages import with_extra
from videoai.system import processes

_PROBE_SECONDS = 60.0
_UNCHAINED = "QTWEBENGINE_DISABLE_SANDBOX"
"""Qt's own: as root, Chromium's sandbox does not work, and Qt ends the process without it."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What is asked before the window closes, and the words of the two answers, in the page's language."""

    title: str
    words: str
    stay: str
    leave: str


class Shell(Protocol):
    """What the window needs to know of itself, by whichever toolkit it is shown."""

    @property
    def menus(self) -> Sequence[Menu]:
        """In the page's language."""
        ...

    @property
    def address(self) -> str:
        """Of the page."""
        ...

    @property
    def remembered(self) -> Remembered: ...

    def text(self, words: str) -> str:
        """Words in the page's language."""
        ...

    def take(self, files: Sequence[Path]) -> None:
        """Files that the system gives to the window."""


class Toolkit(Protocol):
    """The part of it that pywebview leaves to each."""

    name: str
    """As pywebview calls it."""

    def prepare(self) -> None:
        """Before the first window."""

    def dress(self, window: Any, shell: Shell) -> None:
        """Before the window is shown; in the main thread."""

    def menu(self, menus: Sequence[Menu]) -> list[Any]:
        """What pywebview is to show, where the toolkit does not do it itself."""

    def renew_menu(self, window: Any, shell: Shell) -> None:
        """In another language, from any thread."""

    def may_close(self, window: Any, question: Closing | None) -> bool:
        """Whether the window may close; in the main thread, which a question holds up."""

    def remember(self, window: Any, remembered: Remembered) -> None:
        """Where the window is; in the main thread."""

    def is_on_screen(self, remembered: Remembered) -> bool:
        """Whether its place is on a screen that is there now."""

    def raise_up(self, window: Any) -> None:
        """To the front; from any thread."""

    def call_attention(self, window: Any) -> bool:
        """Something has ended; from any thread. Whether somebody works elsewhere meanwhile, and would not see it."""

    def zoom(self, window: Any, factor: float) -> None:
        """Show the page so much larger; from any thread."""

    def tell(self, window: Any, title: str, words: str) -> None:
        """Show a message; from any thread."""

    def show_title(self, window: Any) -> None:
        """Where the window does not follow the page's title by itself: now."""


def chosen() -> Toolkit:
    """The one that is here. Raises VideoAiError if there is none, or it opens no window."""
    if not _is_there("webview"):
        raise _missing()
    if sys.platform == "darwin":
        from videoai.desktop.plain import Plain

        return Plain("cocoa")
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise no_window(say("this session has no screen"))
    if _is_there("qtpy", "PySide6.QtWebEngineWidgets") or _is_there("qtpy", "PyQt6.QtWebEngineWidgets"):
        _try_qt()
        from videoai.desktop.qt import Qt

        return Qt()
    if _is_there("gi"):
        from videoai.desktop.plain import Plain

        return Plain("gtk")
    raise _missing()


def _is_there(*modules: str) -> bool:
    try:
        return all(importlib.util.find_spec(module) is not None for module in modules)
    except ImportError:  # of the package around it
        return False


def _try_qt() -> None:
    if os.geteuid() == 0 and not os.environ.get(_UNCHAINED):
        raise no_window(say("it would be the administrator's, without a sandbox"))
    try:
        done = processes.run("videoai.desktop.probe", seconds=_PROBE_SECONDS)
    except OSError as error:
        raise no_window(str(error)) from error
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if line.strip()]
        raise no_window(" ".join(next((line for line in told if _names_reason(line)), (told or ["Qt"])[-1]).split()))


def _names_reason(line: str) -> bool:
    return any(word in line for word in ("cannot open shared", "is needed to", "could not connect", "No module"))


def _missing() -> VideoAiError:
    return VideoAiError(
        say("The window needs packages that are not installed."),
        say(
            "Install them with: {install}. Or open the page in your browser: videoai serve --open",
            install=with_extra("app"),
        ),
    )


def no_window(why: str) -> VideoAiError:
    """Of a toolkit that opens none, for this reason."""
    return VideoAiError(
        say("No window can be opened here: {reason}.", reason=why.rstrip(".")),
        say("Open the page in your browser instead: videoai serve --open"),
    )
