"""The Hugging Face cache on this machine, in the layout that all programs share.

    <root>/models--owner--name/refs/main                     the commit
                               blobs/<SHA-256 or git SHA-1>  the content
                               snapshots/<commit>/<path>     a relative link to a blob
           .locks/models--owner--name/<blob>.lock            held while a blob is fetched

Where links are not possible, the file itself is in the snapshot. New versions of huggingface_hub make a blob a
link to <root>/blobs, which repositories share.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from videoai.catalogue import Remote
from videoai.errors import BadOutput, DownloadFailed, WriteFailed
from videoai.language import say
from videoai.models.hub.names import check_path, check_repo, is_blob, is_commit
from videoai.system import paths
from videoai.system.files import part_name, sweep, sync, whole_file
from videoai.system.locking import POLL_SECONDS, try_lock
from videoai.system.paths import files_in
from videoai.system.reasons import is_full, reason

PART = ".videoai-part"
"""What the name of a blob that is not complete ends with."""

NOTES = ".videoai-part.json"
"""And the notes beside it (see partial_file.py)."""

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


def home() -> Path:
    """Hugging Face's own folder: $HF_HOME, or its place among the user's caches."""
    chosen = os.environ.get("HF_HOME")
    return _expanded(chosen or os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"))


def root() -> Path:
    """The cache's folder: $HF_HUB_CACHE, its older name, or `hub` in Hugging Face's own folder."""
    chosen = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return _expanded(chosen) if chosen else home() / "hub"


def _expanded(path: str) -> Path:
    path = os.path.expandvars(os.path.expanduser(path))
    if path.startswith("~"):  # nobody's home: then with all else that is ours
        return paths.home() / path.lstrip("~/")
    return Path(os.path.abspath(path))


def folder(repo: str) -> Path:
    """The folder of a repository. Raises DownloadFailed for an impossible name."""
    return root() / ("models--" + check_repo(repo).replace("/", "--"))


def blob_path(repo: str, blob: str) -> Path:
    """Where the content called `blob` belongs. Raises DownloadFailed if that is no hash."""
    if not is_blob(blob):
        raise DownloadFailed(say("The hub's list of files is damaged and was refused: it contains an invalid hash."))
    return folder(repo) / "blobs" / blob


def snapshot_path(repo: str, commit: str, path: str) -> Path:
    """Where the file `path` of a commit belongs. Raises DownloadFailed for impossible names."""
    if not is_commit(commit):
        raise DownloadFailed(say("The hub's list of files is damaged and was refused: it contains an invalid commit."))
    return folder(repo) / "snapshots" / commit / check_path(path)


def find(remote: Remote, revision: str = "main") -> Path | None:
    """The path of a file that is here, whoever fetched it; `revision` is a branch, a tag or a commit.

    It may be behind links to elsewhere: a user may keep models on another disk. What is in the file is read with care
    wherever it is, and nothing is written or removed through a link. None if it, or a link, leads to no file. Raises
    DownloadFailed for names that cannot be.
    """
    commit = revision if is_commit(revision) else _read_ref(remote.repo, revision)
    if commit is None:
        return None
    path = snapshot_path(remote.repo, commit, remote.path)
    return path if path.is_file() else None


def find_any(remote: Remote) -> Path | None:
    """The path of a file in the first of `commits` that has it. Raises DownloadFailed for names that cannot be."""
    return next(filter(None, (find(remote, commit) for commit in commits(remote.repo))), None)


def find_blob(repo: str, blob: str) -> Path | None:
    """The path of a blob that is here, in the repository's folder or in the store of all."""
    path = blob_path(repo, blob)
    return path if _is_ours(path, repo) else None


def commits(repo: str) -> list[str]:
    """The commits of which there are files: that of the branch “main”, then the others, the latest first.

    Raises DownloadFailed for an impossible name.
    """
    main, found = _read_ref(repo, "main"), list[tuple[bool, float, str]]()
    for path in files_in(folder(repo) / "snapshots"):
        with suppress(OSError):  # a link to nothing, or it has gone meanwhile
            found += [(path.name == main, path.stat().st_mtime, path.name)] if is_commit(path.name) else []
    return [name for _, _, name in sorted(found, reverse=True)]


def _read_ref(repo: str, name: str) -> str | None:
    path = folder(repo) / "refs" / check_path(name)
    if not _is_ours(path, repo):
        return None
    try:
        with path.open("rb") as file:
            commit = file.read(100).decode("ascii", "replace").strip()
    except OSError:
        return None
    return commit if is_commit(commit) else None


def _is_ours(path: Path, repo: str) -> bool:
    """Whether `path` is, at the end of all links, a file in the repository's folder or in the store of all."""
    real = os.path.realpath(path)
    homes = (os.path.realpath(folder(repo)), os.path.realpath(root() / "blobs"))
    return os.path.isfile(real) and any(real.startswith(home + os.sep) for home in homes)


def place(repo: str, commit: str, path: str, blob: str) -> Path:
    """Make `path` of the snapshot a link to the blob, in one step, and return it. Raises WriteFailed.

    Where links are not possible, the blob itself is moved there.
    """
    target, source = snapshot_path(repo, commit, path), blob_path(repo, blob)
    link = os.path.relpath(source, target.parent)
    _check_inside(target, repo)
    with writing():
        if target.is_symlink() and os.readlink(target) == link:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        # A name that this sweeps up the next time, should the process end before it is renamed.
        part = target.with_name(part_name(target.name))
        try:
            os.symlink(link, part)
            os.replace(part, target)
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno not in _NO_LINKS:
                raise
            os.replace(source, target)
        sync(target.parent)
    return target


def set_ref(repo: str, name: str, commit: str) -> None:
    """Let the branch or tag `name` be `commit`. Raises WriteFailed, DownloadFailed for names that cannot be."""
    if not is_commit(commit):
        raise DownloadFailed(say("The hub's list of files is damaged and was refused: it contains an invalid commit."))
    target = folder(repo) / "refs" / check_path(name)
    if _read_ref(repo, name) == commit:
        return
    with writing(), whole_file(target, replace=True) as part:
        part.write_text(commit, "ascii")


def discard(repo: str, commit: str, path: str, blob: str) -> None:
    """Remove a file whose content is wrong. Raises WriteFailed."""
    entry = snapshot_path(repo, commit, path)
    _check_inside(entry, repo)
    with writing():
        entry.unlink(missing_ok=True)
        blob_path(repo, blob).unlink(missing_ok=True)


def _check_inside(entry: Path, repo: str) -> None:
    """Raises WriteFailed if the folder of an entry is a link to elsewhere: what lies there is somebody's own."""
    parent, home = os.path.realpath(entry.parent), os.path.realpath(folder(repo))
    if not parent.startswith(home + os.sep):
        raise WriteFailed(
            say("{folder} is a link to {place}, where VideoAi changes nothing.", folder=entry.parent, place=parent),
            say("Remove the link and run the same command again, or put the right files there yourself."),
        )


@contextmanager
def lock(repo: str, blob: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the right to fetch a blob, against all programs that use the cache.

    As long as another holds it, `on_wait` is called five times a second; what it raises ends the wait. The
    lock goes with the process, however that ends. Raises WriteFailed.
    """
    path = root() / ".locks" / folder(repo).name / f"{blob_path(repo, blob).name}.lock"
    with writing():
        path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with writing():
            descriptor = try_lock(path)
        if descriptor is not None:
            break
        on_wait()
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def writing() -> Iterator[None]:
    """Turn the operating system's refusals inside the cache into WriteFailed."""
    try:
        yield
    except (OSError, BadOutput) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        raise _write_failed(cause) from error
    except WriteFailed as error:  # of whole_file, which knows nothing of caches
        raise _write_failed(error.__cause__) from error


def _write_failed(cause: BaseException | None) -> WriteFailed:
    if is_full(cause):
        return WriteFailed(
            say("The disk is full: VideoAi could not write to {folder}.", folder=root()),
            say(
                "Free some space and run the same command again to continue; or set HF_HOME to a folder on "
                "another disk."
            ),
        )
    return WriteFailed(
        say("VideoAi could not write to the downloads folder {folder}: {reason}.", folder=root(), reason=reason(cause)),
        say("Set HF_HOME to a folder you can write to."),
    )
