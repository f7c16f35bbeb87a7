"""videoai forget: delete everything that was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from videoai.cli.asking import ask, types_here
from videoai.cli.screen import tell, tell_json
from videoai.errors import BadInput
from videoai.language import say
from videoai.system.deleting import raise_if_left

if TYPE_CHECKING:
    from videoai.history.erase import Erased


@click.command()
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def forget(yes: bool, as_json: bool) -> None:
    """Delete everything: all your videos, photos and the history.

    Videos that have changed since are kept and listed; moved videos cannot be found. What cannot be deleted is listed
    too, and stays in the history. Models stay: see models remove.
    """
    from videoai.history.erase import erase_everything
    from videoai.history.recovery import open_store
    from videoai.jobs.local import LocalRunner

    store = open_store(lambda notice: tell(notice, err=True))
    store.leases.requeue_lost(LocalRunner().end_left_over)
    if not yes:
        if not types_here():
            raise BadInput(
                say("This command deletes everything, and it cannot ask you here."), say("Confirm with --yes.")
            )
        question = say(
            "Delete {count} videos with their photos and the whole history? You can't undo this.",
            count=len(store.jobs(binned=True)),
        )
        if not ask(question):
            tell(say("Nothing was deleted."))
            return
    gone = erase_everything(store)
    if as_json:
        tell_json(gone.to_dict())
    else:
        _tell(gone)
    raise_if_left(gone.left)


def _tell(gone: Erased) -> None:
    tell(
        say(
            "Deleted. Videos: {videos}; photos added on the page: {photos}; jobs in the history: {jobs}.",
            videos=gone.videos,
            photos=gone.photos,
            jobs=gone.jobs,
        )
    )
    for video in gone.kept:
        tell(say("Kept, because it has changed since: {path}", path=video))
    for left in gone.left:
        tell(say("Could not delete {path} ({reason})", path=left.path, reason=left.why))
