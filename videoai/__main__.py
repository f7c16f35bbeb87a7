"""`python -m videoai`."""

import os
import signal
import sys

from videoai.supported import check

check()  # before an older Python stumbles
signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of an import, until `main` answers Ctrl-C


def _places() -> list[str]:
    """Where to import from: this package's own folder, and not the current one, where Python looks first."""
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        here = os.getcwd()
    except FileNotFoundError:  # deleted
        here = ""
    return [ours, *(place for place in sys.path if place not in ("", ours, here))]


sys.path[:] = _places()

from videoai.cli import main  # noqa: E402

sys.exit(main())
