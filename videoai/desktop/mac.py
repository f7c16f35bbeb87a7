"""“Open with VideoAi”, and a photo dropped on its icon: a Mac tells the application of these, not the command line.

Written by Apple's documentation of NSApplicationDelegate and by PyObjC's; not tried on a Mac.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from videoai.desktop.toolkit import Shell


def take_opened_files(shell: Shell) -> None:
    """Let pywebview's delegate of the application hand on what it is told to open."""
    import objc
    from webview.platforms.cocoa import BrowserView

    def application_openFiles_(self: Any, application: Any, names: Any) -> None:  # noqa: N802 (Apple's name)
        shell.take([Path(str(name)) for name in names])
        application.replyToOpenOrPrint_(0)  # NSApplicationDelegateReplySuccess

    objc.classAddMethod(BrowserView.AppDelegate, b"application:openFiles:", application_openFiles_)
