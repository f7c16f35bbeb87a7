"""The `videoai` command. This file is kept light: it must be able to answer Ctrl-C from its first moment."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from videoai.errors import EXIT_INTERRUPTED
from videoai.language import say, shown


class _Interrupts:
    """Ctrl-C, remembered. Python drops a KeyboardInterrupt that arrives inside a callback or a destructor."""

    def __init__(self) -> None:
        self.came = False
        signal.signal(signal.SIGINT, self._on_signal)
        default_hook = sys.unraisablehook
        sys.unraisablehook = lambda lost: None if lost.exc_type is KeyboardInterrupt else default_hook(lost)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt

    def check(self, _: object = None) -> None:
        """Raise the KeyboardInterrupt that may have been dropped."""
        if self.came:
            raise KeyboardInterrupt

    def ignore_further(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _defect(error: BaseException) -> int:
    """Tell of an error that nobody foresaw; its details are for a developer's eyes only."""
    if not isinstance(error, Exception) or os.environ.get("VIDEOAI_DEBUG"):
        raise error
    what = say("Something went wrong that should not have ({name}: {error}).", name=type(error).__name__, error=error)
    hint = say("This is a defect of VideoAi: VIDEOAI_DEBUG=1 before the same command shows its details.")
    return _failed(what, hint)


def _failed(message: str, hint: str) -> int:
    """As videoai.cli.report does it, of which nothing may be there."""
    print(shown(say("Error: {message}", message=message)), f"  {shown(hint)}", sep="\n", file=sys.stderr)
    return 1


_OF_THE_SYSTEM = ("fcntl", "pwd", "resource", "termios")
"""Modules that Python has on macOS and Linux: nobody can install them elsewhere."""


def _of_another_system() -> int:
    return _failed(
        say("VideoAi runs on macOS and Linux only."),
        say("On Windows it runs inside WSL, the Windows Subsystem for Linux: “wsl --install” sets that up."),
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code (see videoai.errors). Never exits."""
    if sys.platform == "win32":
        return _of_another_system()
    interrupts = _Interrupts()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        from videoai import offline

        offline.prepare()
        from videoai.cli.app import run

        return run(arguments, interrupts.check)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("videoai"):
            raise
        if error.name in _OF_THE_SYSTEM:
            return _of_another_system()
        return _failed(
            say("The package {name} is not installed here.", name=error.name),
            say("Activate the virtual environment, or run: pip install -r requirements.txt"),
        )
    except BaseException as error:
        # An interrupt during an import may come out as another error, from a module only half there.
        if not interrupts.came:
            return _defect(error)
        interrupts.ignore_further()
        remains = getattr(error, "remains", None) or _what_remains(arguments)
        print("\n" + shown(say("Interrupted: {remains}.", remains=remains)), file=sys.stderr)
        return EXIT_INTERRUPTED


def _what_remains(arguments: list[str]) -> str:
    if arguments[:1] == ["models"]:
        return say("the same command goes on where it was")
    return say("this video was not finished, and no part of it was left behind")
