"""Whether this Python can run VideoAi. For Pythons that cannot: written as Python 3.6 reads it, and nothing is imported
but what that has. The entry points and the Makefile run this file before anything else."""

import os
import sys

OLDEST = (3, 10)
"""The first Python that there is everything for."""

_TOLD = {
    "en": (
        "Error: VideoAi needs Python {oldest} or newer, and this is Python {found}.\n"
        "  Install one from https://www.python.org/downloads/, or on a Mac with Homebrew: brew install python@3.13. "
        "Then make the virtual environment with it: python3.13 -m venv venv\n"
        "  If you have made one, activate it: source venv/bin/activate"
    ),
    "it": (
        "Errore: VideoAi richiede Python {oldest} o più recente, e questo è Python {found}.\n"
        "  Installane uno da https://www.python.org/downloads/, oppure su Mac con Homebrew: brew install python@3.13. "
        "Poi crea con quello l'ambiente virtuale: python3.13 -m venv venv\n"
        "  Se ne hai già uno, attivalo: source venv/bin/activate"
    ),
}
"""Here and not in the catalogue, whose modules such a Python cannot read."""


def _language() -> str:
    """As videoai.language finds it."""
    names = ("VIDEOAI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wish = next(filter(None, map(os.environ.get, names)), "")
    return "it" if wish.lower().startswith("it") else "en"


def check() -> None:
    """End the program with a sentence and a hint if this Python is too old."""
    if sys.version_info < OLDEST:
        oldest, found = (".".join(map(str, version)) for version in (OLDEST, sys.version_info[:3]))
        sys.exit(_TOLD[_language()].format(oldest=oldest, found=found))


if __name__ == "__main__":
    check()
