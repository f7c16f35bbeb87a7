"""videoai backup and videoai restore: everything that is kept of the videos, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from videoai.cli.arguments import GivenPath, overwrite_option
from videoai.cli.asking import can_ask
from videoai.cli.screen import tell, tell_json
from videoai.language import say

if TYPE_CHECKING:
    from videoai.history.backup import Backup

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _counted(backup: Backup) -> str:
    jobs = say("1 job") if backup.jobs == 1 else say("{count} jobs", count=backup.jobs)
    videos = say("1 video") if backup.videos == 1 else say("{count} videos", count=backup.videos)
    return say("{jobs}, {videos}", jobs=jobs, videos=videos)


@click.command()
@click.argument("file", metavar="FILE", type=GivenPath())
@click.option("--videos", is_flag=True, help="Include the videos too, which are in a folder of their own.")
@overwrite_option("--replace")
@_as_json
def backup(file: Path, videos: bool, overwrite: bool | None, as_json: bool) -> None:
    """Save all your data to one FILE, a ZIP archive.

    The FILE contains the history, the gallery, its photos, your presets and the paired devices, but no models. You can
    do this at any time, even while a video is being made. Keep the FILE where nobody else can read it.
    """
    from videoai.cli.overwriting import may_replace
    from videoai.history.backup import back_up, check_target
    from videoai.history.recovery import open_store
    from videoai.system.units import size

    check_target(file, replace=True)
    replace = may_replace(file, overwrite, may_ask=can_ask(as_json))
    if replace is None:
        return
    store = open_store(lambda notice: tell(notice, err=True))
    made = back_up(store, file, videos=videos, replace=replace)
    if as_json:
        tell_json(made.to_dict() | {"path": str(file)})
        return
    tell(say("{path}: {what}, {size}.", path=file, what=_counted(made), size=size(made.bytes)))
    if made.missing:
        tell(
            say("Videos left out, because they were moved or deleted: {count}.", count=made.missing),
            err=True,
        )


@click.command()
@click.argument("file", metavar="FILE", type=GivenPath())
@click.option("--replace", is_flag=True, help="Restore even if there is a history here, and set that aside.")
@_as_json
def restore(file: Path, replace: bool, as_json: bool) -> None:
    """Restore what “videoai backup” saved to FILE.

    Everything is checked before anything changes. Videos in the backup go to the outputs folder, unless they are still
    where they were.
    """
    from videoai.history import restore as restoring
    from videoai.history.lock import history_alone
    from videoai.system import temporary

    restoring.check_source(file)

    with history_alone():  # for a moment: nothing is unpacked in vain
        restoring.check_home(replace=replace)
    with temporary.folder() as new:
        found, manifest = restoring.unpack(file, new)
        with history_alone():
            restoring.check_home(replace=replace)
            restoring.put_videos_back(new, manifest)
            before = restoring.replace_home(new)
    if as_json:
        tell_json(found.to_dict() | {"before": before and str(before)})
        return
    tell(say("Restored: {what}.", what=_counted(found)))
    if before is not None:
        tell(say("Your earlier data is in {folder}; “videoai doctor --free” deletes it.", folder=before))
