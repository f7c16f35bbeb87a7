"""What this program is called where it runs: a sentence names commands that whoever reads it can type."""

from __future__ import annotations

import os
import sys
from functools import cache

NAME = "videoai"
"""What it is called in all sentences as they are written."""

_SCRIPTS = ("generate_video.py", "app.py")
"""The two that are there where no package is installed; the first knows all verbs."""


@cache
def program() -> str:
    """What one types for “videoai”: just that if the shell finds it; else what this process was started by."""
    if _is_found(NAME):
        return NAME
    import shlex  # here: the command line begins with this module

    # A program that has Python in itself may have started with neither.
    python, script = (next(iter(words), "") for words in (sys.orig_argv, sys.argv))
    python, (folder, name) = shlex.quote(python), os.path.split(script)
    if name == NAME:  # in an environment that is not activated
        return shlex.quote(script)
    if name in _SCRIPTS:
        return f"{python} {shlex.quote(os.path.join(folder, _SCRIPTS[0]))}"
    return f"{python} -m {NAME}" if (os.path.basename(folder), name) == (NAME, "__main__.py") else NAME


def _is_found(name: str) -> bool:
    """Whether the shell finds a program. As shutil.which does it, which takes long to load."""
    places = (os.path.join(folder, name) for folder in os.environ.get("PATH", "").split(os.pathsep))
    return any(os.path.isfile(path) and os.access(path, os.X_OK) for path in places)


def as_called(text: str, *, template: bool = False) -> str:
    """A text in which each command is written as it is typed here. In a template braces are doubled."""
    typed = program()
    if typed == NAME:
        return text
    import re

    if template:
        typed = typed.replace("{", "{{").replace("}", "}}")
    return re.sub(rf"(?<![\w./-]){NAME}(?= [-a-zA-Z{{])", lambda _: typed, text)
