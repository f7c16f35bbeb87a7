"""The process in which a video is made: python -m videoai.jobs.worker FOLDER

The photo is in the folder, and perhaps the state of an earlier run; the task is the first line on stdin, and what
is made lies in the folder in the end. Whatever kills it, the state of the last step is there, and its parent lives. It
ends with that: when the pipe from it closes. Messages go to stdout, everything else to stderr.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from videoai.engines.base import Plan
from videoai.engines.registry import engine_of
from videoai.errors import EXIT_INTERRUPTED, VideoAiError
from videoai.events import Checkpoint, Event, FramesKept
from videoai.formats import published_path
from videoai.history.folder import STATE
from videoai.history.publishing import encoded_name
from videoai.history.source import Source
from videoai.history.task import Task, read_photo
from videoai.jobs.pausing import Pauses
from videoai.language import say
from videoai.memory.planner import PlannedRun
from videoai.system import child, offline
from videoai.system.deleting import must_delete
from videoai.system.files import write_errors
from videoai.system.machine import Heartbeat, Machine
from videoai.system.messages import CANCEL, GO_ON, PAUSE, Done, Failed, Planned, Written

if TYPE_CHECKING:
    from videoai.engine_run import StageClock
    from videoai.kept_frames import GivenFrames

_HEARTBEAT_SECONDS = 2.0


class CancelAsked(BaseException):
    """The run is to end."""


class Pipe(child.Parent):
    """Both directions of the talk with the parent."""

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = threading.Event()
        self._pauses = Pauses()
        child.end_with_parent(self._hear)  # then nobody waits for this video, and the state is safe at any moment
        threading.Thread(target=self._beat, daemon=True).start()

    def made(self, name: str) -> None:
        """Say that the file of this name is in the folder."""
        self.send(Written(name))

    def on_event(self, event: Event) -> None:
        """Pass an event on. Raises CancelAsked."""
        if self._cancelled.is_set():
            raise CancelAsked
        super().on_event(event)

    def _hear(self, said: bytes) -> None:
        for word in said.splitlines(keepends=True):  # each was written whole
            if word == CANCEL:
                self._cancelled.set()
                self._pauses.end()
            elif word == PAUSE:
                self._pauses.begin()
            elif word == GO_ON:
                self._pauses.end()

    def _beat(self) -> None:
        while True:
            machine = Machine.now()
            self.send(Heartbeat(machine.own, machine.available, machine.pressure))
            time.sleep(_HEARTBEAT_SECONDS)


def main(folder: Path) -> int:
    """Make the video of the job in `folder` and return the exit code."""
    child.prepare()
    given = child.first_line()
    pipe = Pipe()
    try:
        task = Task.from_dict(given)
        if task.offline:
            offline.close()
        _step_back(gentle=task.gentle)
        pipe.send(_make(task, folder, pipe))
    except VideoAiError as error:
        pipe.send(Failed(error.to_dict()["error"]))
        return error.exit_code
    except CancelAsked:
        return EXIT_INTERRUPTED
    return 0


def _step_back(*, gentle: bool) -> None:
    """Leave the machine usable, and awake."""
    os.nice(2 * child.NICENESS if gentle else child.NICENESS)
    if gentle:
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 2) - 1)))
    if sys.platform == "darwin":
        command = ["/usr/bin/caffeinate", "-i", "-w", str(os.getpid())]
        subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 (no shell, nothing of the user's)


def _make(task: Task, folder: Path, pipe: Pipe) -> Done:
    from videoai.engine_run import GENTLE_REST, RunConfig, StageClock
    from videoai.jobs.pictures import Pictures
    from videoai.pipeline import make_clip
    from videoai.system.machine import peak_bytes

    photo = read_photo(folder)
    pictures = Pictures(folder, photo.pixels, task.settings.all_frames, on_written=pipe.made)

    def on_event(event: Event) -> None:
        pictures.hear(event)
        if isinstance(event, Checkpoint):
            pipe.made(STATE)
        elif isinstance(event, FramesKept):
            pipe.made(event.name)
        pipe.on_event(event)

    def on_plan(planned: PlannedRun) -> None:
        pipe.send(Planned(planned.to_dict()))
        gc.freeze()  # torch is loaded and stays: the collections between the stages pass it over

    config = RunConfig(
        task.encoder,
        task.offline,
        task.memory_limit,
        task.force,
        previous_plan=_previous_plan(task),
        out_of_memory=task.died,
        state=folder / STATE,
        keep=folder,
        rest=GENTLE_REST if task.gentle else 0.0,
    )
    clock, target = StageClock(on_event), folder / f"clip{task.suffix}"
    must_delete(published_path(target))  # of an attempt that was killed just after it
    given = None if task.source is None else _given(task, task.source, folder, clock)
    clip = make_clip(photo, task.settings, target, clock, config, on_plan, given)
    pictures.finish()
    video = encoded_name(clip.path.suffix)  # all else is there before the video is, which is not made again
    with write_errors(folder / video):
        clip.path.rename(folder / video)
    pipe.made(video)
    return Done(clock.finish(), peak_bytes())


def _given(task: Task, source: Source, folder: Path, clock: StageClock) -> GivenFrames:
    """The clip that is to be finished. Raises VideoAiError if its frames are not there any more."""
    from videoai.kept_frames import GivenFrames, kept_clip
    from videoai.media.clip import read_clip

    if source.file is not None:
        path = folder / source.file
        read = partial(read_clip, path, source.clip.width, source.clip.height)
        return GivenFrames(source.clip, task.settings, read, source.told)
    found = kept_clip(folder, task.settings, lambda event: None)
    if found is None:
        raise VideoAiError(
            say("The frames kept of this video are gone or damaged."), say("Finish the video itself: name its file.")
        )
    return replace(found, told=source.told)


def _previous_plan(task: Task) -> Plan | None:
    """That of the attempt before. One that this version cannot read is made anew."""
    try:
        return None if task.plan is None else engine_of(task.settings.model).read_plan(task.plan)
    except ValueError:
        return None


if __name__ == "__main__":
    child.leave(main(Path(sys.argv[1])))
