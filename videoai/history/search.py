"""The history as a gallery looks at it: a page at a time, searched by title; and the queue in its order."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from pathlib import Path

from videoai.history.job import Job
from videoai.history.rows import IN_LINE, LISTED, find, find_one, to_json, to_path
from videoai.history.store import JobStore

_WHERE = f"""WHERE {LISTED} AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
    AND (:before IS NULL OR number < coalesce(
        (SELECT number FROM jobs WHERE id = :before),
        (SELECT max(number) + 1 FROM jobs WHERE id < :before), 0))
    AND (:after IS NULL OR number > coalesce(
        (SELECT number FROM jobs WHERE id = :after),
        (SELECT max(number) FROM jobs WHERE id < :after), 0))
    AND (:words IS NULL OR has_words(title, :words))
    ORDER BY number"""  # noqa: S608
"""The job to go on `before` or `after` may have been removed meanwhile; ids sort by the millisecond in which they were
made."""


def page(
    store: JobStore,
    *,
    states: Collection[str] = (),
    text: str = "",
    limit: int,
    before: str | None = None,
    after: str | None = None,
    oldest_first: bool = False,
) -> tuple[list[Job], bool]:
    """At most `limit` jobs, newest first if not `oldest_first`, and whether there are more.

    In one of `states` (none: in any), with all words of `text` in the title, older than the job `before`, newer than
    the job `after`.
    """
    values = {
        "states": to_json(list(states)) if states else None,
        "before": before,
        "after": after,
        "words": _folded(text) or None,
        "limit": limit + 1,
    }
    with store.database.reading() as connection:
        connection.create_function("has_words", 2, _has_words, deterministic=True)
        found = find(connection, f"{_WHERE} {'ASC' if oldest_first else 'DESC'} LIMIT :limit", values)
    return found[:limit], len(found) > limit


_OWN_MODEL = """WHERE substr(json_extract(settings, '$.model'), -length(:tail)) = :tail
    ORDER BY output IS :video DESC, number DESC LIMIT 1"""


def own_model(store: JobStore, name: str, video: Path) -> Path | None:
    """The path of the model, a file or folder of the user's called `name`, that `video` was made with: that of its job,
    or of the last one that used a model of this name."""
    values = {"tail": f"/{name}", "video": to_path(str(video.absolute()))}
    with store.database.reading() as connection:
        found = find(connection, _OWN_MODEL, values)
    return Path(found[0].settings["model"]) if found else None


def queue_of(store: JobStore) -> list[str]:
    """The ids of the jobs that wait in line, the next one first."""
    with store.database.reading() as connection:
        rows = connection.execute(f"SELECT id FROM jobs WHERE {IN_LINE} ORDER BY position")  # noqa: S608
        return [row["id"] for row in rows]


def one(store: JobStore, id: str) -> Job:
    """The job with just this id. Raises JobUnknown."""
    with store.database.reading() as connection:
        return find_one(connection, id)


def _has_words(title: str, words: str) -> bool:
    folded = _folded(title)
    return all(word in folded for word in words.split())


def _folded(text: str) -> str:
    """Without the differences that nobody means: capitals, and the Mac's way of writing accents in file names."""
    return unicodedata.normalize("NFKC", text).casefold()
