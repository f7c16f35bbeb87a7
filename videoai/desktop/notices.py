"""The system's own notice. It names no photo: what a program is called with, all users of a computer can read."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence

from videoai.system import paths

_SECONDS = 10.0
_OSASCRIPT = "/usr/bin/osascript"

_log = logging.getLogger("videoai.desktop")


def notify(title: str, words: str) -> None:
    """Show it, where the system has a way; elsewhere the window itself asks for attention."""
    command = _command(title, words)
    if command is None:
        return
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)  # noqa: S603 (words of our own)
    except (OSError, subprocess.SubprocessError) as error:
        _log.warning("The system shows no notice: %s", error)


def _command(title: str, words: str) -> Sequence[str] | None:
    if sys.platform == "darwin":
        script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
        return [_OSASCRIPT, "-e", script, title, words]
    program = shutil.which("notify-send")
    icon = paths.static() / "icon-192.png"
    return None if program is None else [program, "--app-name=VideoAi", f"--icon={icon}", "--", title, words]
