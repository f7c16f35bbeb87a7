"""One attempt at the video of a job: from what its folder keeps, through a run, to the name that the user wants."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from videoai.errors import Postponed, VideoAiError
from videoai.history.folder import NEAR, PHOTO, STATE, kept_frames
from videoai.history.job import Job
from videoai.history.publishing import Publication
from videoai.history.task import Submission
from videoai.jobs.artifacts import OnDisk
from videoai.jobs.monitor import ATTEND_SECONDS, Monitor
from videoai.jobs.pausing import pause_with_us
from videoai.jobs.runner import Cancelled, End, Runner, Work
from videoai.language import say
from videoai.system import paths
from videoai.system.deaths import Death
from videoai.system.messages import Done, Failed
from videoai.system.reasons import reason

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Published:
    """The video has its name."""

    path: Path
    done: Done


class NotNow(VideoAiError):
    """What a job needs cannot be had at this moment: it waits."""


def make(
    job: Job, monitor: Monitor, runner: Runner, stopping: threading.Event
) -> Published | Failed | Cancelled | Death:
    """Let the video of a job be made, and give it its name; how that ended.

    Raises NotNow, what `monitor` raises, and Postponed once `stopping` is set: then its run has ended.
    """
    folder = paths.job_folder(job.id)
    publication = Publication(folder)
    wanted = _tried(lambda: _prepared(job, folder, publication))
    if isinstance(wanted, Failed):
        return wanted
    if publication.is_encoded():  # an earlier program got as far as that
        ended: End = Done({}, None)
    else:
        ended = _ran(job, wanted, monitor, runner, stopping)
    if not isinstance(ended, Done):
        return ended
    if monitor.video_trouble is not None:
        return _failed(monitor.video_trouble)
    path = _tried(lambda: publication.publish(wanted, monitor.tell))
    return path if isinstance(path, Failed) else Published(path, ended)


def _ran(job: Job, wanted: Submission, monitor: Monitor, runner: Runner, stopping: threading.Event) -> End:
    try:
        run = runner.start(_work(job, wanted))
    except OSError as error:
        hint = say("The video stays in the queue. Close some programs, or restart VideoAi.")
        if job.foreground:
            hint = say("Close some programs, then continue: videoai resume {id}", id=job.id)
        raise NotNow(
            say("VideoAi could not start a process to make the video: {reason}.", reason=reason(error)), hint
        ) from error
    except VideoAiError as error:
        return _failed(error)
    try:
        pause_with_us(run)
        monitor.begin(run, wanted)
        for event in run.events(ATTEND_SECONDS / 4):
            monitor.hear(event)
            if stopping.is_set():
                raise Postponed
        return run.end()
    except BaseException:
        run.kill()
        run.end()
        raise


def _prepared(job: Job, folder: Path, publication: Publication) -> Submission:
    """What was asked for, if that can still be made. Raises VideoAiError; NotNow if that cannot be told."""
    try:
        if not _is_there(folder):
            raise _gone()
    except OSError as error:
        hint = say("The video stays in the queue. Check that you can use that folder and that its disk is connected.")
        if job.foreground:
            hint = say(
                "Check that you can use that folder and that its disk is connected, then continue: videoai resume {id}",
                id=job.id,
            )
        raise NotNow(
            say("The folder {folder} cannot be used: {reason}.", folder=folder, reason=reason(error)), hint
        ) from error
    wanted = Submission.read(folder)
    publication.check_writable(wanted)
    return wanted


def _work(job: Job, wanted: Submission) -> Work:
    """Raises VideoAiError if the photo is gone."""
    folder = paths.job_folder(job.id)
    if not (folder / PHOTO).is_file():
        raise _gone()
    near, state = (OnDisk(path) if (path := folder / name).is_file() else None for name in (NEAR, STATE))
    source = wanted.task.source
    files = [] if source is None or source.file is None else [folder / source.file]
    frames = tuple(map(OnDisk, [*kept_frames(job.id), *files]))
    return Work(job.id, wanted.task.to_dict(), OnDisk(folder / PHOTO), near, state, frames)


def _tried(act: Callable[[], _T]) -> _T | Failed:
    """What `act` returns, or the error that ends the job."""
    try:
        return act()
    except NotNow:
        raise
    except VideoAiError as error:
        return _failed(error)


def _failed(error: VideoAiError) -> Failed:
    return Failed(error.to_dict()["error"])


def _gone() -> VideoAiError:
    return VideoAiError(
        say("The files needed to make this video are gone."),
        say("Start again from the photo."),
    )


def _is_there(folder: Path) -> bool:
    """Raises OSError if that cannot be told, which Path.is_dir would take for a no in some versions of Python."""
    try:
        return stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
