"""Why something failed, as a part of a sentence."""

from __future__ import annotations

import errno

from videoai.language import Text, say

_SYSTEM = {
    errno.EACCES: say("permission denied"),
    errno.EPERM: say("operation not permitted"),
    errno.ENOENT: say("no such file or directory"),
    errno.ENOTDIR: say("not a directory"),
    errno.EISDIR: say("is a directory"),
    errno.ENAMETOOLONG: say("file name too long"),
    errno.ENOSPC: say("no space left on device"),
    errno.EROFS: say("read-only file system"),
    errno.EIO: say("input/output error"),
}


def reason(error: BaseException | None) -> str:
    """Why it failed, within a sentence: our own words, or those of the operating system."""
    if error is not None and error.args and isinstance(error.args[0], Text):
        return error.args[0]
    known = _SYSTEM.get(error.errno or 0) if isinstance(error, OSError) else None
    return known or (getattr(error, "strerror", None) or str(error)).lower()
