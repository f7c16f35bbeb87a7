"""The window's menus as data: what is in them, by which key, in the page's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from videoai.language import say, shown
from videoai.system import paths


class Acts(Protocol):
    """What the menus do."""

    def open_files(self) -> None: ...

    def show_videos(self) -> None: ...

    def close(self) -> None: ...

    def reload(self) -> None: ...

    def full_screen(self) -> None: ...

    def zoom_by(self, steps: int) -> None: ...

    def show_keys(self) -> None: ...

    def show_docs(self) -> None: ...

    def show_about(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Item:
    """An entry. `edits` names what the page itself does on this key, of text that is chosen or of settings."""

    title: str
    act: Callable[[], None] | None = None
    key: str = ""
    edits: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu; None among its items is a line. `is_edit`: toolkits that bring their own leave it out."""

    title: str
    items: Sequence[Item | None]
    is_edit: bool = False


def menus(acts: Acts) -> list[Menu]:
    """In the language that is current."""
    return [
        Menu(
            shown(say("File")),
            [
                Item(shown(say("Open photo…")), acts.open_files, "Ctrl+O"),
                Item(shown(say("Show videos folder")), acts.show_videos),
                None,
                Item(shown(say("Close")), acts.close, "Ctrl+W"),
                Item(shown(say("Quit")), acts.close, "Ctrl+Q"),  # the same, of one window
            ],
        ),
        Menu(
            shown(say("Edit")),
            [
                Item(shown(say("Undo")), key="Ctrl+Z", edits="Undo"),
                Item(shown(say("Redo")), key="Ctrl+Shift+Z", edits="Redo"),
                None,
                Item(shown(say("Cut")), key="Ctrl+X", edits="Cut"),
                Item(shown(say("Copy")), key="Ctrl+C", edits="Copy"),
                Item(shown(say("Paste")), key="Ctrl+V", edits="Paste"),
                Item(shown(say("Select all")), key="Ctrl+A", edits="SelectAll"),
            ],
            is_edit=True,
        ),
        Menu(
            shown(say("View")),
            [
                Item(shown(say("Reload")), acts.reload, "Ctrl+R"),
                Item(shown(say("Full screen")), acts.full_screen, "F11"),
                None,
                Item(shown(say("Zoom in")), lambda: acts.zoom_by(1), "Ctrl++"),
                Item(shown(say("Zoom out")), lambda: acts.zoom_by(-1), "Ctrl+-"),
                Item(shown(say("Actual size")), lambda: acts.zoom_by(0), "Ctrl+0"),
            ],
        ),
        Menu(
            shown(say("Help")),
            [
                Item(shown(say("Keyboard shortcuts")), acts.show_keys),
                *([Item(shown(say("Documentation")), acts.show_docs)] if paths.docs().is_dir() else []),
                None,
                Item(shown(say("About VideoAi")), acts.show_about),
            ],
        ),
    ]


def toolkits_words() -> dict[str, str]:
    """What pywebview itself says in dialogs and in a Mac's menus, by its own names, in the language that is current."""
    return {
        "global.ok": shown(say("OK")),
        "global.quit": shown(say("Quit")),
        "global.cancel": shown(say("Cancel")),
        "global.saveFile": shown(say("Save")),
        "cocoa.menu.about": shown(say("About")),
        "cocoa.menu.services": shown(say("Services")),
        "cocoa.menu.view": shown(say("View")),
        "cocoa.menu.edit": shown(say("Edit")),
        "cocoa.menu.hide": shown(say("Hide")),
        "cocoa.menu.hideOthers": shown(say("Hide others")),
        "cocoa.menu.showAll": shown(say("Show all")),
        "cocoa.menu.quit": shown(say("Quit")),
        "cocoa.menu.fullscreen": shown(say("Full screen")),
        "cocoa.menu.cut": shown(say("Cut")),
        "cocoa.menu.copy": shown(say("Copy")),
        "cocoa.menu.paste": shown(say("Paste")),
        "cocoa.menu.selectAll": shown(say("Select all")),
        "linux.openFile": shown(say("Open photo…")),
        "linux.openFiles": shown(say("Open photo…")),
    }
