"""Running a job in the foreground: its progress on the screen, its end as a line or an error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from videoai.errors import EXIT_INTERRUPTED, from_dict

if TYPE_CHECKING:
    from videoai.events import Event
    from videoai.jobs.job import Job
    from videoai.jobs.store import JobStore


@dataclass(frozen=True, slots=True)
class Shown:
    """How a run is shown. `relative`: the video's path was asked for relative to the current folder; `prepared` are
    the seconds of the stages before the job began."""

    title: str
    as_json: bool = False
    quiet: bool = False
    relative: bool = False
    prepared: dict[str, float] = field(default_factory=dict)


def run_job(store: JobStore, job_id: str, shown: Shown, check_interrupt: Callable[[object], None]) -> int:
    """Run a queued job to its end and tell of it; return the exit code. Raises what ended it as a VideoAiError."""
    from videoai.cli.progress import progress
    from videoai.jobs.supervisor import Supervisor

    with progress(shown.title, quiet=shown.quiet) as show:

        def on_event(event: Event) -> None:
            check_interrupt(None)
            show(event)

        try:
            job = Supervisor(store).run(job_id, on_event)
        except KeyboardInterrupt as error:
            error.remains = f"to go on with this video: videoai resume {job_id}"  # type: ignore[attr-defined]
            raise
    if job.state == "cancelled":
        print(f"Cancelled. To go on with it: videoai resume {job.id}", file=sys.stderr)
        return EXIT_INTERRUPTED
    if job.state == "failed":
        raise from_dict(job.reason or {})
    path = os.path.relpath(job.output) if shown.relative and job.output else job.output
    seconds = shown.prepared | job.seconds
    print(json.dumps(_result(job, path, seconds)) if shown.as_json else f"Wrote: {path}", flush=True)
    if not shown.quiet and not shown.as_json:
        _summary(job, sum(seconds.values()))
    return 0


def _result(job: Job, path: str | None, seconds: dict[str, float]) -> dict[str, Any]:
    """The shape that other tools read."""
    bits = (job.plan or {}).get("bits")
    precision = str(bits) if bits and job.settings["model"] != "draft" else None
    return {
        "path": path,
        "settings": job.settings | ({} if precision is None else {"precision": precision}),
        "model": job.settings["model"],
        "plan": job.plan,
        "seconds": {stage: round(seconds, 3) for stage, seconds in seconds.items()},
        "peak_bytes": job.peak_bytes,
    }


def _summary(job: Job, seconds: float) -> None:
    settings = job.settings
    print(
        f"  {settings['width']}×{settings['height']}, {settings['frames']} frames at {settings['fps']} fps, model "
        f"{settings['model']}, seed {settings['seed']}, in {seconds:.1f} s",
        file=sys.stderr,
    )
