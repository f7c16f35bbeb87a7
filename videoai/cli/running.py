"""Running a job in the foreground: its progress on the screen, its end as a line or an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from videoai.cli.screen import send, tell_json, tell_path, tell_wrote
from videoai.cli.streams import NotTold
from videoai.errors import BadInput, BadOutput, VideoAiError, WriteFailed
from videoai.history.job import DONE
from videoai.language import say, shown
from videoai.system.reasons import reason
from videoai.system.units import length

if TYPE_CHECKING:
    from videoai.events import Event
    from videoai.history.job import Job
    from videoai.history.store import JobStore


@dataclass(frozen=True, slots=True)
class Shown:
    """How a run is shown. Of its video, stdout gets a line, JSON, `only_path`, or the video itself: `streamed`.

    `relative`: the video's path was asked for relative to the current folder; `prepared` are the seconds of the stages
    before the job began; `more` is what else its JSON says.
    """

    title: str
    as_json: bool = False
    quiet: bool = False
    only_path: bool = False
    streamed: bool = False
    relative: bool = False
    prepared: dict[str, float] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def how_shown(output: str | None, *, as_json: bool, quiet: bool, printed: str | None) -> Shown:
    """As the flags of a call say, whose video goes to `output`. Raises BadInput and BadOutput for what cannot be."""
    from videoai.outputs import Output

    streamed = Output(output).is_stream()
    if streamed and (as_json or printed):
        raise BadInput(say("Standard output is for the video here."), say("Leave out --json and --print."))
    if as_json and printed:
        raise BadInput(say("With --json, the path is in the object."), say("Leave out --print or --json."))
    if streamed and sys.stdout.isatty():
        raise BadOutput(
            say("A terminal cannot show a video."), say("Send it to a file or a program: --output - > clip.mp4")
        )
    return Shown("", as_json=as_json, quiet=quiet, only_path=printed is not None, streamed=streamed)


def run_to_end(store: JobStore, job_id: str, how: Shown, check_interrupt: Callable[[object], None]) -> Job:
    """Run a queued job, showing its progress; the job as it is when it has ended."""
    from videoai.cli.progress import progress
    from videoai.events import Notice, Stage
    from videoai.jobs.pausing import pausing
    from videoai.jobs.supervisor import Supervisor

    with progress(how.title, quiet=how.quiet) as show:

        def on_event(event: Event) -> None:
            check_interrupt(None)
            show(event)

        def on_trouble(error: VideoAiError | None) -> None:
            if error is not None:
                show(
                    Notice(say("{message} The video continues, and VideoAi tries again.", message=error.message), True)
                )

        show(Stage("start", 0))
        with pausing():
            return Supervisor(store, on_trouble=on_trouble).run(job_id, on_event)


def tell_made(store: JobStore, job: Job, how: Shown) -> None:
    """Say where the video of a job is, as scripts and people read it, in the last line; or send it on, and keep nothing
    of it. Raises WriteFailed if stdout does not take it.
    """
    path = os.path.relpath(job.output) if how.relative and job.output else job.output
    seconds = how.prepared | job.seconds
    if not how.quiet and not how.as_json:
        _summary(job, sum(seconds.values()))
    try:
        if how.streamed:
            send(str(path))
        elif how.as_json:
            tell_json(_result(job, path, seconds) | how.more)
        elif how.only_path:
            tell_path(str(path))
        else:
            tell_wrote(str(path))
    except NotTold as error:
        raise WriteFailed(_untold(how, error), say("It is here: {path}", path=path)) from error
    if how.streamed:
        from videoai.history.erase import erase_job

        erase_job(store, job.id, video=True)


def _untold(how: Shown, error: OSError) -> str:
    if how.streamed:
        return say("The video is done, but could not be written to standard output: {reason}.", reason=reason(error))
    return say(
        "The video is done, but its name could not be written to standard output: {reason}.", reason=reason(error)
    )


def tell_how_to_go_on(job: Job, interrupt: BaseException) -> None:
    """Let the sentence about an interrupt say what remains of the job."""
    remains = say("to continue this video: videoai resume {id}", id=job.id)
    if job.state == DONE:
        remains = say("the video is done: {path}", path=job.output)
    interrupt.remains = remains  # type: ignore[attr-defined]


def _result(job: Job, path: str | None, seconds: dict[str, float]) -> dict[str, Any]:
    """The shape that other tools read."""
    from videoai.history.source import video_of

    plan = job.plan or {}
    used = {"precision": str(plan["bits"])} if plan.get("bits") else {}
    used |= {"compute": plan["compute"]} if plan.get("compute") else {}
    return {
        "path": path,
        "settings": job.settings | used,
        "model": job.settings.get("model"),
        "video": video_of(job),
        "plan": job.plan,
        "seconds": {stage: round(seconds, 3) for stage, seconds in seconds.items()},
        "peak_bytes": job.peak_bytes,
    }


def _summary(job: Job, seconds: float) -> None:
    from videoai.history.source import video_of

    settings, video = job.settings, video_of(job)
    shape = {name: video[name] for name in ("width", "height", "frames", "fps")}
    made = say("{width}×{height}, {frames} frames at {fps} fps, in {time}", **shape, time=length(seconds))
    if "model" in settings:
        made = say(
            "{width}×{height}, {frames} frames at {fps} fps, model {model}, seed {seed}, in {time}",
            **shape,
            **{name: settings[name] for name in ("model", "seed")},
            time=length(seconds),
        )
    print(shown(made), file=sys.stderr)
