"""The history as a gallery looks at it: a page at a time, searched by title; and the queue in its order."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath
from typing import Any

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
    AND (:model IS NULL OR json_extract(settings, '$.model') = :model
        OR substr(json_extract(settings, '$.model'), -length(:tail)) = :tail)
    AND (:favourite IS NULL OR favourite = :favourite)
    AND (:since IS NULL OR date(created, 'unixepoch', 'localtime') >= :since)
    AND (:until IS NULL OR date(created, 'unixepoch', 'localtime') <= :until)
    AND (:words IS NULL OR has_words(title, :words))
    ORDER BY number"""  # noqa: S608
"""The job to go on `before` or `after` may have been removed meanwhile; ids sort by the millisecond in which they were
made. What costs most to look at stands last."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are wanted: in one of `states` (none: in any), with all words of `text` in the title, of this model
    (its id, or the name of a file or folder of the user's), favourites or the others, made from the day `since` to the
    day `until`, both included, by this computer's calendar."""

    states: Collection[str] = ()
    text: str = ""
    model: str | None = None
    favourite: bool | None = None
    since: date | None = None
    until: date | None = None

    def values(self) -> dict[str, Any]:
        """What SQL is told."""
        return {
            "states": to_json(list(self.states)) if self.states else None,
            "words": _folded(self.text) or None,
            "model": self.model,
            "tail": f"/{self.model}",
            "favourite": self.favourite,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }


EVERY = Filter()


def page(
    store: JobStore,
    wanted: Filter = EVERY,
    *,
    limit: int,
    before: str | None = None,
    after: str | None = None,
    oldest_first: bool = False,
) -> tuple[list[Job], bool]:
    """At most `limit` jobs, newest first if not `oldest_first`, and whether there are more.

    As `wanted`, older than the job `before`, newer than the job `after`.
    """
    values = {**wanted.values(), "before": before, "after": after, "limit": limit + 1}
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


def kinds(store: JobStore) -> dict[str, list[dict[str, Any]]]:
    """What there is to choose from among the finished clips: their models, the most used first, and the months they
    were made in, newest first, each with how many there are."""
    with store.database.reading() as connection:
        models = connection.execute(
            f"""SELECT json_extract(settings, '$.model') AS model, count(*) AS clips FROM jobs
            WHERE state = 'done' AND {LISTED} AND model IS NOT NULL
            GROUP BY model ORDER BY clips DESC, model"""  # noqa: S608
        ).fetchall()
        months = connection.execute(
            f"""SELECT strftime('%Y-%m', created, 'unixepoch', 'localtime') AS month, count(*) AS clips FROM jobs
            WHERE state = 'done' AND {LISTED} GROUP BY month ORDER BY month DESC"""  # noqa: S608
        ).fetchall()
    named = Counter[str]()
    for row in models:
        named[PurePath(row["model"]).name] += row["clips"]  # of a file of the user's: its folder is nobody's business
    return {
        "models": [{"model": name, "clips": clips} for name, clips in named.most_common()],
        "months": [dict(row) for row in months],
    }


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
