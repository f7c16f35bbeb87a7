"""Where the subject of a kept photo is, for the crop to begin there: looked for by a process of its own, once."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from videoai.system import processes
from videoai.web.answers import Answers
from videoai.web.photos import Kept

_PROCESS = "videoai.engines.draft.focal_point_process"
_PATIENCE_SECONDS = 30.0
"""It takes one or two; a crop that begins in the middle is no reason to wait longer."""
_REMEMBERED = 100

_log = logging.getLogger("videoai.web")

Point = tuple[float, float]


class Subjects:
    """Finds them, for any number of threads."""

    def __init__(self) -> None:
        self._points = Answers(_looked_for, _REMEMBERED)

    def point_of(self, photo: Kept) -> Point | None:
        """As fractions across and down; None where no subject is surely found."""
        return self._points(photo.path)


def _looked_for(photo: Path) -> Point | None:
    try:
        done = processes.run(_PROCESS, str(photo), seconds=_PATIENCE_SECONDS)
        found = json.loads(done.stdout)
        return None if found is None else (float(found[0]), float(found[1]))
    except (OSError, ValueError) as error:  # the crop begins in the middle, as it does where nothing is found
        _log.warning("The subject of a photo could not be looked for: %s", error)
        return None
