"""videoai serve: the web app."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

import click

from videoai.cli.flags import given_of, options
from videoai.config.values import SERVE, ServeOptions, read_config
from videoai.errors import EXIT_INTERRUPTED
from videoai.language import say, shown
from videoai.options import OPTIONS, RunOptions, check_options
from videoai.parameters import Problems
from videoai.system.units import duration

if TYPE_CHECKING:
    from videoai.web.server import Server

_HURRY_SECONDS = 3
"""What a server that is to end has left after a second Ctrl-C."""


_RUN = {name: OPTIONS[name] for name in ("offline", "gentle")}


@click.command()
@options([SERVE["port"]])
@click.option(
    "--host",
    type=click.Choice(("localhost", "127.0.0.1", "::1")),
    default="localhost",
    metavar="ADDRESS",
    help="Address: localhost, 127.0.0.1 or ::1. Only this computer can reach it. Default: localhost.",
)
@click.option("--lan", is_flag=True, help="Also open it to phones on the same network, with a code.")
@options([SERVE["open"], *_RUN.values()])
def serve(host: str, lan: bool, **values: object) -> int:
    """Start the web app, in your browser and (--lan) on your phone.

    Videos are made one after another. Press Ctrl-C to stop; a video in progress continues the next time you start.
    """
    from videoai.jobs.pausing import pausing
    from videoai.system.offline import asked, close
    from videoai.system.scrubbing import log_to_stderr
    from videoai.web.app import create_app
    from videoai.web.server import Server
    from videoai.web.services import Options

    log_to_stderr()
    wanted, run = _wanted(values)
    if offline := run.offline or asked():
        close()
    server = Server(create_app(Options(offline=offline, gentle=run.gentle)), host, wanted.port)
    _stop_on_signals(server)
    print(shown(say("VideoAi is at {address}", address=server.address)), flush=True)
    if lan:
        _open_to_phones(server)
    print(f"  {shown(say('Press Ctrl-C to stop.'))}", file=sys.stderr, flush=True)
    if wanted.open:
        import webbrowser

        webbrowser.open(link_of(server.address))
    with pausing():
        server.run()
    return 0


def _wanted(values: Mapping[str, object]) -> tuple[ServeOptions, RunOptions]:
    """What was given, and else what the config file says. Raises BadSettings, BadConfig."""
    config, problems = read_config(), Problems()
    run = check_options(config.options(_RUN, given_of(_RUN, values)), problems)
    problems.raise_if_any()
    return config.serve(given_of(SERVE, values)), RunOptions(**run)


def link_of(address: str) -> str:
    """What a browser opens to be the owner's: the page's address, or where no system tells whose it is, a way in.

    Raises WriteFailed, BadOutput.
    """
    from videoai.web import owner

    return address if owner.is_told() else owner.way_in(address).as_uri()


def _open_to_phones(server: Server) -> None:
    """Open the door to the network, and say how a phone gets in."""
    phone = server.phone
    phone.open()
    code, seconds = phone.pairing.current()
    said = say("On a phone on the same network: {address}", address=phone.urls()[0])
    print(shown(said), flush=True)
    print(
        shown(
            say(
                "Code, valid for {time}: {code}",
                time=duration(seconds),
                code=f"{code or '':.4} {(code or '')[4:]}",
            )
        ),
        flush=True,
    )
    link = phone.link()
    if sys.stdout.isatty() and link is not None:
        import segno

        segno.make(link, micro=False).terminal(out=sys.stdout, compact=True)
        sys.stdout.flush()


def _stop_on_signals(server: Server) -> None:
    """The first signal stops it in order. Ctrl-C after that leaves it seconds to put the video back, or it would count
    as a crash, and once more ends it at once: children end with it, and lose no saved step.

    Being asked to end once more cuts nothing short: where a terminal is closed, the shell and the system both say so.
    """
    asked, stopping = 0, f"\n{shown(say('Stopping'))}\n".encode()

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked and number != signal.SIGINT:
            return
        asked += 1
        if asked > 2:
            os._exit(EXIT_INTERRUPTED)
        if asked == 2:
            signal.signal(signal.SIGALRM, lambda *_: os._exit(EXIT_INTERRUPTED))
            signal.alarm(_HURRY_SECONDS)
            return
        server.stop()
        with suppress(OSError):  # the terminal may be what was closed
            os.write(2, stopping)  # not print, which may be what was interrupted

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, on_signal)
