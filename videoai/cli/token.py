"""videoai token: what other programs on this computer show the web app to be let in."""

from __future__ import annotations

import sys

import click

from videoai.cli.screen import tell
from videoai.language import say


@click.command()
@click.option("--new", is_flag=True, help="Make another one; the old one then lets nobody in.")
def token(new: bool) -> int:
    """Print the token by which other programs on this computer use the web app.

    They send it as “Authorization: Bearer TOKEN”. Clients of OpenAI's API call it the API key.
    """
    from videoai.web import owner

    tell(owner.renew() if new else owner.token())
    if sys.stdout.isatty():
        tell(say("Keep it to yourself: anyone who has it can see your videos, on this computer."), err=True)
    return 0
