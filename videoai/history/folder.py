"""What is in the folder of a job, and what of it outlives the run."""

from __future__ import annotations

import os

from videoai.system import paths
from videoai.system.deleting import Left, delete, must_delete
from videoai.system.paths import files_in

PHOTO = "photo.png"
"""The picture that the video begins with, fitted to its shape."""
TASK = "task.json"
STATE = "state.safetensors"
ERRORS = "errors.log"
"""What the child process wrote to stderr."""
PREVIEW = "preview.webp"
"""All frames side by side, as far as they are known: see pictures.py."""
POSTER = "poster.jpg"
PUBLISHED = "published.json"
"""Where the video went, and its digest: see publishing.py."""
EXPORT = "export"
"""What the kinds of video that are made on demand begin with: see web/routes/job_files.py."""

_KEPT = {PHOTO, TASK, PREVIEW, POSTER, PUBLISHED}


def has_steps(job_id: str) -> bool:
    """Whether a run can go on from a step of its own."""
    return os.path.isfile(paths.job_folder(job_id) / STATE)  # not what Path asks, which some refusals end


def saved_mark(job_id: str) -> str:
    """A mark of the state that is saved of a run, another one after each step; empty if there is none."""
    try:
        state = (paths.job_folder(job_id) / STATE).stat()
    except OSError:
        return ""
    return f"{state.st_mtime_ns}:{state.st_size}"


def delete_steps(job_id: str) -> None:
    """Let the next run begin at the beginning. Raises NotDeleted."""
    must_delete(*(paths.job_folder(job_id) / name for name in (STATE, PREVIEW)))


def delete_leftovers(job_id: str) -> list[Left]:
    """Once the video is where it was wanted: keep what the history shows, remove what the run needed.

    What the disk does not let go of is returned, and tried again later: see cleanup.py. The video is there, whatever
    it says.
    """
    needed = [
        path
        for path in files_in(paths.job_folder(job_id))
        if path.name not in _KEPT and not path.name.lstrip(".").startswith(EXPORT)
    ]
    return [left for path in needed if (left := delete(path)) is not None]


def delete_folder(job_id: str) -> None:
    """Remove all of it. The video is not in there. Raises NotDeleted."""
    must_delete(paths.job_folder(job_id))
