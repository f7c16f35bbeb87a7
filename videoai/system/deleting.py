"""Deleting files and folders, and knowing what of them could not be deleted: nothing stays without a word."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from videoai.errors import NotDeleted
from videoai.language import say, several
from videoai.system.reasons import reason

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Left:
    """A file or folder that is still there, and why."""

    path: Path
    why: str

    def to_dict(self) -> dict[str, str]:
        """The JSON shape of the command line."""
        return {"path": str(self.path), "reason": self.why}


def delete(path: Path) -> Left | None:
    """Remove a file, or a folder with all of it that can be removed; what is left of it, if anything is."""
    try:
        _delete(path)
    except FileNotFoundError:
        # Another process was faster: with all of it, or with a part of it.
        shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(path, ignore_errors=True)  # one thing that stays is no reason for others to stay
        return Left(path, reason(error)) if _is_there(path) else None
    return Left(path, say("something is writing to it")) if _is_there(path) else None


def must_delete(*paths: Path) -> None:
    """Remove these, all that can be removed. Raises NotDeleted if something is left."""
    raise_if_left([left for path in paths if (left := delete(path)) is not None])


def raise_if_left(left: Sequence[Left]) -> None:
    """Raises NotDeleted if anything is left."""
    if left:
        one = say("{path} could not be deleted: {reason}.", path=left[0].path, reason=left[0].why)
        each = [say("{path} ({reason})", path=found.path, reason=found.why) for found in left]
        raise NotDeleted(
            one if len(left) == 1 else say("Could not be deleted: {things}.", things=several(each, _MOST_NAMED)),
            say("Check that you can write to its folder and that its disk is connected, then delete it again."),
        )


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:  # nobody knows
        return True
    return True
