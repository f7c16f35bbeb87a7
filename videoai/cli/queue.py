"""videoai jobs pause, continue and clear: the queue as a whole, of whichever program works through it."""

from __future__ import annotations

import click

from videoai.cli.screen import tell, tell_json
from videoai.language import say

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@_as_json
def pause(as_json: bool) -> None:
    """Pause the queue: no other video in it begins until “videoai jobs continue”.

    The one being made goes on to its end. What you start yourself, as with “videoai photo.jpg”, is not held back. It
    stays paused when you start the web app again.
    """
    _set(True, as_json=as_json)


@click.command("continue")
@_as_json
def continue_(as_json: bool) -> None:
    """Let a paused queue go on."""
    _set(False, as_json=as_json)


def _set(paused: bool, *, as_json: bool) -> None:
    from videoai.history import line
    from videoai.history.recovery import open_store
    from videoai.history.search import queue_of
    from videoai.jobs.queue import PAUSED

    store = open_store(lambda notice: tell(notice, err=True))
    changed = line.pause(store, paused)
    waiting = len(queue_of(store))
    if as_json:
        tell_json({"paused": paused, "waiting": waiting})
    elif paused:
        tell(PAUSED)
    elif changed:
        tell(say("The queue goes on. Videos waiting: {count}.", count=waiting))
    else:
        tell(say("The queue was not paused. Videos waiting: {count}.", count=waiting))


@click.command()
@_as_json
def clear(as_json: bool) -> None:
    """Cancel all videos that wait in the queue. “videoai resume” continues each of them later.

    The one being made goes on to its end.
    """
    from videoai.history import line
    from videoai.history.recovery import open_store

    cancelled = line.clear(open_store(lambda notice: tell(notice, err=True)))
    if as_json:
        tell_json({"cancelled": cancelled})
    elif not cancelled:
        tell(say("Nothing waits in the queue."))
    elif (count := len(cancelled)) == 1:
        tell(say("Cancelled the video that waited. To continue: videoai resume {id}", id=cancelled[0]))
    else:
        tell(say("Cancelled {count} videos that waited. To continue with one: videoai resume JOB", count=count))
