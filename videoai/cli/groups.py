"""What a group of commands does where none of them is named."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from videoai.errors import BadInput
from videoai.language import say

HELP = ("-h", "--help")

_ALIKE = 0.75
"""How like a verb a word is that is one mistyped, of 1: “foto” must not be “forget”."""


class Verbs(click.Group):
    """All of them. `videoai photo.jpg` means `videoai generate photo.jpg`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *HELP, "--version"):
            args = ["generate", *args]
        if args[:1] == ["generate"] and not ctx.resilient_parsing:
            self._check_first(args[1:2])
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [*super().shell_complete(ctx, incomplete), *_offered(self.commands["generate"], ctx, incomplete)]

    def _check_first(self, names: Sequence[str]) -> None:
        """Of what would be a photo: it may be a verb that was mistyped. Raises BadInput."""
        for name in names:
            meant = difflib.get_close_matches(name.lower(), self.commands, n=1, cutoff=_ALIKE)
            if meant and name.isalpha() and not os.path.lexists(name):
                raise BadInput(
                    say("There is no file and no command “{name}”. Did you mean {meant}?", name=name, meant=meant[0]),
                    say("Run “videoai --help” to see what you can do."),
                )

    def meant(self, arguments: Sequence[str], verb: str) -> list[str]:
        """The command line of a script that is there for one verb: what it was given is that verb's, unless it begins
        with another. A file of a verb's name is the file."""
        is_verb = bool(arguments) and arguments[0] in self.commands and not os.path.lexists(arguments[0])
        return [*arguments] if is_verb else [verb, *arguments]


class ListingGroup(click.Group):
    """One in which no command, or flags alone, means `list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Completion, which parses what is there so far, is still to offer the commands.
        if not ctx.resilient_parsing and (not args or (args[0].startswith("-") and args[0] not in HELP)):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [*super().shell_complete(ctx, incomplete), *_offered(self.commands["list"], ctx, incomplete)]


def _offered(command: click.Command, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """What a TAB offers for the first word after a command that was left out: its flags, or its first argument."""
    with command.make_context(command.name, [], parent=ctx, resilient_parsing=True) as below:
        if incomplete.startswith("-"):
            ours = {name for parameter in ctx.command.get_params(ctx) for name in parameter.opts}
            return [item for item in command.shell_complete(below, incomplete) if item.value not in ours]
        first = next((parameter for parameter in command.params if isinstance(parameter, click.Argument)), None)
        return first.shell_complete(below, incomplete) if first else []
