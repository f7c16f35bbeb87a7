"""videoai models: what there is to make videos with, and getting it onto this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from videoai.catalogue import EXTRAS, MODELS, Extra, Model, meant_model
from videoai.cli import completing
from videoai.cli.arguments import GivenPath
from videoai.cli.groups import ListingGroup
from videoai.cli.screen import tell, tell_json, tell_table
from videoai.errors import BadInput
from videoai.kinds import closest_word
from videoai.language import listed, say, shown

if TYPE_CHECKING:
    from videoai.events import Event
    from videoai.models.store import Installed

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_quiet = click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
_drop = click.option(
    "--drop-original", is_flag=True, help="Then remove the downloaded 16-bit files, if nothing else uses them."
)


_STATES = {
    "built in": say("built in"),
    "ready": say("ready"),
    "partly here": say("partly downloaded"),
    "missing": say("missing"),
    "damaged": say("damaged"),
}


def _precision(*words: str, default: str | None, text: str) -> Callable[[Any], Any]:
    return click.option("--precision", type=click.Choice(words), default=default, help=text)


_made = _precision(
    "auto", "16", "8", "4", default="auto", text="Bits per weight. Default: auto, what suits this computer."
)


def _check_id(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value in MODELS or value in EXTRAS:
        return value
    meant = meant_model(value) or closest_word(value, [*MODELS, *EXTRAS])
    raise BadInput(
        say("There is no model “{name}”. Did you mean {meant}?", name=value, meant=meant)
        if meant
        else say("There is no model “{name}”.", name=value),
        say("Available models: {models}.", models=", ".join([*MODELS, *EXTRAS])),
    )


_id = click.argument("model", metavar="MODEL", callback=_check_id, shell_complete=completing.models)


@click.group(cls=ListingGroup)
def models() -> None:
    """List, download, import, convert, verify and remove models.

    You download a model once, and from then on it works offline. You can make its weights smaller: 8 bits take half the
    memory of 16 and change a step by less than 1 %; 4 bits take a quarter and change it by 7 to 10 %.

    “videoai models” alone lists them.
    """


@models.command("list")
@_as_json
def list_(as_json: bool) -> None:
    """List the models and what you have of each.

    “Fits” tells you whether this computer has enough memory for it.
    """
    from videoai.upkeep.model_list import describe, describe_extra

    rows = [describe(model) for model in MODELS.values()] + [describe_extra(extra) for extra in EXTRAS.values()]
    if as_json:
        tell_json(rows)
        return
    from rich.table import Table

    from videoai.system import units

    table = Table(box=None, pad_edge=False, header_style="bold")
    on_disk = say("On disk")
    for title in (say("Model"), say("State"), say("Bits"), on_disk, say("Fits"), say("Description")):
        table.add_column(shown(title), justify="right" if title == on_disk else "left")
    for row in rows:
        bits = ", ".join(map(str, row["precision"])) or "–"
        size = units.size(row["size_bytes"]) if row["size_bytes"] else "–"
        fits = say("yes") if row["fits"] else say("no")
        table.add_row(*shown([row["id"], _STATES[row["state"]], bits, size, fits, row["title"]]))
    tell_table(table)


@models.command()
@_id
@_as_json
def show(model: str, as_json: bool) -> None:
    """Show everything about a MODEL.

    Its licence, files and sizes, and the settings that suit it.
    """
    from videoai.upkeep.model_list import describe, describe_extra

    if model in EXTRAS:
        row = describe_extra(EXTRAS[model]) | _details_of_extra(EXTRAS[model])
    else:
        row = describe(MODELS[model]) | _details(MODELS[model])
    if as_json:
        tell_json(row)
        return
    from videoai.system import units

    def line(name: str, text: object) -> None:
        click.echo(f"  {shown(name):<12} {shown(text)}")

    click.echo(f"{row['id']}: {shown(row['title'])}")
    if "frames" in row:
        line(say("frames"), row["frames"])
    state: str = _STATES[row["state"]]
    if row["precision"]:
        state = say("{state}, {bits} bits", state=state, bits=listed(map(str, row["precision"])))
    line(say("state"), state)
    line(say("licence"), row["licence"])
    if row["licence_url"]:
        line("", row["licence_url"])
    if row["gated"]:
        line("", say("before you download it, accept its terms there with your hub account"))
    for name, value in row["recommended"].items():
        line(name.replace("_", "-"), say("{value} is recommended", value=value))
    for file in row["files"]:
        text: str = f"{file['repo']}/{file['path']}"
        if file["about_bytes"]:
            text = say("{path}, about {size}", path=text, size=units.size(file["about_bytes"]))
        click.echo(f"  {shown(say('{path} (downloaded)', path=text) if file['here'] else text)}")


@models.command()
@_id
@_made
@_drop
@_quiet
@_as_json
@click.pass_context
def pull(ctx: click.Context, model: str, precision: str, drop_original: bool, quiet: bool, as_json: bool) -> None:
    """Download a MODEL and prepare it. If it is interrupted, run the same command again to continue."""
    from videoai.models import extras, manager

    with _progress(ctx, model, quiet=quiet) as show:
        if model in EXTRAS:
            _report_extra(model, extras.pull(EXTRAS[model], show), as_json=as_json)
            return
        found = manager.pull(model, precision, show, drop_original=drop_original)
    _report(found, as_json=as_json)


@models.command("import")
@click.argument("path", metavar="PATH", type=GivenPath())
@click.option(
    "--as",
    "model",
    metavar="MODEL",
    callback=_check_id,
    shell_complete=completing.models,
    help="Which model it is, if its name doesn't tell.",
)
@_made
@_quiet
@_as_json
@click.pass_context
def import_(ctx: click.Context, path: Path, model: str | None, precision: str, quiet: bool, as_json: bool) -> None:
    """Import a checkpoint that is already on the disk.

    PATH is a folder in the diffusers layout; a single file as ComfyUI uses it (svd_xt.safetensors); a file with only a
    UNet (AnimateLCM-SVD-xt.safetensors), which uses the other networks of svd-xt; a GGUF file; or an extra: the tiny
    decoder (taesdv.safetensors), the depth network. The original is not changed, and no network is needed.
    """
    from videoai.models import extras, manager

    extra = EXTRAS.get(model) if model else extras.meant(path)
    if extra is not None:
        _report_extra(extra.id, extras.import_(path, extra), as_json=as_json)
        return
    with _progress(ctx, path.name, quiet=quiet) as show:
        found = manager.import_(path, model, precision, show)
    _report(found, as_json=as_json)


@models.command()
@_id
@_precision("8", "4", default="8", text="Bits per weight. Default: 8.")
@_drop
@_quiet
@_as_json
@click.pass_context
def convert(ctx: click.Context, model: str, precision: str, drop_original: bool, quiet: bool, as_json: bool) -> None:
    """Make a MODEL smaller: 8 or 4 bits per weight.

    It starts from the most exact weights you have. If it is interrupted, run the same command again to continue.
    """
    from videoai.models import manager

    if model in EXTRAS:
        raise BadInput(say("{model} is small already: there is nothing to convert.", model=model))
    with _progress(ctx, model, quiet=quiet) as show:
        found = manager.convert(model, int(precision), show, drop_original=drop_original)
    _report(found, as_json=as_json)


@models.command()
@_id
@_quiet
@_as_json
def verify(model: str, quiet: bool, as_json: bool) -> int:
    """Check every file of a MODEL against its hash.

    Exits with 1 if one is damaged, and tells you how to repair it.
    """
    from videoai.models import extras, manager

    checks = []
    for check in extras.verify(EXTRAS[model]) if model in EXTRAS else manager.verify(model):
        checks.append(check)
        if not as_json and not (quiet and check.ok):
            tell(say("ok       {path}", path=check.path) if check.ok else say("damaged  {path}", path=check.path))
    damaged = [check for check in checks if not check.ok]
    if as_json:
        tell_json([{"path": str(check.path), "ok": check.ok} for check in checks])
    elif damaged:
        for command in dict.fromkeys(check.repair for check in damaged):
            tell(say("To repair it: {command}", command=command), err=True)
    return 1 if damaged else 0


@models.command()
@_id
@_precision("16", "8", "4", default=None, text="Remove only the weights with these bits. Default: all of them.")
@_quiet
@_as_json
@click.pass_context
def remove(ctx: click.Context, model: str, precision: str | None, quiet: bool, as_json: bool) -> None:
    """Remove a MODEL from this computer.

    Files that other programs have downloaded stay.
    """
    from videoai.models import extras, manager, store
    from videoai.models.hub import cache
    from videoai.system import units

    if model in EXTRAS:
        freed = extras.remove(EXTRAS[model])
        kept = cache.find_any(EXTRAS[model].weights) is not None
    else:
        if MODELS[model].builtin:
            raise BadInput(say("The model {model} is built in: there is nothing to remove.", model=model))
        with _progress(ctx, model, quiet=quiet) as show:
            freed = manager.remove(model, int(precision) if precision else None, show)
        kept = store.fetched(MODELS[model]) is not None
    if as_json:
        tell_json({"id": model, "freed_bytes": freed, "kept_in_cache": kept})
        return
    if freed:
        tell(say("Freed {size}.", size=units.size(freed)))
    else:
        tell(say("{model} is not on this computer, so nothing was removed.", model=model))
    if kept and precision in (None, "16"):
        tell(say("Its downloaded files stay in the Hugging Face cache: another program or model uses them."))


@models.command()
@_id
@_precision("16", "8", "4", default=None, text="Weights with these bits. Default: the most exact you have.")
@_as_json
def path(model: str, precision: str | None, as_json: bool) -> None:
    """Print where a MODEL is on the disk, as --model takes it."""
    from videoai.cli.model_paths import found_at

    found = found_at(model, precision)
    if as_json:
        tell_json(found)
        return
    click.echo(found["path"])
    if model in MODELS and MODELS[model].recommended:
        remark = say(
            "By its path it comes without the settings that suit it: --model {model} brings them.", model=model
        )
        tell(remark, err=True)


def _details(model: Model) -> dict[str, Any]:
    from videoai.models.hub import cache
    from videoai.upkeep.model_list import terms

    sizes = {part.weights: part.size for part in model.parts.values()}
    return terms(model) | {
        "files": [
            {**remote._asdict(), "about_bytes": sizes.get(remote), "here": cache.find_any(remote) is not None}
            for remote in model.files()
        ],
    }


def _details_of_extra(extra: Extra) -> dict[str, Any]:
    from videoai.models.hub import cache

    here = cache.find_any(extra.weights) is not None
    return {
        "licence_url": extra.licence.url,
        "gated": False,
        "recommended": {},
        "files": [{**extra.weights._asdict(), "about_bytes": extra.size, "here": here}],
    }


def _progress(ctx: click.Context, title: str, *, quiet: bool) -> AbstractContextManager[Callable[[Event], None]]:
    """What shows events and answers Ctrl-C."""
    from contextlib import contextmanager

    from videoai.cli.progress import progress

    @contextmanager
    def shown() -> Any:
        with progress(title, quiet=quiet) as show:

            def on_event(event: Event) -> None:
                ctx.obj["check_interrupt"](None)
                show(event)

            yield on_event

    return shown()


def _report_extra(id: str, path: Path, *, as_json: bool) -> None:
    from videoai.system import units

    size = path.stat().st_size
    if as_json:
        tell_json({"id": id, "size_bytes": size, "path": str(path)})
        return
    tell(say("Ready: {model}, {size}", model=id, size=units.size(size)))
    print(f"  {shown(say('in {folder}', folder=path.parent))}", file=sys.stderr)


def _report(found: Installed, *, as_json: bool) -> None:
    from videoai.system import units

    if as_json:
        tell_json({"id": found.model.id, "precision": found.bits, "size_bytes": found.size, "path": str(found.place)})
        return
    tell(say("Ready: {model}, {bits} bits, {size}", model=found.model.id, bits=found.bits, size=units.size(found.size)))
    print(f"  {shown(say('in {folder}', folder=found.place))}", file=sys.stderr)
