"""The process in which a model, or what is beside the models, is fetched and made small, verified, or
imported:

    python -m videoai.models.pull_process pull ID PRECISION
    python -m videoai.models.pull_process verify ID
    python -m videoai.models.pull_process import ID PRECISION PATH

It says how far it is in the lines of system/messages.py. Ended at any moment, it loses nothing: the next one goes on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from videoai.events import OnEvent
from videoai.system import child


def main(verb: str, *words: str) -> int:
    """Do it, and return the exit code."""

    def do(on_event: OnEvent) -> None:
        from videoai.models import by_id

        if verb == "import":
            # What is said of it then calls it by its name alone: where a copy lies is nobody's business.
            id, precision, path = words
            os.chdir(Path(path).parent)
            by_id.import_(id, precision, Path(path).name, on_event)
            return
        {"pull": by_id.pull, "verify": by_id.verify}[verb](*words, on_event)  # type: ignore[operator]

    return child.work(do)


if __name__ == "__main__":
    child.leave(main(*sys.argv[1:]))
