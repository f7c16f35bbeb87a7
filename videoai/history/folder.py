"""What is in the folder of a job, and what of it outlives the run."""

from __future__ import annotations

import os
from pathlib import Path

from videoai.formats import is_frames_name
from videoai.system import paths
from videoai.system.deleting import Left, delete, must_delete
from videoai.system.paths import files_in

PHOTO = "photo.png"
"""The picture that the video begins with, fitted to its shape."""
NEAR = "near.png"
"""How near each part of it is, if its file said that: see media/depth_png.py. Only a run needs it."""
TASK = "task.json"
STATE = "state.safetensors"
ERRORS = "errors.log"
"""What the child process wrote to stderr."""
PREVIEW = "preview.webp"
"""All frames side by side, as far as they are known: see pictures.py."""
POSTER = "poster.jpg"
PUBLISHED = "published.json"
"""Where the video went, and its digest: see publishing.py."""
SHEETS = "sheets.json"
"""The contact sheets that were drawn of it and of others, and their digests: see batch/drawn_sheets.py."""
MARKS = "marks.json"
"""What people say of it, as the history has it too: see marks.py."""
DUE = "due"
"""Empty; of the time at which it was seen that a job in the bin is soon to be deleted: see bin.py."""
EXPORT = "export"
"""What the kinds of video that are made on demand begin with: see web/routes/job_files.py."""

_KEPT = {PHOTO, TASK, PREVIEW, POSTER, PUBLISHED, SHEETS, MARKS, DUE}


def kept_frames(job_id: str) -> list[Path]:
    """The files with the frames that the model has made, part by part: see kept_frames.py."""
    return [path for path in files_in(paths.job_folder(job_id)) if is_frames_name(path.name)]


def kept_bytes(job_id: str) -> int:
    """What those take on the disk."""
    return sum(status.st_size for status in map(_status, kept_frames(job_id)) if status)


def has_steps(job_id: str) -> bool:
    """Whether a run can go on from something of its own: a step, or frames."""
    # Not what Path asks, which some refusals end.
    return os.path.isfile(paths.job_folder(job_id) / STATE) or bool(kept_frames(job_id))


def saved_mark(job_id: str) -> str:
    """A mark of what is saved of a run, another one after each step; empty if there is nothing."""
    saved = map(_status, (paths.job_folder(job_id) / STATE, *kept_frames(job_id)))
    return " ".join(f"{status.st_mtime_ns}:{status.st_size}" for status in saved if status)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def delete_steps(job_id: str, *, frames: bool = True) -> None:
    """Let the next run begin at the beginning, which its `frames` are part of or not. Raises NotDeleted."""
    made = kept_frames(job_id) if frames else []
    must_delete(*(paths.job_folder(job_id) / name for name in (STATE, PREVIEW)), *made)


def delete_leftovers(job_id: str) -> list[Left]:
    """Once the video is where it was wanted: keep what the history shows, remove what the run needed.

    What the disk does not let go of is returned, and tried again later: see cleanup.py. The video is there, whatever
    it says.
    """
    needed = [
        path
        for path in files_in(paths.job_folder(job_id))
        if path.name not in _KEPT and not is_frames_name(path.name) and not path.name.lstrip(".").startswith(EXPORT)
    ]
    return [left for path in needed if (left := delete(path)) is not None]


def delete_folder(job_id: str) -> None:
    """Remove all of it. The video is not in there. Raises NotDeleted."""
    must_delete(paths.job_folder(job_id))
