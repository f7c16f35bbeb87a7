"""The `videoai` command. This file is kept light: it must be able to answer Ctrl-C from its first moment."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from types import FrameType

from videoai.cli import streams
from videoai.errors import EXIT_INTERRUPTED, Postponed, unforeseen
from videoai.language import say, shown
from videoai.packages import how_to_install


class _Interrupts:
    """Ctrl-C, and being asked to end, remembered. Python drops what is raised inside a callback or a destructor."""

    def __init__(self) -> None:
        self.came: type[BaseException] | None = None
        for number, meaning in _MEANINGS.items():
            if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGINT:  # as nohup has it
                signal.signal(number, partial(self._on_signal, meaning))
        default_hook = sys.unraisablehook
        sys.unraisablehook = lambda lost: None if lost.exc_type in _MEANINGS.values() else default_hook(lost)

    def _on_signal(self, meaning: type[BaseException], number: int, frame: FrameType | None) -> None:
        if self.came is not None and meaning is Postponed:
            return  # it is ending already, and what it still has to write down would be cut short
        self.came = meaning
        raise meaning

    def check(self, _: object = None) -> None:
        """Raise what may have been dropped."""
        if self.came is not None:
            raise self.came

    def ignore_further(self) -> None:
        for number in _MEANINGS:
            signal.signal(number, signal.SIG_IGN)


_MEANINGS: dict[signal.Signals, type[BaseException]] = {
    signal.SIGINT: KeyboardInterrupt,
    signal.SIGTERM: Postponed,
}
if hasattr(signal, "SIGHUP"):  # the terminal was closed; Windows, which is told that it is not ours, has none
    _MEANINGS[signal.SIGHUP] = Postponed


def _defect(error: BaseException) -> int:
    """Tell of an error that nobody foresaw; its details are for a developer's eyes only."""
    if not isinstance(error, Exception) or os.environ.get("VIDEOAI_DEBUG"):
        raise error
    told = unforeseen(error)
    _failed(told.message, told.hint)
    return told.exit_code


def _failed(message: str, hint: str) -> int:
    """As videoai.cli.report does it, of which nothing may be there."""
    print(shown(say("Error: {message}", message=message)), f"  {shown(hint)}", sep="\n", file=sys.stderr)
    return 1


_OF_THE_SYSTEM = ("fcntl", "pwd", "resource", "termios")
"""Modules that Python has on macOS and Linux: nobody can install them elsewhere."""


def _of_another_system() -> int:
    return _failed(
        say("VideoAi runs on macOS and Linux only."),
        say("On Windows, use WSL, the Windows Subsystem for Linux: “wsl --install” sets it up."),
    )


def main(arguments: list[str] | None = None, verb: str | None = None) -> int:
    """Run the command line, which may leave out `verb`, and return its exit code (see videoai.errors). Never exits."""
    if sys.platform == "win32":
        return _of_another_system()
    interrupts = _Interrupts()
    streams.settle()
    arguments = sys.argv[1:] if arguments is None else arguments
    if _makes_videos(arguments) and not {"-q", "--quiet"} & {*arguments}:
        streams.show_until_more(shown(say("Getting ready")) + "…")
    try:
        from videoai.system import offline

        offline.prepare()
        from videoai.cli.app import run

        return run(arguments, interrupts.check, verb)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("videoai"):
            raise
        if error.name in _OF_THE_SYSTEM:
            return _of_another_system()
        return _failed(
            say("The package {name} is not installed.", name=error.name),
            how_to_install(),
        )
    except BaseException as error:
        # An interrupt during an import may come out as another error, from a module only half there.
        if not interrupts.came:
            return _defect(error)
        interrupts.ignore_further()
        remains = getattr(error, "remains", None) or _what_remains(arguments)
        told = say("Interrupted: {remains}.", remains=remains) if remains else say("Interrupted.")
        print("\n" + shown(told), file=sys.stderr)
        return EXIT_INTERRUPTED


_WITHOUT_VIDEO = (
    "app",
    "backup",
    "completion",
    "config",
    "doctor",
    "estimate",
    "forget",
    "info",
    "jobs",
    "mcp",
    "restore",
    "serve",
    "token",
)


def _makes_videos(arguments: list[str]) -> bool:
    verb = arguments[0] if arguments else "--help"
    return verb not in (*_WITHOUT_VIDEO, "models") and not {"-h", "--help", "--version"} & {*arguments}


def _what_remains(arguments: list[str]) -> str:
    verb = arguments[0] if arguments else ""
    if verb in ("models", "resume"):
        return say("run the same command again to continue")
    if verb in _WITHOUT_VIDEO:
        return ""
    return say("the video wasn't finished, and nothing of it was left behind")
