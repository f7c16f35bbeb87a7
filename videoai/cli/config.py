"""videoai config: what is wanted where a command says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from videoai.cli.screen import tell, tell_json, tell_table
from videoai.errors import WriteFailed
from videoai.language import printable, say, shown

if TYPE_CHECKING:
    from videoai.config.document import Document
    from videoai.config.effective import Effective

_COMMENTS = (
    say("What the command “videoai” does where you don't say otherwise."),
    say("Only lines without “#” count; “videoai config” shows every name and its value."),
)
_EXAMPLE = """
# preset = "good"
# motion = 60
# output = "~/Movies/{stem}.mp4"
# memory_limit = "5G"

# [serve]
# port = 5002
"""


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def config(ctx: click.Context, as_json: bool) -> int | None:
    """Show and change your defaults.

    They hold for “generate”, “estimate”, “finish” and “serve” where you don't say otherwise, and lie in a file that
    you can also edit. The page and the Python module don't use them.
    """
    if ctx.invoked_subcommand is not None:
        return None
    from videoai.config.document import Document
    from videoai.config.effective import effective
    from videoai.config.values import examined
    from videoai.errors import BadConfig

    document = Document.read(created=True)
    found, mistakes = examined(document)
    wrong = BadConfig.of(document.path, mistakes) if mistakes else None
    rows = effective(found)
    if not as_json:
        _show(document.path, rows)
    elif wrong is None:
        tell_json({"path": str(document.path), "values": {row.key: row.to_dict() for row in rows}})
    if wrong is not None:
        raise wrong
    return 0


def _show(path: Path, rows: Sequence[Effective]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in (say("Name"), say("Value"), say("From")):
        table.add_column(shown(title), overflow="fold")
    for row in rows:
        where = shown(row.where(path.name))
        table.add_row(row.key, Text(printable(shown(row.text))), where, style="bold" if row.line else None)
    tell_table(table)
    tell(say("The file: {path}", path=path) if path.exists() else say("The file, not there yet: {path}", path=path))


def _complete_key(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from videoai.config.values import KEYS

    return [CompletionItem(key, help=shown(row.help)) for key, row in KEYS.items() if key.startswith(incomplete)]


def _complete_value(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from videoai.config.document import known_as
    from videoai.config.values import kind_of

    allowed: Mapping[str, Any] = getattr(kind_of(known_as(ctx.params.get("key") or "")), "schema", dict)()
    words = ["true", "false"] if allowed.get("type") == "boolean" else allowed.get("enum", [])
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


@config.command("set")
@click.argument("key", metavar="NAME", shell_complete=_complete_key)
@click.argument("value", metavar="VALUE", shell_complete=_complete_value)
def set_(key: str, value: str) -> int:
    """Set a default.

    NAME is that of an option without “--”: “videoai config set motion 60”; “serve.port” is the web app's.
    """
    from videoai.config.changing import put

    return _write(put(key, value))


@config.command()
@click.argument("key", metavar="NAME", shell_complete=_complete_key)
def unset(key: str) -> int:
    """Remove a default."""
    from videoai.config.changing import take_out

    return _write(take_out(key))


def _write(document: Document) -> int:
    document.write()
    tell(say("Written to {path}.", path=document.path))
    return 0


@config.command()
def path() -> int:
    """Print the path of the file."""
    from videoai.config.document import config_path

    click.echo(str(config_path()))
    return 0


@config.command()
def edit() -> int:
    """Open the file in your editor ($VISUAL, $EDITOR), and check it."""
    from videoai.config.document import Document, config_path
    from videoai.config.values import read_config

    where = config_path()
    if not where.exists():
        Document(where, "".join(f"# {line}\n" for line in shown(_COMMENTS)) + _EXAMPLE).write()
    try:
        click.edit(filename=str(where))
    except click.ClickException as error:
        raise WriteFailed(
            say("Your editor did not open {path}: {reason}.", path=where, reason=error.format_message().rstrip(".")),
            say("Set EDITOR to the name of your editor, or open the file in any other way."),
        ) from error
    read_config()
    return 0
