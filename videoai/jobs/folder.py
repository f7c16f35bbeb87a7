"""What is in the folder of a job, and what of it outlives the run."""

from __future__ import annotations

import shutil

from videoai import paths

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

_KEPT = {PHOTO, TASK, PREVIEW, POSTER, PUBLISHED}


def has_steps(job_id: str) -> bool:
    """Whether a run can go on from a step of its own."""
    return (paths.job_folder(job_id) / STATE).is_file()


def what_is_saved(job_id: str) -> str:
    """A mark of the state that is saved of a run, another one after each step; empty if there is none."""
    try:
        state = (paths.job_folder(job_id) / STATE).stat()
    except OSError:
        return ""
    return f"{state.st_mtime_ns}:{state.st_size}"


def forget_steps(job_id: str) -> None:
    """Let the next run begin at the beginning."""
    for name in (STATE, PREVIEW):
        (paths.job_folder(job_id) / name).unlink(missing_ok=True)


def tidy(job_id: str) -> None:
    """Once the video is where it was wanted: keep what the history shows, remove what the run needed."""
    for path in paths.job_folder(job_id).iterdir():
        if path.name in _KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def discard(job_id: str) -> None:
    """Remove all of it. The video is not in there."""
    shutil.rmtree(paths.job_folder(job_id), ignore_errors=True)
