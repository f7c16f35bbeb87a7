"""Why something failed, as a part of a sentence."""

from __future__ import annotations

import errno
import json

from videoai.language import Text, say

_SYSTEM = {
    errno.EACCES: say("you don't have permission"),
    errno.EPERM: say("you don't have permission"),
    errno.ENOENT: say("it does not exist"),
    errno.ENOTDIR: say("a part of the path is a file, not a folder"),
    errno.EISDIR: say("it is a folder, not a file"),
    errno.ENAMETOOLONG: say("the name is too long"),
    errno.ENOSPC: say("the disk is full"),
    errno.EROFS: say("the disk is read-only"),
    errno.EIO: say("there was a read or write error"),
    errno.EEXIST: say("something with that name already exists"),
    errno.ENOTEMPTY: say("the folder is not empty"),
    errno.EBUSY: say("something else is using it"),
    errno.ELOOP: say("it is a link that leads back to itself"),
    errno.EDQUOT: say("your disk quota is used up"),
    errno.EMFILE: say("too many files are open"),
    errno.ENFILE: say("too many files are open"),
    errno.EINVAL: say("the system does not accept it"),
    errno.ESTALE: say("it no longer exists"),
    errno.ENXIO: say("the device is not connected"),
    errno.ENODEV: say("the device is not connected"),
    errno.ETIMEDOUT: say("it took too long to respond"),
}


def is_full(error: BaseException | None) -> bool:
    """Whether it is that the disk, or the user's share of it, has no more room."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def remedy(error: OSError) -> str:
    """What to do about a file that could not be written, as a sentence."""
    if is_full(error):
        return say("Free some space, or choose another place.")
    return say("Choose a shorter one.") if error.errno == errno.ENAMETOOLONG else say("Choose another place.")


def reason(error: BaseException | None) -> str:
    """Why it failed, within a sentence: our own words, or those of the operating system."""
    if error is not None and error.args and isinstance(error.args[0], Text):
        return error.args[0]
    if isinstance(error, (json.JSONDecodeError, RecursionError)):
        return say("it is not JSON, or is nested too deeply")
    known = _SYSTEM.get(error.errno or 0) if isinstance(error, OSError) else None
    return known or (getattr(error, "strerror", None) or str(error)).lower()
