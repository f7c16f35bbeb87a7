"""The verbs, and the edge where errors become sentences and exit codes."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import Any

import click

from videoai.cli.backup import backup, restore
from videoai.cli.bin import bin_, empty_bin, restore_job
from videoai.cli.completion import completion
from videoai.cli.config import config
from videoai.cli.desktop import app
from videoai.cli.doctor import doctor
from videoai.cli.estimate import estimate
from videoai.cli.finish import finish
from videoai.cli.forget import forget
from videoai.cli.generate import generate
from videoai.cli.groups import Verbs
from videoai.cli.info import info
from videoai.cli.jobs import jobs, resume
from videoai.cli.localised import localised, translate_click
from videoai.cli.mcp import mcp
from videoai.cli.models import models
from videoai.cli.queue import clear, continue_, pause
from videoai.cli.report import report
from videoai.cli.serve import serve
from videoai.cli.streams import NotTold
from videoai.cli.token import token
from videoai.errors import BadInput, VideoAiError, WriteFailed
from videoai.language import program, say
from videoai.system.reasons import reason
from videoai.version import __version__


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="“videoai photo.jpg” is short for “videoai generate photo.jpg”.",
)
@click.version_option(__version__, prog_name="videoai", message="%(prog)s %(version)s")
@click.pass_context
def videoai(ctx: click.Context) -> None:
    """Turn a photo into a short video on your own computer. Nothing leaves it."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (
    generate,
    finish,
    serve,
    app,
    token,
    mcp,
    estimate,
    models,
    jobs,
    resume,
    backup,
    restore,
    forget,
    info,
    doctor,
    config,
    completion,
):
    videoai.add_command(command)

for command in (pause, continue_, clear, bin_, restore_job, empty_bin):
    jobs.add_command(command)


def run(arguments: list[str], check_interrupt: Callable[[object], None], verb: str | None = None) -> int:
    """Run a command line, which may leave out this verb, and return its exit code.

    `check_interrupt` is called often during a generation and may raise KeyboardInterrupt.
    """
    as_json = "--json" in arguments
    if verb is not None:
        arguments = videoai.meant(arguments, verb)
    translate_click()
    try:
        result: Any = localised(videoai).main(
            arguments,
            prog_name=program(),
            complete_var="_VIDEOAI_COMPLETE",
            standalone_mode=False,
            obj={"check_interrupt": check_interrupt},
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort as error:  # click's own name for Ctrl-C
        interrupt = error.__context__  # which may say how to go on
        raise interrupt if isinstance(interrupt, KeyboardInterrupt) else KeyboardInterrupt from error
    except click.ClickException as error:
        return report(_usage_error(error), as_json=as_json)
    except VideoAiError as error:
        return report(error, as_json=as_json)
    except NotTold as error:
        if error.errno == errno.EPIPE:  # whoever read our output has heard enough
            return 1
        return report(
            WriteFailed(
                say("VideoAi could not write to standard output: {reason}.", reason=reason(error)),
                say("The command itself did its work. Check where its output goes."),
            ),
            as_json=False,
        )
    except OSError as error:
        return report(
            WriteFailed(say("The system reported an error: {reason}.", reason=reason(error)), _disk_hint(error)),
            as_json=as_json,
        )


def _usage_error(error: click.ClickException) -> BadInput:
    message = error.format_message()
    message += "" if message.endswith((".", "?")) else "."
    context = error.ctx if isinstance(error, click.UsageError) else None
    return BadInput(
        message,
        say("Run “{command} --help” to see what you can do.", command=context.command_path if context else "videoai"),
    )


def _disk_hint(error: OSError) -> str:
    return say("The file is {file}.", file=error.filename) if error.filename else ""
