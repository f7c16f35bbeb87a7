"""A draft that is done, with its history: made once for all tests of a worker, and copied where one is wanted."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest import mock

from tests.support.site import ROOT
from videoai.history.folder import PUBLISHED
from videoai.history.recovery import open_store
from videoai.jobs.submit import submit
from videoai.jobs.supervisor import Supervisor
from videoai.request import Request
from videoai.system import paths

DRAFT = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}


class Gallery:
    """`job` is the id of the only one in it."""

    def __init__(self, folder: Path) -> None:
        self._home, self._outputs = folder / "data", folder / "videos"
        own = {"VIDEOAI_HOME": str(self._home), "VIDEOAI_OUTPUTS": str(self._outputs)}
        with mock.patch.dict(os.environ, own), closing(open_store(print)) as store:
            waiting = submit(store, ROOT / "examples" / "coffee.png", Request(dict(DRAFT)), lambda event: None)
            job = Supervisor(store).run(waiting.id, lambda event: None)
        if job.state != "done":
            raise RuntimeError(f"The draft is {job.state}: {job.reason}")
        self.job = job.id

    def copy(self) -> str:
        """Put it into the home and the outputs folder of now, where nothing is yet; return the id of the job."""
        shutil.copytree(self._home, paths.home(), dirs_exist_ok=True)
        shutil.copytree(self._outputs, paths.outputs(), dirs_exist_ok=True)
        with closing(sqlite3.connect(paths.database())) as history, history:
            history.execute(
                "UPDATE jobs SET output = replace(output, ?, ?)", (str(self._outputs), str(paths.outputs()))
            )
        note = paths.job_folder(self.job) / PUBLISHED  # or deleting the copy would delete the original
        note.write_text(note.read_text("utf-8").replace(str(self._outputs), str(paths.outputs())), "utf-8")
        return self.job
