"""Whether files can be written into a folder, found out before anything is computed for them."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

from videoai.errors import BadOutput, VideoAiError, WriteFailed
from videoai.language import say
from videoai.system.files import part_name
from videoai.system.reasons import is_full, reason

_ELSEWHERE = say("Choose another place, with --output or VIDEOAI_OUTPUTS.")
_TRIED_BYTES = 1 << 16
"""What is written to see whether there is room at all; a video has a few megabytes."""


def check_writable(target: Path) -> None:
    """Raises BadOutput or WriteFailed, naming the folder, unless a video can be written under the name `target`.

    Its folder may not be there yet: then it has to be possible to make it. Nothing is left behind.
    """
    folder = target.parent.absolute()
    there = _deepest(folder)
    trial = there / part_name("videoai")
    try:
        _check_kind(target)
        trial.mkdir(0o700)  # in which the name is free, whatever the folder holds
        try:
            with (trial / target.name).open("wb") as file:  # some drives refuse only when it is closed
                file.write(bytes(_TRIED_BYTES))
        finally:
            shutil.rmtree(trial)
    except OSError as error:
        raise _refusal(error, there) from error


def _check_kind(target: Path) -> None:
    """Raises BadOutput for what a video must not take the place of: a device, a pipe. Raises OSError."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise BadOutput(say("{path} is not a file and was left as it is.", path=target), _ELSEWHERE)


def _deepest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there. Raises BadOutput if none can come below that."""
    there = Path(folder.anchor)
    for part in (*reversed(folder.parents), folder):
        try:
            mode = part.stat().st_mode
        except FileNotFoundError:
            if part.is_symlink():
                raise BadOutput(
                    say(
                        "The folder {folder} is a link to {target}, which does not exist.",
                        folder=part,
                        target=os.readlink(part),
                    ),
                    say("Connect the disk it is on, or choose another place with --output or VIDEOAI_OUTPUTS."),
                ) from None
            return there
        except ValueError as error:
            raise BadOutput(
                say("No folder can have this name: {folder}", folder=repr(str(part))), _ELSEWHERE
            ) from error
        except OSError as error:
            raise _refusal(error, part if error.errno == errno.ELOOP else there) from error
        if not stat.S_ISDIR(mode):
            raise BadOutput(say("{folder} is a file, not a folder for videos.", folder=part), _ELSEWHERE)
        there = part
    return there


def _refusal(error: OSError, folder: Path) -> VideoAiError:
    """Why nothing can be written into `folder`."""
    said: dict[int, str] = {
        errno.ENOSPC: say("The disk of the folder {folder} is full.", folder=folder),
        errno.EDQUOT: say("Your disk quota for the folder {folder} is used up.", folder=folder),
        errno.EROFS: say("The folder {folder} is on a read-only disk.", folder=folder),
        errno.ELOOP: say("The folder {folder} is a link that leads back to itself.", folder=folder),
        errno.ENAMETOOLONG: say("The name of the video is too long for the folder {folder}.", folder=folder),
    }
    if is_full(error):
        return WriteFailed(said[error.errno or 0], say("Free some space, or choose another place."))
    if error.errno in (errno.EACCES, errno.EPERM):
        return BadOutput(_not_yours(folder), _ELSEWHERE)
    other = say("VideoAi cannot write to the folder {folder}: {reason}.", folder=folder, reason=reason(error))
    return BadOutput(said.get(error.errno or 0, other), _ELSEWHERE)


def _not_yours(folder: Path) -> str:
    try:
        uid = folder.stat().st_uid
    except OSError:
        uid = os.geteuid()
    who = {"folder": folder, "owner": _named(uid)}
    if not os.access(folder, os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return say("You don't have permission to open the folder {folder}, which belongs to {owner}.", **who)
    return say("You don't have permission to write to the folder {folder}, which belongs to {owner}.", **who)


def _named(uid: int) -> str:
    if uid == os.geteuid():
        return say("you")
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return say("the user {number}", number=str(uid))
