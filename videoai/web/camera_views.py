"""What the page needs to show where the draft's camera would go: how near each part of the photo is, and the moves.

Both are the draft's own, and made by a process of their own, once: numpy and its kind stay out of the web app.
"""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any, NamedTuple

from videoai.errors import VideoAiError
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.system import processes
from videoai.web.answers import Answers
from videoai.web.photos import Kept

_DEPTH = "videoai.engines.draft.depth_process"
_MOVES = "videoai.engines.draft.moves_process"
_PATIENCE_SECONDS = 30.0
"""They take one or two."""
_REMEMBERED = 30
"""Of the maps, some 20 kB each."""

_log = logging.getLogger("videoai.web")

Moves = dict[str, dict[str, Any]]
"""What each word of the camera comes to."""


class _Framed(NamedTuple):
    """A photo as the video begins with it."""

    photo: Path
    width: int
    height: int
    fit: str
    focus: tuple[float, float]
    depth: str


class _Flight(NamedTuple):
    """What a move depends on, beside its word."""

    seed: int
    motion: int
    extend: int | None
    loops: bool


class CameraViews:
    """Finds them, for any number of threads."""

    def __init__(self) -> None:
        self._depths = Answers(_depth, _REMEMBERED)
        self._moves = Answers(_moves, _REMEMBERED)

    def depth_of(self, photo: Kept, settings: GenerationSettings) -> bytes:
        """How near each pixel of the photo is, as the video shows it: a grey PNG, from black, far away, to white.

        Raises VideoAiError.
        """
        framed = _Framed(photo.path, settings.width, settings.height, settings.fit, settings.focus, settings.depth)
        return self._depths(framed)

    def moves_of(self, settings: GenerationSettings) -> Moves:
        """What each word of the camera comes to beside these settings. Raises VideoAiError."""
        return self._moves(_Flight(settings.seed, settings.motion, settings.extend, settings.loops_whole))


def _depth(framed: _Framed) -> bytes:
    photo, *how = framed
    return base64.b64decode(_answer(_DEPTH, str(photo), json.dumps(how)))


def _moves(flight: _Flight) -> Moves:
    found: Moves = json.loads(_answer(_MOVES, json.dumps(flight)))
    return found


def _answer(module: str, *words: str) -> str:
    try:
        done = processes.run(module, *words, seconds=_PATIENCE_SECONDS)
        if done.returncode == 0:
            return done.stdout
        reason: object = done.stderr.strip().rpartition("\n")[2]
    except OSError as error:
        reason = error
    _log.warning("The camera's view could not be found: %s", reason)
    raise VideoAiError(
        say("The camera's view of this photo could not be found."), say("Your video is made without it all the same.")
    )
