"""What the window is where pywebview alone makes it: WebKit on a Mac, and GTK.

Written by pywebview's and Apple's documentation. It was not tried on a Mac; the tests show it under Qt, as
pywebview's own part there is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videoai.desktop.menus import Menu
from videoai.desktop.remembered import Remembered
from videoai.desktop.toolkit import Closing, Shell


class Plain:
    """See Toolkit in toolkit.py."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self) -> None:
        import webview

        webview.settings["ALLOW_DOWNLOADS"] = True  # it asks where to, beginning in Downloads

    def dress(self, window: Any, shell: Shell) -> None:
        if self.name == "cocoa":
            from videoai.desktop.mac import take_opened_files

            take_opened_files(shell)

    def menu(self, menus: Sequence[Menu]) -> list[Any]:
        from webview.menu import Menu as Shown
        from webview.menu import MenuAction, MenuSeparator

        def entries(menu: Menu) -> list[Any]:
            acts = [MenuSeparator() if item is None else MenuAction(item.title, item.act) for item in menu.items]
            return acts[:-1] if self.name == "cocoa" and menu is menus[0] else acts  # a Mac's own menu has “Quit”

        return [Shown(menu.title, entries(menu)) for menu in menus if not menu.is_edit]  # a Mac brings its own

    def renew_menu(self, window: Any, shell: Shell) -> None:
        """At the next start: pywebview makes menus once."""

    def may_close(self, window: Any, question: Closing | None) -> bool:
        """Says nothing yet: pywebview asks in a moment."""
        window.confirm_close = question is not None
        if question is not None:
            window.localization["global.quitConfirmation"] = f"{question.title}\n\n{question.words}"
            window.localization["global.quit"] = question.leave
            window.localization["global.cancel"] = question.stay
        return True

    def remember(self, window: Any, remembered: Remembered) -> None:
        """What its events have told of its place is all there is."""

    def is_on_screen(self, remembered: Remembered) -> bool:
        import webview

        x, y = remembered.x, remembered.y
        return (x is not None and y is not None) and any(
            screen.x <= x < screen.x + screen.width and screen.y <= y < screen.y + screen.height
            for screen in webview.screens
        )

    def raise_up(self, window: Any) -> None:
        window.restore()
        window.show()

    def call_attention(self, window: Any) -> bool:
        return not bool(window.run_js("document.hasFocus()"))

    def zoom(self, window: Any, factor: float) -> None:
        window.run_js(f"document.documentElement.style.zoom = '{factor:.2f}'")

    def tell(self, window: Any, title: str, words: str) -> None:
        window.create_confirmation_dialog(title, words)

    def show_title(self, window: Any) -> None:
        if title := window.run_js("document.title"):
            window.set_title(title)
