"""videoai doctor: is this machine ready, and does it compute rightly?"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from videoai.cli.arguments import GivenPath, overwrite_option
from videoai.cli.asking import ask, types_here
from videoai.cli.screen import tell, tell_json
from videoai.errors import BadInput
from videoai.language import say, shown
from videoai.system.deleting import raise_if_left

if TYPE_CHECKING:
    from videoai.engines.devices import Device
    from videoai.system.machine import Machine
    from videoai.upkeep.check import Check
    from videoai.upkeep.checkup import Checkup, ProcessorInfo

_COLUMN = 11
"""Where messages begin: after the longest name in any language and a space."""

_WORTH = 50 << 20
"""Programs with less memory than this, in bytes, are not worth a line."""

_SELF_TEST = "self-test-"
"""What the ids of its checks begin with; the kind of layer follows."""

_VERDICTS = {
    "green": say("ready"),
    "yellow": say("ready, with the notes above"),
    "red": say("not ready: fix what is red above"),
}


@click.command()
@click.option("--self-test", "with_self_test", is_flag=True, help="Compare each kind of layer with the CPU.")
@click.option("--prove", "and_prove", is_flag=True, help="Only make a proof, with a report; takes minutes.")
@click.option("--output", metavar="PATH", type=GivenPath(), help="Where the report of --prove goes.")
@overwrite_option()
@click.option("--free", "and_free", is_flag=True, help="Only delete files that are no longer needed; asks first.")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", "-q", is_flag=True, help="Don't show the progress of --prove.")
@click.pass_context
def doctor(
    ctx: click.Context,
    /,
    with_self_test: bool,
    and_prove: bool,
    output: Path | None,
    overwrite: bool | None,
    and_free: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check this computer: memory, processor, disk, models.

    Each line is green, yellow or red, and tells you what to do. In each folder that VideoAi uses, it writes a small
    file and deletes it. With --self-test, every kind of layer in the model is computed on the accelerator and compared
    with the CPU. Exits with 1 if something is red.

    With --prove, it makes a model of random weights at full size, compares every network with the CPU, runs the last
    two steps of a video, and writes a report: is everything computed correctly, in how much time and memory? It needs
    up to 5 GB of disk, which are free again when it ends. Nothing in the report says who you are, and nothing is sent
    anywhere.

    With --free, it deletes histories that were set aside, data that a restore replaced, the depth found in photos, and
    files that interrupted programs left behind; no videos, jobs or models.
    """
    if and_free and (and_prove or with_self_test):
        raise BadInput(say("--free only deletes files, and does nothing else."), say("Use it alone."))
    if and_free:
        return _free(yes=yes, as_json=as_json)
    if output is not None and not and_prove:
        raise BadInput(
            say("--output is the place of a report, which only --prove writes."),
            say("Add --prove, or leave out --output."),
        )
    if and_prove and with_self_test:
        raise BadInput(say("--prove includes a test of each network."), say("Leave out --self-test."))
    if and_prove:
        from videoai.cli.prove import prove_here

        return prove_here(output, overwrite, ctx.obj["check_interrupt"], as_json=as_json, quiet=quiet)
    found = _looked_at(with_self_test=with_self_test)
    if as_json:
        tell_json(found.to_dict())
    else:
        _show(found)
    return 1 if found.status == "red" else 0


def _looked_at(*, with_self_test: bool) -> Checkup:
    from videoai.system.machine import Machine

    machine = Machine.now()  # before torch is loaded, and the memory that it takes itself
    from videoai.system import environment, temporary
    from videoai.system.programs import largest
    from videoai.upkeep import checkup, disk, folders

    environment.prepare()
    temporary.sweep()  # a proof that was killed leaves gigabytes, and the disk is looked at next
    programs, shares = largest(), disk.shares()
    processor, computing = _computing(machine, with_self_test=with_self_test)
    models = list(checkup.model_checks())
    checks = [
        *checkup.memory_checks(machine, programs),
        *checkup.system_checks(),
        *[check for check in computing if not check.id.startswith(_SELF_TEST)],
        *models,
        *folders.folder_checks(),
        *checkup.disk_checks(with_model=models[0].status == "green"),
        checkup.kept_check(shares),
        checkup.network_check(),
        *[check for check in computing if check.id.startswith(_SELF_TEST)],
    ]
    return checkup.Checkup(machine, processor, programs, checks, shares)


def _computing(machine: Machine, *, with_self_test: bool) -> tuple[ProcessorInfo | None, list[Check]]:
    """What computes, and what was looked at of it; without torch, that there is none."""
    from videoai.upkeep import checkup, torch_check

    try:
        build = torch_check.torch_build()
    except Exception as error:  # of a library, for instance, that is of another system
        return None, [torch_check.trouble_check(error)]
    from videoai.engines.devices import best_device
    from videoai.memory.numbers import numbers_of
    from videoai.upkeep.processor_info import processor_info

    device = best_device()
    numbers = numbers_of(device)
    device = device.computing_in(numbers.best)
    processor = replace(processor_info(device, machine.recommended), numbers=numbers)
    return processor, [
        torch_check.build_check(build, usable=device.name == "cuda"),
        checkup.processor_check(processor),
        checkup.numbers_check(numbers),
        *(_self_test(device) if with_self_test else ()),
    ]


def _free(*, yes: bool, as_json: bool) -> int:
    from videoai.system.units import size
    from videoai.upkeep import disk

    found = disk.spare()
    if found and not yes:
        if not types_here():
            raise BadInput(say("This command deletes files, and it cannot ask you here."), say("Confirm with --yes."))
        for path in found:
            tell(str(path), err=True)
        if not ask(say("Delete these {count} items? You can't undo this.", count=len(found))):
            tell(say("Nothing was deleted."))
            return 0
    freed, left = disk.free()
    if as_json:
        tell_json({"freed_bytes": freed, "left": [one.to_dict() for one in left]})
    else:
        tell(say("Freed: {size}.", size=size(freed)))
    raise_if_left(left)
    return 0


def _show(found: Checkup) -> None:
    """One line a check, in its colour, its hint below; then who has the memory, and the verdict."""
    from videoai.system.units import size
    from videoai.upkeep.folders import in_one_line

    for check in in_one_line(found.checks):
        # The colour alone says nothing in a pipe, nor to one in twelve men.
        mark = {"green": "", "yellow": "! ", "red": "✗ "}[check.status]
        _row(check.name, mark + shown(check.message), fg=check.status)
        if check.hint:
            _row("", check.hint)
    for number, program in enumerate(found.programs):
        if program.bytes >= _WORTH:
            _row("" if number else say("Programs"), f"{shown(size(program.bytes)):<8}{program.name[:50]}")
    if sys.platform == "darwin":
        _row(say("Tip"), say("Nothing leaves this Mac. To be sure, turn Wi-Fi off while VideoAi makes a video."))
    _row(say("Status"), _VERDICTS[found.status], fg=found.status)


def _row(name: str, text: str, *, fg: str | None = None) -> None:
    """A name and its text, in lines of less than 80 columns; coloured on a terminal, and not with NO_COLOR."""
    lines = textwrap.wrap(shown(text), 79 - _COLUMN, break_on_hyphens=False, break_long_words=False)
    for number, line in enumerate(lines):
        label = click.style(f"{shown(name) if number == 0 else '':<{_COLUMN}}", bold=True)
        click.echo(label + click.style(line, fg=fg), color=False if os.environ.get("NO_COLOR") else None)


def _self_test(device: Device) -> Iterator[Check]:
    from videoai.engines.svd.self_test import self_test
    from videoai.upkeep.check import Check

    for check in self_test(device):
        message = say(
            "{layer}: error {error:.1e} (limit {limit:g})",
            layer=check.layer,
            error=check.error,
            limit=check.limit,
        )
        id = _SELF_TEST + re.sub(r"[^a-z0-9]+", "-", check.layer.lower())
        if check.ok:
            yield Check(id, say("Self-test"), "green", message)
        else:
            yield Check(
                id, say("Self-test"), "red", message, say("Videos would come out wrong: update macOS and torch.")
            )
