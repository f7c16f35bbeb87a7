"""videoai doctor --prove: the proof on the spot, and where its report goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from videoai.cli.asking import can_ask
from videoai.cli.overwriting import may_replace
from videoai.cli.report import report as tell_error
from videoai.cli.screen import tell, tell_wrote
from videoai.errors import VideoAiError
from videoai.language import say

if TYPE_CHECKING:
    from videoai.events import Event


def prove_here(
    output: Path | None,
    overwrite: bool | None,
    check_interrupt: Callable[[object], None],
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Make the proof and write its report; return 1 if something is wrong. Raises VideoAiError.

    Minutes of work are not lost to a disk that is full by then: what cannot be written goes to standard output.
    """
    from videoai.cli.progress import progress
    from videoai.jobs.pausing import pausing
    from videoai.upkeep.proof import report
    from videoai.upkeep.proof.prove import prove
    from videoai.writable import check_writable

    if output is not None or not as_json:
        check_writable(next(_names(output))[0])
    replace: bool | None = False
    if output is not None and not output.is_dir():
        replace = may_replace(output, overwrite, may_ask=can_ask(as_json, quiet))
    if replace is None:
        return 0
    with progress(say("Proof"), quiet=quiet) as show, pausing():

        def on_event(event: Event) -> None:
            check_interrupt(None)
            show(event)

        findings = prove(on_event).to_dict()
    if as_json:
        click.echo(report.as_json(findings))
    if output is not None or not as_json:
        try:
            path = _write(findings, output, replace=replace)
        except VideoAiError as error:
            if not as_json:
                click.echo(_text(findings, output), nl=False)
            # Never as JSON: of that, the report is the one object on standard output.
            told = type(error)(error.message, say("The report is on standard output instead."))
            return tell_error(told, as_json=False)
        if not as_json:
            tell(report.verdict(findings))
            tell(say("Please send this report to whoever gave you VideoAi; nothing in it says who you are."))
            tell_wrote(str(path))
    return 0 if findings["ok"] else 1


def _text(findings: Mapping[str, Any], path: Path | None) -> str:
    """The page; its JSON alone if that is what the name says."""
    from videoai.upkeep.proof import report

    is_json = path is not None and path.suffix == ".json"
    return report.as_json(findings) + "\n" if is_json else report.as_page(findings)


def _write(findings: Mapping[str, Any], output: Path | None, *, replace: bool = False) -> Path:
    """Where it is now: at `output` only if that is free, or to be replaced. Raises WriteFailed."""
    from videoai.system.files import NameTaken, whole_file

    for path, replaces in _names(output, replace=replace):
        text = _text(findings, path)
        try:
            with whole_file(path, replace=replaces) as part:
                part.write_bytes(text.encode("utf-8", "backslashreplace"))
        except NameTaken:
            continue
        return path
    raise AssertionError("names do not end")


def _names(output: Path | None, *, replace: bool = False) -> Iterator[tuple[Path, bool]]:
    """Where to write it, the best place first, and whether a file there may be replaced: the one that was asked for, or
    one that is free in the folder that was, or else beside the videos."""
    from videoai.outputs import successors
    from videoai.system import paths

    first = (output or paths.outputs()) / "videoai-proof.md"
    if output is not None and not output.is_dir():
        first = output
    yield first, replace
    yield from successors(first)
