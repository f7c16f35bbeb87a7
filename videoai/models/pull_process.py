"""The process in which a model is fetched and made small: python -m videoai.models.pull_process MODEL PRECISION

It says how far it is in the lines of system/messages.py. Ended at any moment, it loses nothing: the next one goes on.
"""

from __future__ import annotations

import os
import signal
import sys

from videoai.errors import VideoAiError
from videoai.events import Event
from videoai.system import environment, offline, processes
from videoai.system.messages import Failed, encode, is_told

_NICENESS = 5


def main(model_id: str, precision: str) -> int:
    """Fetch and convert the model, and return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not get between the messages
    processes.end_with_parent()
    offline.prepare()
    environment.prepare()
    os.nice(_NICENESS)
    from videoai.models import manager

    def say(event: Event) -> None:
        if is_told(event):
            os.write(out, encode(event))  # type: ignore[arg-type]  # is_told says so

    try:
        manager.pull(model_id, precision, say)
    except VideoAiError as error:
        os.write(out, encode(Failed(error.to_dict()["error"])))
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # all is said and on the disk; taking down torch would take a second more
