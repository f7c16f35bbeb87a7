"""Opening the history for use: closed to others, sound, and begun anew if it is not.

A damaged database is set aside under another name, for whoever wants to look at it, and a new one is begun. What is
known of each video is in its job's folder too: which photo, which settings, and where the video went. So all that are
done are listed again, and what was not done can be resumed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

from videoai.errors import HistoryDamaged, JobConflict, VideoAiError, WriteFailed
from videoai.history import restore
from videoai.history.database import is_of_an_earlier_version, make_folder, set_aside
from videoai.history.disk_reserve import fill, with_room
from videoai.history.job import is_id
from videoai.history.lock import alone, hold
from videoai.history.marks import noted
from videoai.history.publishing import Publication
from videoai.history.store import JobStore
from videoai.history.task import Submission
from videoai.language import say
from videoai.outputs import title_of
from videoai.system import paths, temporary
from videoai.system.files import write_errors
from videoai.system.paths import files_in


def open_store(on_notice: Callable[[str], None]) -> JobStore:
    """The history of this user. `on_notice` is told if it was damaged, or gone.

    What killed programs have left in the temporary folder goes too: a proof's model is gigabytes.
    Raises HistoryDamaged if another program has the damaged one open, HistoryTooNew, WriteFailed.
    """
    make_folder(paths.home())
    temporary.sweep()
    held = hold()
    try:
        store = with_room(lambda: _opened(held, on_notice))
    except BaseException:
        os.close(held)
        raise
    fill()
    return store


def _opened(held: int, on_notice: Callable[[str], None]) -> JobStore:
    if restore.is_under_way():
        with alone(held, JobConflict(say("A backup is being restored."))):
            if restore.is_under_way():
                restore.finish()
    try:
        _bring_up_to_date(held)
        return _sound(held)
    except HistoryDamaged as damage:
        try:
            with alone(held, damage):
                with suppress(HistoryDamaged):
                    return _sound(held)  # another program was faster
                return _begun_anew(held, on_notice)
        except HistoryDamaged:
            with suppress(HistoryDamaged):
                return _sound(held)  # and has kept it open since
            raise


def _bring_up_to_date(held: int) -> None:
    """Change the tables of an earlier version, which a program of that version that runs would not know any more."""
    if is_of_an_earlier_version(paths.database()):
        with alone(held, JobConflict(say("An earlier version of VideoAi is using this history."))):
            JobStore(paths.database()).close()


def _is_lost() -> bool:
    """Whether there is no history though there are jobs: SQLite would begin an empty one, and say nothing."""
    try:
        if paths.database().stat().st_size > 0:
            return False
    except FileNotFoundError:
        pass
    except OSError:
        return False  # opening it says why
    return any(is_id(folder.name) for folder in files_in(paths.jobs()))


def _lost() -> HistoryDamaged:
    return HistoryDamaged(
        say("The job history in {path} is missing, but there are jobs.", path=paths.database()),
        say("Finished videos are not affected. Start VideoAi again: it begins a new history with what it finds."),
    )


def _begun_anew(held: int, on_notice: Callable[[str], None]) -> JobStore:
    with temporary.folder() as folder:  # so that a kill, or a full disk, leaves the old one and never half a new one
        new = folder / paths.database().name
        with closing(JobStore(new)) as store:
            done, others = relist(store, files_in(paths.jobs()))
        aside = set_aside(paths.database())
        with write_errors(paths.database()):
            new.rename(paths.database())
    if aside is None:
        notice = say(
            "The history was missing, so VideoAi began a new one. Finished videos: {done}; unfinished: {others}.",
            done=done,
            others=others,
        )
    else:
        notice = say(
            "The history was damaged, so VideoAi kept it as {name} and began a new one. Finished videos: "
            "{done}; unfinished: {others}.",
            name=aside.name,
            done=done,
            others=others,
        )
    on_notice(notice)
    return _checked(held)


def relist(store: JobStore, folders: Iterable[Path]) -> tuple[int, int]:
    """Take the jobs of these folders into the history; how many are done, and how many are not."""
    done = others = 0
    for folder in folders:
        if not is_id(folder.name) or folder.is_symlink():
            continue
        video = Publication(folder).place()
        output = None if video is None else str(video)
        try:
            found, marks = Submission.read(folder), noted(folder)
            title = marks.title or title_of(found.photo)
            store.restore(
                folder.name,
                title,
                found.task.told,
                found.origin,
                output,
                favourite=marks.favourite,
                binned=marks.binned,
            )
        except (VideoAiError, ValueError) as error:
            if isinstance(error, WriteFailed):
                raise
            continue  # nothing is known of it any more, or nothing that the history can hold
        done, others = done + (video is not None), others + (video is None)
    return done, others


def _sound(held: int) -> JobStore:
    if _is_lost():
        raise _lost()
    return _checked(held)


def _checked(held: int) -> JobStore:
    store = JobStore(paths.database())
    try:
        store.check()
    except BaseException:
        store.close()
        raise
    store.held = held
    return store
