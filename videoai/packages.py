"""How somebody gets the packages again that VideoAi stands on: that depends on how they got VideoAi."""

from __future__ import annotations

import os
import shlex

from videoai.language import say


def _requirements() -> str | None:
    """The list of pinned packages as a shell reads its path; None where the package alone was installed."""
    file = _requirements_file()
    return shlex.quote(file) if os.path.isfile(file) else None


def _requirements_file() -> str:
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "requirements.txt")


def how_to_install() -> str:
    """What to do if one is not there."""
    if file := _requirements():
        return say("Activate the virtual environment, or run: pip install -r {file}", file=file)
    return say("Install VideoAi again, as you did the first time.")


def how_to_reinstall() -> str:
    """What to do if one is there and does not work: pip leaves it as it is, unless it is told to do more."""
    if file := _requirements():
        return say("Install the packages again: pip install --force-reinstall -r {file}", file=file)
    return say("Install VideoAi again, as you did the first time.")


def with_extra(name: str) -> str:
    """The command that installs what an extra of ours needs, for the VideoAi that runs."""
    folder = os.path.dirname(_requirements_file())
    if os.path.isfile(os.path.join(folder, "pyproject.toml")):
        return f"pip install -e {shlex.quote(f'{folder}[{name}]')}"  # a copy elsewhere would not be what runs
    return f"pip install {shlex.quote(f'videoai[{name}]')}"
