"""VideoAi among this user's applications: what that takes is written in one place, and taken away again by that."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from videoai.desktop import linux_entry, mac_bundle
from videoai.errors import BadOutput
from videoai.language import say
from videoai.system import paths
from videoai.system.deleting import must_delete
from videoai.system.files import whole_file, write_errors
from videoai.system.strict_json import read_json


class ApplicationFile(NamedTuple):
    """A file that belongs to the application."""

    content: bytes
    is_program: bool = False


def install() -> list[Path]:
    """Write what is missing or of an earlier place of the program; all its files. Twice is as once.

    Raises BadOutput where somebody else's file is in the way, WriteFailed.
    """
    parts, known = _parts(), _made()
    for path in parts:
        if path.exists() and not _is_ours(path, known) and path.read_bytes() != parts[path].content:
            raise BadOutput(
                say("{path} is there already, and VideoAi did not make it, or it has changed since.", path=path),
                say("Move it away, then run the same command again."),
            )
    for path, part in parts.items():
        with whole_file(path, replace=True) as temporary:
            temporary.write_bytes(part.content)
            temporary.chmod(0o755 if part.is_program else 0o644)
    must_delete(*(path for path in known if path not in parts and _is_ours(path, known)))  # of an earlier version
    _remember({path: _digest(part.content) for path, part in parts.items()})
    _tell_the_desktop()
    return list(parts)


def uninstall() -> tuple[list[Path], list[Path]]:
    """Remove what `install` has made and nobody has changed since; what was removed, and what was kept.

    Raises NotDeleted.
    """
    known = _made()
    removed = [path for path in known if _is_ours(path, known)]
    kept = [path for path in known if path not in removed and path.exists()]
    must_delete(*removed)
    for folder in sorted({parent for path in known for parent in _folders(path)}, reverse=True):
        with suppress(OSError):  # somebody else's things are in it
            folder.rmdir()
    must_delete(_list())
    _tell_the_desktop()
    return removed, kept


def _parts() -> Mapping[Path, ApplicationFile]:
    if sys.platform == "darwin":
        found = mac_bundle.parts(Path.home() / "Applications")
    else:
        found = linux_entry.parts(_data())
    return {path: ApplicationFile(content, is_program) for path, (content, is_program) in found.items()}


def _folders(path: Path) -> list[Path]:
    """Those that were made for it alone: of the bundle, and of the launcher."""
    return [parent for parent in path.parents if {"VideoAi.app", linux_entry.FOLDER} & {*parent.parts}]


def _is_ours(path: Path, known: Mapping[Path, str]) -> bool:
    """Whether it is as it was made."""
    try:
        return path in known and not path.is_symlink() and _digest(path.read_bytes()) == known[path]
    except OSError:
        return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _made() -> dict[Path, str]:
    """What was made, and its digest; what is damaged lists nothing, so that nothing is removed by it."""
    try:
        found = read_json(_list().read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return {}
    return {Path(path): digest for path, digest in found.items()}


def _remember(made: Mapping[Path, str]) -> None:
    path = _list()
    with write_errors(path), whole_file(path, replace=True) as part:
        part.write_text(json.dumps({str(path): digest for path, digest in made.items()}, indent=1))


def _list() -> Path:
    return paths.home() / "application.json"


def _tell_the_desktop() -> None:
    """Which application opens which kind of file is in a list of the system's; some desktops look at it alone."""
    program = shutil.which("update-desktop-database")
    if sys.platform == "darwin" or program is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        command = [program, "-q", str(_data() / "applications")]
        subprocess.run(command, capture_output=True, timeout=30, check=False)  # noqa: S603


def _data() -> Path:
    """By the XDG Base Directory Specification, which has relative paths ignored."""
    chosen = os.environ.get("XDG_DATA_HOME", "")
    return Path(chosen) if os.path.isabs(chosen) else Path.home() / ".local" / "share"
