"""The process in which a model, or what is beside the models, is fetched and made small, verified, or
imported:

    python -m videoai.models.pull_process pull ID PRECISION
    python -m videoai.models.pull_process verify ID
    python -m videoai.models.pull_process import ID PRECISION PATH

It says how far it is in the lines of system/messages.py. Ended at any moment, it loses nothing: the next one goes on.
"""

from __future__ import annotations

import sys

from videoai.events import OnEvent
from videoai.system import child


def main(verb: str, *words: str) -> int:
    """Do it, and return the exit code."""

    def do(on_event: OnEvent) -> None:
        from videoai.models import by_id

        {"pull": by_id.pull, "verify": by_id.verify, "import": by_id.import_}[verb](*words, on_event)  # type: ignore[operator]

    return child.work(do)


if __name__ == "__main__":
    child.leave(main(*sys.argv[1:]))
