"""videoai completion: the script that teaches a shell our verbs and flags."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from videoai.errors import BadInput
from videoai.language import say


@click.command()
@click.argument("shell", metavar="bash|zsh|fish")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a completion script for a shell.

    \b
    For zsh, the Mac's own shell, add this line to ~/.zshrc:
      eval "$(videoai completion zsh)"
    """
    completer = get_completion_class(shell)
    if completer is None:
        raise BadInput(say("There is no completion for “{shell}”.", shell=shell), say("Use bash, zsh or fish."))
    root = ctx.find_root()
    click.echo(completer(root.command, {}, "videoai", "_VIDEOAI_COMPLETE").source())
