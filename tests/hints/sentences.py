"""Every sentence in which a command or a flag is named, found in the source: what is told must be true."""

from __future__ import annotations

import re

from tests.language.said import commands, helps, texts
from videoai.language import catalogue
from videoai.options import OPTIONS
from videoai.settings import PARAMETERS

NAMES_A_COMMAND = re.compile(
    r"\bvideoai [-a-zA-Z{]|\b(?:python3?|pip|brew|wsl|hf) (?:-|install|auth|app|generate)|\benv -u "
)
NAMES_A_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OF_OTHER_PROGRAMS = {"--install", "--force-reinstall", "--index-url"}
"""wsl's and pip's."""


def told() -> set[str]:
    """The sentences of messages, errors and hints that name one; help, which describes flags, is not among them."""
    rows = {getattr(row.help, "template", "") for row in (*PARAMETERS.values(), *OPTIONS.values())}
    said = {template for _, template, _ in texts() if template} - rows
    return {one for one in said if NAMES_A_COMMAND.search(one) or NAMES_A_FLAG.search(one)}


def everything() -> set[str]:
    """All of them, with the help of commands and what the page says."""
    return told() | set(helps()) | set(catalogue("it", "page"))


def flags() -> set[str]:
    """All that there are."""
    return {
        name
        for command in commands()
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    } | {
        "--help",
        "--version",
    }


def verbs() -> set[str]:
    """ "jobs", "jobs list" and all others, as they are typed."""
    found = set()

    def add(command: object, path: str) -> None:
        for name, below in getattr(command, "commands", {}).items():
            found.add(f"{path}{name}")
            add(below, f"{path}{name} ")

    add(next(commands()), "")
    return found


def commands_in(sentence: str) -> list[str]:
    """What is to be typed, of a sentence: from the program's name to the end of the quotation, clause or line."""
    begins = r"\bvideoai (?=[-a-zA-Z])|\b(?:pip install|wsl --install|hf auth login)|\benv -u "
    found = re.findall(rf"(?:{begins}).*?(?=[”\n;)|]|[.,:;]+(?:\s|$)|$)", sentence)
    return [command.rstrip() for command in found]
