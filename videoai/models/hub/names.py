"""Names that come from the hub: hostile until checked, because they become paths and addresses."""

from __future__ import annotations

import re
import unicodedata

from videoai.errors import DownloadFailed
from videoai.language import say

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_DRIVE = re.compile(r"[A-Za-z]:")
_MAX_REPO = 200  # with “models--” it is the name of one folder, which has 255 bytes
_MAX_PATH = 1024
_MAX_SEGMENT = 255
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's control characters, halves of characters, line and paragraph separators."""


def check_path(path: object) -> str:
    """Return `path` if it is a path of a file inside a repository, in the hub's own notation.

    Raises DownloadFailed for everything that could lead elsewhere on any system, be it absolute, a way up, a
    Windows drive or separator, and for what no file is called.
    """
    if not isinstance(path, str):
        raise _refused(path)
    try:
        length = len(path.encode())
    except UnicodeEncodeError:  # JSON can hold one half of a surrogate pair
        raise _refused(path) from None
    segments = path.split("/")
    if (
        length > _MAX_PATH
        or any(segment in ("", ".", "..") or len(segment.encode()) > _MAX_SEGMENT for segment in segments)
        or "\\" in path
        or _DRIVE.match(path)
        or any(unicodedata.category(character) in _UNSEEN for character in path)
    ):
        raise _refused(path)
    return path


def check_repo(repo: str) -> str:
    """Return `repo` if it can be the name of a repository, “owner/name”. Raises DownloadFailed."""
    if not _REPO.fullmatch(repo) or len(repo) > _MAX_REPO or "--" in repo:  # “--” stands for the slash
        raise DownloadFailed(
            say("{repo} is not the name of a repository on the hub.", repo=_shown(repo)), say("Write it as owner/name.")
        )
    return repo


def is_commit(text: object) -> bool:
    return isinstance(text, str) and _COMMIT.fullmatch(text) is not None


def is_sha256(text: object) -> bool:
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def is_blob(text: object) -> bool:
    """Whether `text` can name a file's content: a SHA-256 for large files, git's SHA-1 for the others."""
    return is_sha256(text) or is_commit(text)


def _refused(path: object) -> DownloadFailed:
    return DownloadFailed(
        say("The hub's list of files is damaged and was refused: it names {path}.", path=_shown(path)),
        say("Nothing was written. If it keeps happening, tell the owner of the model."),
    )


def _shown(name: object) -> str:
    """The name, harmless on a terminal and not too long."""
    text = ascii(name)
    return text if len(text) <= 80 else f"{text[:77]}…"
