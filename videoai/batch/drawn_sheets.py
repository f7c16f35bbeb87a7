"""The sheets that a batch has drawn: one of them that nobody has changed since may be drawn anew when it goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from videoai.history.folder import SHEETS
from videoai.system import paths
from videoai.system.files import whole_file
from videoai.system.hashing import sha256_of
from videoai.system.strict_json import read_json


def note_drawn(job_ids: Sequence[str], sheets: Sequence[Path]) -> None:
    """Remember these sheets of the videos of some jobs. Raises WriteFailed, BadOutput, OSError."""
    drawn = _noted(job_ids[0]) | {str(sheet.absolute()): sha256_of(sheet) for sheet in sheets}
    with whole_file(paths.job_folder(job_ids[0]) / SHEETS, replace=True) as part:
        part.write_text(json.dumps(drawn), "utf-8")


def is_drawn(job_ids: Sequence[str], sheet: Path) -> bool:
    """Whether what has this name is the sheet that was drawn for one of them, as it was."""
    try:
        digest = sha256_of(sheet)
    except OSError:
        return False
    return any(_noted(id).get(str(sheet.absolute())) == digest for id in job_ids)


def _noted(job_id: str) -> dict[str, object]:
    try:
        found = read_json((paths.job_folder(job_id) / SHEETS).read_text("utf-8"), names_files=True)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
