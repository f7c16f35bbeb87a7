"""videoai jobs bin, restore and empty-bin: what was deleted on the page, until it is really deleted."""

from __future__ import annotations

import click

from videoai.cli import completing
from videoai.cli.asking import ask, types_here
from videoai.cli.jobs import looked_at, opened
from videoai.cli.screen import minute, tell, tell_json, tell_rows
from videoai.errors import BadInput
from videoai.language import say

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("bin")
@_as_json
def bin_(as_json: bool) -> None:
    """List what is in the bin: clips deleted on the page, for 7 days."""
    from videoai.history import bin
    from videoai.system.units import size

    found = bin.contents(looked_at())
    if as_json:
        tell_json([job.to_dict() | {"until": bin.until_text(job), "bytes": found.freed[job.id]} for job in found.jobs])
        return
    if not found.jobs:
        tell(say("The bin is empty."))
        return
    rows = [
        (job.id, job.title, size(found.freed[job.id]), minute(bin.until(job)), job.output or "") for job in found.jobs
    ]
    tell_rows((say("Job"), say("Photo"), say("Frees"), say("Until"), say("Video")), rows)


@click.command("restore")
@click.argument("job", metavar="JOB", shell_complete=completing.in_bin)
@_as_json
def restore_job(job: str, as_json: bool) -> None:
    """Take a JOB out of the bin: it is listed again, where it was."""
    from videoai.history import bin

    store = opened()
    found = store.get(job)
    if found.binned is None:
        raise BadInput(say("Job {id} is not in the bin.", id=found.id), say("To see what is: videoai jobs bin"))
    restored = bin.take_out(store, found.id)
    if as_json:
        tell_json(restored.to_dict())
    else:
        tell(say("Restored {id}.", id=restored.id))


@click.command("empty-bin")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def empty_bin(yes: bool, as_json: bool) -> None:
    """Delete everything in the bin, with the videos. Those that have changed since are kept."""
    from videoai.history import bin
    from videoai.system.units import size

    store = opened()
    found = bin.contents(store)
    if found.jobs and not yes:
        if not types_here():
            raise BadInput(
                say("This command deletes everything in the bin, and it cannot ask you here."),
                say("Confirm with --yes."),
            )
        question = say(
            "Delete {count} videos in the bin? That frees {size}. You can't undo this.",
            count=len(found.jobs),
            size=size(found.bytes),
        )
        if not ask(question):
            tell(say("Nothing was deleted."))
            return
    emptied = bin.empty(store)
    if as_json:
        tell_json(emptied.to_dict())
    else:
        tell(say("Deleted. Jobs: {count}.", count=len(emptied.ids)))
    if emptied.left:
        raise emptied.left[0]
