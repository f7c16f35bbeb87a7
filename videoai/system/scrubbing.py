"""What is written down of an error says nothing of its user: no name, no home folder, no photo, no video."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from videoai.errors import BadInput
from videoai.language import kept, printable, restored
from videoai.system import paths

_HOME = re.compile(r"(?<![\w.~])/(?:home|Users)/[^/\s'\",:;]+")
"""Also where another spelling of it, or another user's, got into a sentence."""

_REST = r"/[^'\"\n]*"


def without_home(text: str) -> str:
    """The text with “~” for the path of the user's home folder."""
    for home in _homes():
        text = text.replace(home, "~")
    return _HOME.sub("~", text)


def scrubbed(text: str, photo: str = "") -> str:
    """Without the home folder, and without the names of videos in the outputs folder; `photo`, a file's name, is
    “photo”, also where a video is called after it."""
    with suppress(BadInput):  # nobody has such a folder here
        folder = str(paths.outputs())
        text = re.sub(re.escape(folder) + _REST, lambda match: f"{folder}/…", text)
    name = Path(photo)
    if name.stem:
        text = text.replace(str(name), "photo")
        text = re.sub(rf"(?<!\w){re.escape(name.stem)}(?=[-.]\w)", "photo", text)
    return without_home(text)


def nameless(error: Mapping[str, str], photo: str) -> dict[str, str]:
    """What VideoAiError.to_dict()["error"] holds, `scrubbed`; it can still be had in any language."""
    found: dict[str, str] = restored(json.loads(scrubbed(json.dumps(kept(error), ensure_ascii=False), photo)))
    return found


def _homes() -> Iterator[str]:
    """As it is written, and as it is; the longest first, as one may be in the other. None if it is the root."""
    home = paths.user_home()
    if home is None:
        return
    found = {str(home), os.path.realpath(home)}
    yield from sorted((each for each in found if len(each) > 1), key=len, reverse=True)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        lines = scrubbed(super().format(record)).split("\n")  # an address that was asked for may hold anything
        return "\n".join(map(printable, lines))


def log_to_stderr() -> None:
    """Let everything from a warning on, of any package, go to stderr; scrubbed."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(message)s"))
    logging.getLogger().addHandler(handler)
