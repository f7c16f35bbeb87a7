"""The process in which a model is fetched and made small: python -m videoai.models.pull_process MODEL PRECISION

It says how far it is in the lines of system/messages.py. Ended at any moment, it loses nothing: the next one goes on.
"""

from __future__ import annotations

import sys

from videoai.events import OnEvent
from videoai.system import child


def main(model_id: str, precision: str) -> int:
    """Fetch and convert the model, and return the exit code."""

    def pull(on_event: OnEvent) -> None:
        from videoai.models import manager

        manager.pull(model_id, precision, on_event)

    return child.work(pull)


if __name__ == "__main__":
    child.leave(main(*sys.argv[1:]))
