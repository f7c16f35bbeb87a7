"""videoai forget: delete everything that was made."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from videoai.cli.screen import tell, tell_json
from videoai.errors import BadInput
from videoai.language import say, shown
from videoai.system.deleting import raise_if_left

if TYPE_CHECKING:
    from videoai.history.erase import Erased


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def forget(yes: bool, as_json: bool) -> None:
    """Delete everything that was made: all videos, photos and the history.

    Videos that were changed since are kept, and named; where moved ones are is not known. What cannot be deleted is
    named, and stays in the list. Models stay: see models remove.
    """
    from videoai.history.erase import erase_everything
    from videoai.history.recovery import open_store
    from videoai.jobs.local import LocalRunner

    store = open_store(lambda notice: tell(notice, err=True))
    store.leases.requeue_lost(LocalRunner().end_left_over)
    if not yes:
        if not sys.stdin.isatty():
            raise BadInput(say("This would delete everything, and there is nobody to ask."), say("Confirm with --yes."))
        question = say(
            "Delete {count} videos with their photos and the whole history? There is no way back.",
            count=len(store.jobs()),
        )
        if not click.confirm(shown(question), err=True):
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
            "Deleted. Videos: {videos}; photos that the page was given: {photos}; jobs in the history: {jobs}.",
            videos=gone.videos,
            photos=gone.photos,
            jobs=gone.jobs,
        )
    )
    for video in gone.kept:
        tell(say("Kept, because it was changed since: {path}", path=video))
    for left in gone.left:
        tell(say("Still there, as it could not be deleted: {path} ({reason})", path=left.path, reason=left.why))
