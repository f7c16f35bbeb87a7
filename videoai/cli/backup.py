"""videoai backup and videoai restore: everything that is kept of the videos, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from videoai.cli.screen import tell, tell_json
from videoai.errors import BadInput
from videoai.language import say

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--videos", is_flag=True, help="Put the videos in, too: they lie in a folder of your own.")
@_as_json
def backup(file: Path, videos: bool, as_json: bool) -> None:
    """Write the history, the gallery, its photos and the paired devices to one FILE, a ZIP archive.

    It may be done at any moment, also while a video is being made. Models are not in it. The FILE holds your photos:
    keep it where nobody else can read it.
    """
    from videoai.backup import back_up
    from videoai.cli.progress import in_bytes
    from videoai.jobs.opening import open_store

    store = open_store(lambda notice: tell(notice, err=True))
    made = back_up(store, file, videos=videos)
    if as_json:
        tell_json(made.to_dict() | {"path": str(file)})
    else:
        tell(
            say(
                "{path}: {jobs} jobs, {videos} videos, {size}.",
                path=file,
                jobs=made.jobs,
                videos=made.videos,
                size=in_bytes(made.bytes),
            )
        )


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Also if there is a history here: that is kept beside it.")
@_as_json
def restore(file: Path, replace: bool, as_json: bool) -> None:
    """Bring back what “videoai backup” has written to FILE.

    It is checked as a whole before anything is changed. Videos in it get the places they had, or free names in the
    outputs folder.
    """
    from videoai import paths, restoring
    from videoai.jobs.opening import history_alone

    with history_alone():
        has_history = paths.jobs().is_dir() and any(paths.jobs().iterdir())
        if has_history and not replace:
            raise BadInput(
                say("There is a history here already."),
                say("Say --replace to put the backup in its place: what is here is kept beside it."),
            )
        with restoring.unpacked_folder() as new:
            found, manifest = restoring.unpack(file, new)
            restoring.put_videos_back(new, manifest)
            aside = restoring.replace_home(new)
    if as_json:
        tell_json(found.to_dict() | {"before": str(aside)})
        return
    tell(say("Restored: {jobs} jobs, {videos} videos.", jobs=found.jobs, videos=found.videos))
    if has_history:
        tell(say("What was here before is in {folder}; “videoai doctor --free” removes it.", folder=aside))
