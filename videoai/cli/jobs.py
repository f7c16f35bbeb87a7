"""videoai jobs and videoai resume: what was asked for, what became of it, and going on with what was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from videoai.cli import completing
from videoai.cli.arguments import print_option
from videoai.cli.flags import options
from videoai.cli.groups import ListingGroup
from videoai.cli.info import lines_of
from videoai.cli.screen import minute, tell, tell_json, tell_rows
from videoai.errors import BadInput, VideoAiError
from videoai.history.job import QUEUED, RUNNING, STOPPED, UNFINISHED, WORDS
from videoai.language import printable, say, shown
from videoai.options import OPTIONS
from videoai.resolving import recorded
from videoai.system import paths

if TYPE_CHECKING:
    from videoai.cli.batch import Member
    from videoai.cli.running import Shown
    from videoai.history.job import Job
    from videoai.history.store import JobStore

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _job(*states: str) -> Callable[[Any], Any]:
    """The argument of a verb for jobs in these states, or in any."""
    return click.argument("job", metavar="JOB", shell_complete=completing.jobs(*states))


@click.group(cls=ListingGroup)
def jobs() -> None:
    """List, show, rename, cancel, retry, remove and restore your videos, and pause the queue.

    JOB is a job's id, or the beginning of one if no other job's begins the same way.

    “videoai jobs” alone lists them.
    """


@jobs.command("list")
@click.option("--all", "everything", is_flag=True, help="List all of them, not only the last 20.")
@_as_json
def list_(everything: bool, as_json: bool) -> None:
    """List the jobs, newest first."""
    from videoai.history.line import is_paused
    from videoai.jobs.queue import PAUSED

    store = looked_at()
    if is_paused(store):
        tell(PAUSED, err=True)
    found = [store.leases.as_it_is(job) for job in store.jobs(limit=None if everything else 20)]
    if as_json:
        tell_json([job.to_dict() for job in found])
        return
    if not found:
        tell(say("You haven't made a video yet. Start with: videoai photo.jpg"))
        return
    rows = [(job.id, _state(job), _called(job), str(job.settings.get("model", "–")), job.output or "") for job in found]
    tell_rows((say("Job"), say("State"), say("Photo"), say("Model"), say("Video")), rows)


def _called(job: Job) -> str:
    return f"★ {job.title}" if job.favourite else job.title


def _state(job: Job) -> str:
    if job.state == "running" and job.total:
        from videoai.finishing.registry import stage_title

        what = stage_title(job.stage or "")
        return say("{what}: {step}/{total}", what=what, step=job.step, total=job.total)
    return WORDS[job.state]


@jobs.command()
@_job()
@_as_json
def show(job: str, as_json: bool) -> None:
    """Show everything about a JOB."""
    from videoai.history import bin
    from videoai.history.folder import kept_bytes
    from videoai.system.units import size

    store = looked_at()
    found = store.leases.as_it_is(store.get(job))
    kept = kept_bytes(found.id)
    if as_json:
        tell_json(found.to_dict() | {"kept_bytes": kept})
        return
    lines = [f"{found.id}: {found.title}, {shown(_state(found))}"]
    if found.binned is not None:
        lines.append("  " + shown(say("In the bin until {day}", day=minute(bin.until(found)))))
    lines += lines_of({**found.settings, **({"video": found.output} if found.output else {})})
    if kept:
        lines.append("  " + shown(say("Frames kept for finishing it anew: {size}", size=size(kept))))
    if found.reason:
        lines += [f"  {shown(found.reason['message'])}", f"  {shown(found.reason.get('hint', ''))}"]
    for line in lines:
        click.echo(printable(line))


@jobs.command()
@_job()
@click.argument("name", metavar="NAME")
@_as_json
def rename(job: str, name: str, as_json: bool) -> None:
    """Give a JOB another NAME. The video's file keeps its own."""
    from videoai.history.marks import mark

    store = looked_at()
    after = mark(store, store.get(job).id, title=name)
    if as_json:
        tell_json(after.to_dict())
    else:
        tell(say("{id} is called “{title}” now.", id=after.id, title=after.title))


@jobs.command()
@_job()
@click.option("--off", is_flag=True, help="Take it from the favourites.")
@_as_json
def favourite(job: str, off: bool, as_json: bool) -> None:
    """Make a JOB a favourite: the list marks it with a star."""
    from videoai.history.marks import mark

    store = looked_at()
    after = mark(store, store.get(job).id, favourite=not off)
    if as_json:
        tell_json(after.to_dict())
    elif off:
        tell(say("{id} is no favourite any more.", id=after.id))
    else:
        tell(say("{id} is a favourite now.", id=after.id))


@jobs.command()
@_job(QUEUED, RUNNING, STOPPED)
@_as_json
def cancel(job: str, as_json: bool) -> None:
    """Cancel a JOB that is queued, running or stopped. “videoai resume” continues it later."""
    store = opened()
    found = store.get(job)
    store.cancel(found.id)
    after = store.get(found.id)
    if after.state == RUNNING and not as_json:  # its program hears of it in a moment
        tell(say("{id} is being cancelled.", id=after.id))
    else:
        _tell(after, as_json=as_json)


@jobs.command()
@_job(*UNFINISHED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else, on stdout.")
@print_option
@click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
@click.pass_context
def retry(ctx: click.Context, job: str, as_json: bool, printed: str | None, quiet: bool) -> int:
    """Run a failed, cancelled or stopped JOB again from the beginning. “videoai resume” keeps its steps."""
    from videoai.cli.running import how_shown

    store = opened()
    how = how_shown(None, as_json=as_json, quiet=quiet, printed=printed)
    return _go_on(ctx, store, [_not_done(store.get(job))], how, {}, anew=True)


@jobs.command()
@_job()
@_as_json
def remove(job: str, as_json: bool) -> None:
    """Remove a JOB and its files from the list, or from the bin. The video stays where it is."""
    from videoai.history.erase import erase_job

    store = opened()
    found = store.get(job)
    erase_job(store, found.id, video=False)
    if as_json:
        tell_json({"id": found.id})
    else:
        tell(say("Removed {id}.", id=found.id))


@click.command()
@click.argument("job", metavar="[JOB]", required=False, shell_complete=completing.jobs(QUEUED, *UNFINISHED))
@options([OPTIONS["output"], OPTIONS["overwrite"]])
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else, on stdout.")
@print_option
@click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
@click.pass_context
def resume(
    ctx: click.Context,
    job: str | None,
    output: str | None,
    overwrite: bool | None,
    as_json: bool,
    printed: str | None,
    quiet: bool,
) -> int:
    """Continue a stopped video: the latest one, or JOB. Of several made together, all that are not done.

    It continues from its last step. The result is the same, byte for byte, as if you had never stopped it. With
    --output, it goes to another place than you first asked for.
    """
    from videoai.batch.sheet import Sheet
    from videoai.cli.batch import write_sheets
    from videoai.cli.redirecting import redirect_all
    from videoai.cli.running import how_shown
    from videoai.outputs import Output

    store = opened()
    how = how_shown(output, as_json=as_json, quiet=quiet, printed=printed)
    how = replace(how, relative=Output(output).is_relative())
    jobs = [_not_done(store.get(job))] if job is not None else _latest(store)
    asked_anew = output is not None or overwrite is not None
    there = redirect_all(jobs, output, overwrite, how) if asked_anew else {}
    code = _go_on(ctx, store, jobs, how, there)
    origin = jobs[0].origin
    if job is None and origin.get("batch"):
        done = [found for found in reversed(store.jobs(["done"])) if found.origin.get("batch") == origin["batch"]]
        write_sheets([Sheet(Path(target)) for target in origin.get("sheets", [])], done, how)
    return code


def _latest(store: JobStore) -> list[Job]:
    """The latest one that is not done, or all of those that were made together with it. Raises BadInput."""
    from videoai.history.search import queue_of

    left = store.jobs(UNFINISHED)
    if not left:
        hint = say("To see your videos: videoai jobs list")
        if queue_of(store):
            hint = say("Those in the queue are made by the web app. To start it: videoai serve")
        raise BadInput(say("There is no video to continue."), hint)
    if batch := left[0].origin.get("batch"):
        return [found for found in reversed(left) if found.origin.get("batch") == batch]
    return left[:1]


def _not_done(job: Job) -> Job:
    if job.state == "done":
        raise BadInput(
            say("Job {id} is already done: {output}.", id=job.id, output=job.output),
            say("To make it again: videoai PHOTO --like VIDEO"),
        )
    return job


def _go_on(
    ctx: click.Context,
    store: JobStore,
    jobs: Sequence[Job],
    how: Shown,
    there: Mapping[str, Path],
    *,
    anew: bool = False,
) -> int:
    """Make these, as the videos of one call, but for those that are `there` already; return the exit code."""
    from videoai.cli.batch import Batch
    from videoai.history.owner import Owner

    for job in jobs:
        if job.id not in there:
            store.retry(job.id, anew=anew, keeper=Owner.this_process())
    return Batch(store, list(_members(jobs, there, relative=how.relative)), how).run(ctx.obj["check_interrupt"])


def _members(jobs: Sequence[Job], there: Mapping[str, Path], *, relative: bool) -> Iterator[Member]:
    from videoai.batch.outcome import SKIPPED, Asked, Outcome
    from videoai.batch.photos import name_of
    from videoai.cli.batch import Member
    from videoai.history.task import Submission

    for index, job in enumerate(jobs, start=1):
        title = job.title
        if len(jobs) > 1:
            title = say("{name} ({number} of {count})", name=title, number=index, count=len(jobs))
        photo, limit = job.title, None
        with suppress(VideoAiError):  # a damaged folder: its run says so
            wanted = Submission.read(paths.job_folder(job.id))
            photo, limit = name_of(Path(wanted.photo)), wanted.task.memory_limit
        asked = Asked(recorded(job.settings), limit)
        source = "clip" if "source" in job.origin else "photo"
        ended = Outcome(SKIPPED, there=there[job.id]) if job.id in there else None
        yield Member(index, photo, title, job.id, asked, ended, relative=relative, source=source)


def looked_at() -> JobStore:
    """The history, for looking: that changes nothing."""
    from videoai.history.recovery import open_store

    return open_store(lambda notice: tell(notice, err=True))


def opened() -> JobStore:
    """The history, for doing something: what a program that was killed had in hand waits again, or is stopped, and what
    has had its time in the bin is deleted."""
    from videoai.history.cleanup import clean_bin
    from videoai.jobs.local import LocalRunner

    store = looked_at()
    store.leases.requeue_lost(LocalRunner().end_left_over)
    clean_bin(store, time.time())
    return store


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json:
        tell_json(job.to_dict())
    else:
        tell(say("{id} is {state}.", id=job.id, state=WORDS[job.state]))
