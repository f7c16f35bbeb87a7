"""Files that the window was given reach the page as if they had been dropped on it: in pieces, through a script.

So the page needs no way to ask for a file, and the server none that takes a path.
"""

from __future__ import annotations

import base64
import json
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from videoai.errors import BadInput
from videoai.language import say
from videoai.media.photo_decoder import MAX_BYTES
from videoai.system.reasons import reason

_PIECE = 1 << 20
_LOOK_SECONDS = 0.1

RunScript = Callable[[str], Any]

_READY = "document.documentElement?.dataset.takesFiles === 'yes'"
_PIECE_OF = "window.dispatchEvent(new CustomEvent('videoai:given', {{ detail: {} }}));"


def checked(path: Path) -> Path:
    """A file that can be given to the page, by its full path. Raises BadInput."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(say("{path} is not a file.", path=path), say("Name a photo, or a video made with VideoAi."))
        with path.open("rb"):
            pass
    except OSError as error:
        raise BadInput(
            say("{path} cannot be read: {reason}.", path=path, reason=reason(error)), say("Check the path.")
        ) from error
    if status.st_size > MAX_BYTES:
        raise BadInput(
            say("{path} is too large for a photo.", path=path), say("Name a photo, or a video made with VideoAi.")
        )
    return path.absolute()


def wait_for_page(run: RunScript) -> None:
    """Wait until the page takes files, as it does once it is built; for as long as it takes."""
    while not run(_READY):
        time.sleep(_LOOK_SECONDS)


def give(run: RunScript, files: Sequence[Path]) -> None:
    """Give them to the page, all at once as one drop would. Raises OSError."""
    for number, path in enumerate(files):
        with path.open("rb") as file:
            more = True
            while more:  # of an empty file too, for the page to say so
                piece = file.read(_PIECE)
                run(_told(number, path.name, piece))
                more = len(piece) == _PIECE
    run(_PIECE_OF.format(json.dumps({"files": len(files)})))


def _told(number: int, name: str, piece: bytes) -> str:
    detail = {"number": number, "name": name, "piece": base64.b64encode(piece).decode("ascii")}
    return _PIECE_OF.format(json.dumps(detail))
