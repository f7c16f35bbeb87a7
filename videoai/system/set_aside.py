"""What was set aside in the program's own folder: damaged files, and what a restore has replaced.

Nobody needs it but whoever wants to look at it. VIDEOAI_HOME may name a folder that holds the user's own things, too:
only what is called exactly so is ours.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from videoai.system import paths
from videoai.system.paths import files_in

_STAMP = r"\d{8}-\d{6}-\d{6}"
_NAMES = re.compile(
    rf"videoai-damaged-{_STAMP}\.sqlite3(-wal|-shm)?|(devices|presets)-damaged-{_STAMP}\.json|before-restore-{_STAMP}"
)


def for_damaged(path: Path) -> Path:
    """What the damaged file at `path` is called from now on."""
    return path.with_name(f"{path.stem}-damaged-{_stamp()}{path.suffix}")


def for_replaced() -> Path:
    """The folder for what a restore replaces."""
    return paths.home() / f"before-restore-{_stamp()}"


def is_for_replaced(name: str) -> bool:
    """Whether a folder of this name was made for what a restore replaces."""
    return name.startswith("before-restore-") and _NAMES.fullmatch(name) is not None


def all_of_it() -> list[Path]:
    """Each file and folder that was set aside."""
    return [path for path in files_in(paths.home()) if _NAMES.fullmatch(path.name)]


def _stamp() -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**6:06}"
