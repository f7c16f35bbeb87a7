"""Opening the history for use: closed to others, sound, and begun anew if it is not.

A damaged database is set aside under another name, for whoever wants to look at it, and a new one is begun. What is
known of each video is in its job's folder too: which photo, which settings, and where the video went. So all that are
done are listed again, and what was not done can be resumed.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from videoai import paths, private
from videoai.errors import HistoryDamaged, VideoAiError
from videoai.files import write_errors
from videoai.jobs.database import make_folder, set_aside
from videoai.jobs.job import is_id
from videoai.jobs.publishing import Publication
from videoai.jobs.store import JobStore
from videoai.jobs.task import Task
from videoai.language import say


def open_store(on_notice: Callable[[str], None]) -> JobStore:
    """The history of this user. `on_notice` is told if it was damaged.

    Raises HistoryDamaged if another program has the damaged one open, HistoryTooNew, WriteFailed.
    """
    make_folder(paths.home())
    held = _hold()
    try:
        try:
            return _sound(held)
        except HistoryDamaged as damage:
            with _alone(held, damage):
                with suppress(HistoryDamaged):
                    return _sound(held)  # another program was faster
                return _begun_anew(held, on_notice)
    except BaseException:
        os.close(held)
        raise


def _begun_anew(held: int, on_notice: Callable[[str], None]) -> JobStore:
    aside = set_aside(paths.database())
    store = _sound(held)
    done, others = relist(store)
    on_notice(
        say(
            "The history was damaged. It is kept as {name}, and a new one has begun. Videos that are done: "
            "{done}; that are not: {others}.",
            name=aside.name,
            done=done,
            others=others,
        )
    )
    return store


def relist(store: JobStore) -> tuple[int, int]:
    """Take the jobs that have a folder into a new history; how many are done, and how many are not."""
    done = others = 0
    folders = sorted(paths.jobs().glob("*"))
    for folder in folders:
        if not is_id(folder.name) or folder.is_symlink():
            continue
        try:
            task = Task.read(folder)
        except VideoAiError:
            continue  # nothing is known of it any more
        video = Publication(folder).published()
        title = Path(task.photo).name
        store.restore(folder.name, title, task.settings.to_dict(), task.origin, None if video is None else str(video))
        done, others = done + (video is not None), others + (video is None)
    return done, others


def _sound(held: int) -> JobStore:
    store = JobStore(paths.database())
    try:
        store.check()
    except BaseException:
        store.close()
        raise
    store.held = held
    return store


# Whoever has the history open holds a lock together with all others that have; who sets it aside has to hold it alone.

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


def _hold() -> int:
    """The lock's descriptor; who closes it lets go."""
    path = paths.home() / "history.lock"
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    with write_errors(path):
        descriptor = os.open(path, flags, private.mode(path, 0o600))
        _lock(descriptor, fcntl.LOCK_SH)
    return descriptor


@contextmanager
def _alone(held: int, damage: HistoryDamaged) -> Iterator[None]:
    """Raises `damage` if another program has the history open."""
    try:
        _lock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HistoryDamaged(
            damage.message, say("End the other program of VideoAi that runs, then start this one again.")
        ) from damage
    yield
    _lock(held, fcntl.LOCK_SH)


def _lock(descriptor: int, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except OSError as error:
        if error.errno not in _NO_LOCKS:  # such a file system has none: then it is not found out
            raise
