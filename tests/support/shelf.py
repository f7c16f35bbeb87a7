"""Many clips, for a shelf: a few drafts are made, the others are copies of theirs."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

from tests.support.site import ROOT, Site, ended
from videoai.history.folder import PUBLISHED
from videoai.history.job import new_id
from videoai.history.recovery import open_store
from videoai.jobs.submit import submit
from videoai.jobs.supervisor import Supervisor
from videoai.request import Request
from videoai.system import paths

SHAPES = {"landscape": (448, 256), "portrait": (256, 448), "square": (256, 256), "upright": (256, 384)}
PHOTOS = ("coffee.png", "rocket.jpg")
HOUR = 3600.0


def make(home: Path, outputs: Path, *, shapes: tuple[str, ...] = tuple(SHAPES)) -> list[str]:
    """Make a draft of each shape in there; the ids."""
    own = {"VIDEOAI_HOME": str(home), "VIDEOAI_OUTPUTS": str(outputs)}
    with mock.patch.dict(os.environ, own), closing(open_store(print)) as store:
        ids = []
        for number, shape in enumerate(shapes):
            width, height = SHAPES[shape]
            wanted = {"model": "draft", "width": width, "height": height, "frames": 6, "seed": number}
            photo = ROOT / "examples" / PHOTOS[number % len(PHOTOS)]
            waiting = submit(store, photo, Request(wanted), lambda event: None, title=f"{shape}.jpg")
            job = Supervisor(store).run(waiting.id, lambda event: None)
            if job.state != "done":
                raise RuntimeError(f"The draft is {job.state}: {job.reason}")
            ids.append(job.id)
        return ids


def multiply(home: Path, ids: list[str], count: int, *, photos: int = 0) -> list[str]:
    """Copy these jobs, with their folders, until there are `count`, an hour apart; the ids, the oldest first.

    Of each four of the new ones, `photos` are of one photo.
    """
    with _history(home) as history:
        names = [row[1] for row in history.execute("PRAGMA table_info(jobs)") if row[1] not in ("number", "id")]
        kept = [name for name in names if name not in ("created", "title", "origin")]
        rest, now, made = ", ".join(kept), time.time(), []
        photo = ""
        for number in range(count - len(ids)):
            like, moment = ids[number % len(ids)], now - HOUR * (count - number)
            id = new_id(moment)
            origin = {}
            if number % 4 < photos:
                photo = id if number % 4 == 0 else photo
                origin = {"photo_id": photo}
                if photo == id:
                    paths.photos().mkdir(exist_ok=True)
                    shutil.copyfile(ROOT / "examples" / PHOTOS[1], paths.photos() / f"{id}.jpg")
            history.execute(
                f"""INSERT INTO jobs (id, created, title, origin, {rest})
                SELECT ?, ?, ?, ?, {rest} FROM jobs WHERE id = ?""",
                (id, moment, f"clip {number}", json.dumps(origin), like),
            )
            shutil.copytree(paths.job_folder(like), paths.job_folder(id))
            made.append(id)
        # Ids and numbers go by age: those that were made first are the newest.
        for number, id in enumerate([*made, *ids], 100_000):
            history.execute("UPDATE jobs SET number = ? WHERE id = ?", (number, id))
    return [*made, *ids]


class Clip:
    """A draft that a site has made, to be put onto the shelf of any: with a photo, a folder and a video of its own.

    That draft stays where it was made: pages that are open there may be showing it.
    """

    def __init__(self, site: Site, photo: Path, folder: Path, **settings: object) -> None:
        job = site.wait(site.ask(photo, **settings)["id"], ended)["id"]
        with _history(site.home) as history:
            history.row_factory = sqlite3.Row
            self._row = dict(history.execute("SELECT * FROM jobs WHERE id = ?", (job,)).fetchone())
            del self._row["number"]  # the history counts
            self._video = Path(self._row["output"])
            self._folder, self._photo = folder / "job", folder / "photo.jpg"
            shutil.copytree(paths.job_folder(job), self._folder)
            shutil.copyfile(paths.photos() / f"{json.loads(self._row['origin'])['photo_id']}.jpg", self._photo)
            self._bytes = self._video.read_bytes()

    def put(self, site: Site, photo_id: str | None = None) -> str:
        """The id that it has there, and its photo has, too, unless that is there already. The server may run."""
        moment = time.time()
        id = new_id(moment)
        video = site.outputs / f"{self._video.stem}-{id}{self._video.suffix}"
        video.parent.mkdir(parents=True, exist_ok=True)
        video.write_bytes(self._bytes)
        origin = json.loads(self._row["origin"]) | {"photo_id": photo_id or id}
        row = self._row | {"id": id, "created": moment, "origin": json.dumps(origin), "output": str(video)}
        with _history(site.home) as history:
            paths.photos().mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._photo, paths.photos() / f"{photo_id or id}.jpg")
            folder = shutil.copytree(self._folder, paths.job_folder(id))
            note = folder / PUBLISHED  # or deleting this one would delete the video that was there first
            note.write_text(note.read_text("utf-8").replace(str(self._video), str(video)), "utf-8")
            signs = ", ".join("?" * len(row))
            history.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({signs})", [*row.values()])
        return id


@contextmanager
def _history(home: Path) -> Iterator[sqlite3.Connection]:
    """The history of that home, to be written to; meanwhile `paths` are those of it."""
    with (
        mock.patch.dict(os.environ, {"VIDEOAI_HOME": str(home)}),
        closing(sqlite3.connect(paths.database())) as history,
        history,
    ):
        yield history


if __name__ == "__main__":
    home, outputs, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    multiply(home, make(home, outputs), count, photos=3)
