"""videoai mcp: for assistants that speak the Model Context Protocol."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from videoai.cli.arguments import GivenPath
from videoai.cli.asking import types_here
from videoai.cli.flags import options
from videoai.cli.screen import tell
from videoai.errors import EXIT_INTERRUPTED, VideoAiError
from videoai.language import say
from videoai.options import OPTIONS

if TYPE_CHECKING:
    from videoai.jobs.queue import Queue


@click.command()
@click.option(
    "--photos",
    multiple=True,
    type=GivenPath(),
    metavar="FOLDER",
    help="Folder whose photos the assistant may use, with those below it; repeat it for more. Default: your pictures.",
)
@click.option("--no-thumbnails", is_flag=True, help="Show the assistant no picture of a video.")
@options([OPTIONS["gentle"]])
def mcp(photos: tuple[Path, ...], no_thumbnails: bool, gentle: bool | None) -> int:
    """Let an assistant make videos, over the Model Context Protocol.

    The assistant's program starts this command and talks to it through standard input and output. It needs one more
    package: pip install 'mcp>=2.3,<3'. Nothing is downloaded, and nothing is sent to the network.
    """
    from videoai.history.recovery import open_store
    from videoai.jobs.queue import Queue
    from videoai.mcp.folders import Folders
    from videoai.mcp.tools import Desk
    from videoai.system.offline import close
    from videoai.system.scrubbing import log_to_stderr

    try:
        from videoai.mcp.server import serve
    except ImportError as error:
        if (error.name or "").startswith("videoai"):
            raise
        raise VideoAiError(
            say("The server for assistants needs a package that is not installed."),
            say("Install it with: pip install 'mcp>=2.3,<3'"),
        ) from error
    log_to_stderr()
    close()
    folders = Folders(photos or [_pictures()])
    if types_here():
        tell(say("An assistant's program starts this command and talks to it. Press Ctrl-C to stop."), err=True)
    store = open_store(lambda notice: tell(notice, err=True))
    queue = Queue(store)
    _stop_on_signals(queue)
    queue.start()
    try:
        serve(Desk(store, queue, folders, gentle=bool(gentle), thumbnails=not no_thumbnails))
    finally:
        queue.stop()
        store.close()
    return 0


def _pictures() -> Path:
    """Never the current folder: assistants' programs start others in the root of the disk, or wherever they are."""
    import platformdirs

    return platformdirs.user_pictures_path()


def _stop_on_signals(queue: Queue) -> None:
    """The video that is being made waits, to be gone on with. What reads the client's words cannot be woken up, so the
    process ends here."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        queue.stop()
        os._exit(EXIT_INTERRUPTED if number == signal.SIGINT else 0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
