"""Whether Qt can open a window here, tried in a process of its own: where it cannot, it ends the process it is in."""

from __future__ import annotations

import importlib
import sys


def main() -> int:
    """Load what the window needs, and connect to the screen; the reason is printed if that fails."""
    try:
        for module in ("QtWebChannel", "QtWebEngineCore", "QtWebEngineWidgets"):
            importlib.import_module(f"qtpy.{module}")
        from qtpy.QtWidgets import QApplication
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    QApplication(["videoai"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
