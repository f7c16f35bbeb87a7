"""What the window is under Qt: menus with keys, downloads, links, and the walls around the page.

pywebview makes the window and its web view; here it is given what pywebview leaves out or does otherwise (6.2: its own
saving of downloads knows Qt 5 alone).
"""

from __future__ import annotations

import os
import threading
import webbrowser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs
from qtpy import QtCore, QtGui, QtWebEngineCore, QtWidgets

from videoai.desktop.menus import Item, Menu
from videoai.desktop.remembered import Remembered
from videoai.desktop.toolkit import Closing, Shell
from videoai.language import say

_NAME = "VideoAi"
_DARK = """
QMenuBar { background: #0f0c0a; color: #f3ede7; padding: 2px 8px; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 6px; }
QMenuBar::item:selected { background: #2c2520; }
QMenu { background: #1c1714; color: #f3ede7; border: 1px solid #3a322c; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 16px; border-radius: 6px; }
QMenu::item:selected { background: #3a322c; }
QMenu::separator { height: 1px; background: #3a322c; margin: 5px 8px; }
QMessageBox { background: #1c1714; }
QMessageBox QLabel { color: #f3ede7; min-width: 300px; }
QMessageBox QLabel#qt_msgboxex_icon_label { min-width: 64px; }
QMessageBox QPushButton { background: #3a322c; color: #f3ede7; border: 1px solid #574b42; border-radius: 8px;
    padding: 8px 18px; min-width: 72px; }
QMessageBox QPushButton:hover, QMessageBox QPushButton:focus { background: #4c4239; border-color: #f3ede7; }
"""
"""The page's own colours (static/styles/tokens.css): a bright bar above a darkroom would dazzle."""
_ENTRY = "videoai"
"""What the desktop entry is called: by that, desktops find the window's icon and name."""


class _Walls(QtWebEngineCore.QWebEngineUrlRequestInterceptor):  # type: ignore[misc]
    """Lets the page ask its own server and nobody else."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._home = QtCore.QUrl(address)

    def interceptRequest(self, info: Any) -> None:  # noqa: N802 (Qt's name)
        info.block(not is_of(info.requestUrl(), self._home))


def is_of(url: Any, home: Any) -> bool:
    """Whether an address is of the server at `home`, or of what the page has made itself."""
    if url.scheme() in ("blob", "data"):
        return True
    return (url.scheme(), url.host(), url.port()) == (home.scheme(), home.host(), home.port())


class _MainThread(QtCore.QObject):  # type: ignore[misc]
    """Runs things in the thread that alone may touch windows."""

    _asked = QtCore.Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._asked.connect(lambda act: act())

    def run(self, act: Callable[[], object]) -> None:
        self._asked.emit(act)


class Qt:
    """See Toolkit in toolkit.py."""

    name = "qt"

    def __init__(self) -> None:
        self._kept: list[Any] = []  # what Qt does not own, and Python would throw away

    def prepare(self) -> None:
        os.environ.setdefault("QT_LOGGING_RULES", "qt.webengine*=false;js=false;qt.vulkan=false")
        flags = os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", "")
        os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = f"{flags} --log-level=3".strip()  # what it notes is for its makers
        application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([_ENTRY])
        application.setApplicationName(_NAME)
        application.setApplicationDisplayName("")  # or it would stand in each title a second time
        application.setDesktopFileName(_ENTRY)
        if hasattr(application.styleHints(), "setColorScheme"):  # from Qt 6.8 on
            application.styleHints().setColorScheme(QtCore.Qt.ColorScheme.Dark)
        self._main = _MainThread()

    def dress(self, window: Any, shell: Shell) -> None:
        view, profile = window.native.webview, window.native.profile
        walls = _Walls(shell.address)
        profile.setUrlRequestInterceptor(walls)
        profile.setHttpCacheType(profile.HttpCacheType.MemoryHttpCache)  # no pictures on the disk beside our own
        profile.setHttpAcceptLanguage(shell.remembered.language)
        profile.downloadRequested.connect(partial(self._save, window, shell))
        settings, attribute = profile.settings(), QtWebEngineCore.QWebEngineSettings.WebAttribute
        settings.setAttribute(attribute.FullScreenSupportEnabled, True)
        settings.setAttribute(attribute.JavascriptCanAccessClipboard, True)
        settings.setAttribute(attribute.PdfViewerEnabled, False)
        page = view.page()
        page.navigationRequested.connect(partial(_keep_home, QtCore.QUrl(shell.address)))
        page.titleChanged.connect(window.native.setWindowTitle)
        page.fullScreenRequested.connect(partial(_fill_screen, window.native))
        page.setBackgroundColor(QtGui.QColor(window.background_color))
        view.setZoomFactor(shell.remembered.zoom)
        view.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(partial(_text_menu, view, shell))
        if shell.remembered.place:
            window.native.restoreGeometry(QtCore.QByteArray.fromBase64(shell.remembered.place.encode()))
        self._kept.append(walls)
        self._put_menu(window, shell)

    def menu(self, menus: Sequence[Menu]) -> list[Any]:
        return []  # `dress` puts them, with their keys

    def renew_menu(self, window: Any, shell: Shell) -> None:
        self._main.run(partial(self._put_menu, window, shell))

    def _put_menu(self, window: Any, shell: Shell) -> None:
        bar = window.native.menuBar()
        bar.clear()
        bar.setStyleSheet(_DARK)
        for menu in shell.menus:
            entries = bar.addMenu(menu.title)
            for item in menu.items:
                if item is None:
                    entries.addSeparator()
                else:
                    self._put_item(entries, item, window.native.webview)

    def _put_item(self, entries: Any, item: Item, view: Any) -> None:
        if item.edits:
            # Behind a tab it is shown and not taken: the page has the key, of text and of what it undoes itself.
            action = entries.addAction(f"{item.title}\t{item.key}")
            action.triggered.connect(partial(_edit, view, item))
            return
        action = entries.addAction(item.title)
        action.setShortcut(QtGui.QKeySequence(item.key))
        action.triggered.connect(partial(_apart, item.act))

    def may_close(self, window: Any, question: Closing | None) -> bool:
        if question is None:
            return True
        box = _box(window, question.title, question.words)
        leave = box.addButton(question.leave, box.ButtonRole.DestructiveRole)
        stay = box.addButton(question.stay, box.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        return bool(box.clickedButton() is leave)

    def remember(self, window: Any, remembered: Remembered) -> None:
        remembered.place = bytes(window.native.saveGeometry().toBase64()).decode("ascii")
        remembered.zoom = window.native.webview.zoomFactor()

    def is_on_screen(self, remembered: Remembered) -> bool:
        return not remembered.place  # which Qt looks after itself

    def raise_up(self, window: Any) -> None:
        def act() -> None:
            native = window.native
            native.setWindowState(native.windowState() & ~QtCore.Qt.WindowState.WindowMinimized)
            native.raise_()
            native.activateWindow()

        self._main.run(act)

    def call_attention(self, window: Any) -> bool:
        is_elsewhere = not window.native.isActiveWindow()
        self._main.run(lambda: QtWidgets.QApplication.alert(window.native))
        return is_elsewhere

    def zoom(self, window: Any, factor: float) -> None:
        self._main.run(lambda: window.native.webview.setZoomFactor(factor))

    def tell(self, window: Any, title: str, words: str) -> None:
        def show() -> None:
            _box(window, title, words).exec()

        self._main.run(show)

    def show_title(self, window: Any) -> None:
        """It follows the page's by itself."""

    def _save(self, window: Any, shell: Shell, download: Any) -> None:
        """Where the user says, with the name that the server gives it."""
        proposed = platformdirs.user_downloads_path() / Path(download.downloadFileName()).name
        chosen, _ = QtWidgets.QFileDialog.getSaveFileName(window.native, shell.text(say("Save")), str(proposed))
        if not chosen:
            download.cancel()
            return
        path = Path(chosen)
        download.setDownloadDirectory(str(path.parent))
        download.setDownloadFileName(path.name)
        download.accept()


def _box(window: Any, title: str, words: str) -> Any:
    box = QtWidgets.QMessageBox(window.native)
    box.setStyleSheet(_DARK)
    box.setIconPixmap(window.native.windowIcon().pixmap(64, 64))
    box.setWindowTitle(_NAME)
    box.setText(title)
    box.setInformativeText(words)
    return box


def _apart(act: Callable[[], None] | None) -> None:
    """In a thread: what asks the page for an answer would wait for itself here."""
    if act is not None:
        threading.Thread(target=act, daemon=True).start()


def _keep_home(home: Any, request: Any) -> None:
    """What leads elsewhere opens in the browser; here nothing but our own page is ever shown."""
    if is_of(request.url(), home):
        return
    request.reject()
    link = request.NavigationType.LinkClickedNavigation
    if request.isMainFrame() and request.navigationType() == link and request.url().scheme() in ("http", "https"):
        webbrowser.open(request.url().toString())


def _fill_screen(native: Any, request: Any) -> None:
    """As the player asks for it: nothing but the page."""
    request.accept()
    native.menuBar().setVisible(not request.toggleOn())
    if request.toggleOn():
        native.showFullScreen()
    else:
        native.showNormal()


def _edit(view: Any, item: Item) -> None:
    page = view.page()
    if item.edits in ("Undo", "Redo"):  # of text, and of settings: the page knows which
        target = view.focusProxy() or view
        for kind in (QtCore.QEvent.Type.KeyPress, QtCore.QEvent.Type.KeyRelease):
            combination = QtGui.QKeySequence(item.key)[0]
            event = QtGui.QKeyEvent(kind, combination.key(), combination.keyboardModifiers())
            QtWidgets.QApplication.postEvent(target, event)
        return
    page.triggerAction(getattr(page.WebAction, item.edits))


def _text_menu(view: Any, shell: Shell, place: Any) -> None:
    """On the right button, where there is text: what can be done with it."""
    found, flags = view.lastContextMenuRequest(), QtWebEngineCore.QWebEngineContextMenuRequest.EditFlag
    can, menu = found.editFlags(), QtWidgets.QMenu(view)
    possible = {"Cut": flags.CanCut, "Copy": flags.CanCopy, "Paste": flags.CanPaste, "SelectAll": flags.CanSelectAll}
    for item in next(menu.items for menu in shell.menus if menu.is_edit):
        flag = None if item is None else possible.get(item.edits)
        if item is not None and flag is not None and can & flag and (found.isContentEditable() or found.selectedText()):
            menu.addAction(item.title).triggered.connect(partial(_edit, view, item))
    if menu.actions():
        menu.popup(view.mapToGlobal(place))
