"""videoai app: the web app in a window of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from videoai.cli.arguments import GivenPath
from videoai.cli.flags import given_of, options
from videoai.cli.screen import tell
from videoai.config.values import read_config
from videoai.errors import BadInput
from videoai.language import say
from videoai.options import OPTIONS, RunOptions, check_options
from videoai.parameters import Problems

_RUN = {name: OPTIONS[name] for name in ("offline", "gentle")}


@click.command()
@click.argument("files", nargs=-1, type=GivenPath(), metavar="[PHOTO]...")
@options(_RUN.values())
@click.option("--install", is_flag=True, help="Put VideoAi among your applications, to be opened with a double click.")
@click.option("--uninstall", is_flag=True, help="Undo --install; nothing else is removed.")
def app(files: tuple[Path, ...], install: bool, uninstall: bool, **values: object) -> int:
    """Open the page in a window of its own, with these photos.

    If the window is open already, the photos go there. A video in progress continues the next time you open it.
    """
    if install or uninstall:
        if files or (install and uninstall):
            raise BadInput(
                say("Installing and uninstalling stand alone, without photos."),
                say("Name one of them: videoai app --install"),
            )
        return _install() if install else _uninstall()
    from videoai.desktop.app import run
    from videoai.system.offline import asked, close
    from videoai.system.scrubbing import log_to_stderr

    log_to_stderr()
    problems = Problems()
    found = check_options(read_config().options(_RUN, given_of(_RUN, values)), problems)
    problems.raise_if_any()
    wanted = RunOptions(**found)
    if offline := wanted.offline or asked():
        close()
    run(files, offline=offline, gentle=wanted.gentle)
    return 0


def _install() -> int:
    from videoai.desktop.installing import install

    for path in install():
        tell(say("Made: {path}", path=path))
    if sys.platform == "darwin":
        tell(say("VideoAi is in the Applications folder of your home: open it with a double click."))
    else:
        tell(say("VideoAi is among your applications. Photos have it under “Open with”."))
    return 0


def _uninstall() -> int:
    from videoai.desktop.installing import uninstall

    removed, kept = uninstall()
    for path in removed:
        tell(say("Removed: {path}", path=path))
    for path in kept:
        tell(say("Kept, as it has changed since: {path}", path=path))
    if not removed and not kept:
        tell(say("VideoAi is not among your applications. There is nothing to remove."))
    return 0
