"""What the routes work with, made once for each app and passed to them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from videoai import own_presets
from videoai.errors import VideoAiError
from videoai.history import disk_reserve
from videoai.history.cleanup import clean_bin, clean_jobs, clean_photos, clean_temporary
from videoai.history.erase import wanted_photos
from videoai.history.job import RUNNING
from videoai.history.recovery import open_store
from videoai.jobs.queue import Queue
from videoai.language import shown
from videoai.models.pulling import Pulls
from videoai.system import paths
from videoai.web.camera_views import CameraViews
from videoai.web.events import Events
from videoai.web.machine import MachineMonitor
from videoai.web.phone import Phone
from videoai.web.photos import Photos
from videoai.web.queue_state import QueueState
from videoai.web.serialiser import Serialiser
from videoai.web.subjects import Subjects
from videoai.web.uploads import Uploads
from videoai.web.videos import Videos

_SWEEP_SECONDS = 3600.0
_PAGE_FIRST_SECONDS = 2.0
"""Finding out what computes takes all processors for seconds, while the browser has just been opened."""

_log = logging.getLogger("videoai.web")


@dataclass(frozen=True, slots=True)
class Options:
    """How the server was started. `static` is the folder of the page."""

    static: Path = field(default_factory=paths.static)
    offline: bool = False
    gentle: bool = False


class Services:
    """`start` begins the work in the background, `stop` ends it: the running job waits, to be gone on with."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.notices: list[str] = []
        self.store = open_store(self._note)
        own_presets.own(self._note)  # a damaged file is said once, and set aside
        self.photos = Photos()
        self.subjects = Subjects()
        self.camera_views = CameraViews()
        self.phone = Phone()
        self.videos = Videos()
        self.machine = MachineMonitor(self._running_bytes)
        self.queue = Queue(self.store, on_change=self._changed)
        self.pulls = Pulls(on_change=self._pulled)
        self.uploads = Uploads()
        self.serialiser = Serialiser(self.store, self.queue, self.photos, self.pulls)
        self.queue_state = QueueState(self.store, self.machine.budget)
        self.events = Events(self.store, self.serialiser, self.machine, self.queue_state)
        self._stopping = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin to work through the queue."""
        self.queue.start()
        self._sweeper.start()
        threading.Thread(target=self._look_around, name="machine", daemon=True).start()

    def _look_around(self) -> None:
        self.machine.list_programs()
        if not self._stopping.wait(_PAGE_FIRST_SECONDS):
            self.machine.find_device()

    def stop(self) -> None:
        """End all children and streams; takes a second or two."""
        self._stopping.set()
        self._sweeper.join()
        self.events.stop()
        self.pulls.stop()
        self.uploads.stop()
        self.queue.stop()

    def close(self) -> None:
        """Close the history, once nobody asks any more."""
        self.store.close()

    def _note(self, notice: str) -> None:
        self.notices.append(notice)
        _log.warning("%s", shown(notice))

    def _changed(self) -> None:
        self.events.wake()

    def _pulled(self, model_id: str) -> None:
        self.events.model_changed(model_id)

    def _running_bytes(self) -> int:
        beats = (self.queue.live(job.id) for job in self.store.jobs([RUNNING]))
        return sum(beat.rss for beat in beats if beat is not None)

    def _sweep(self) -> None:
        while True:
            for sweep in (
                clean_temporary,
                self.uploads.sweep,
                lambda: clean_bin(self.store, time.time()),
                lambda: clean_jobs(self.store, time.time()),
                lambda: clean_photos(wanted_photos(self.store), time.time()),
                disk_reserve.fill,
            ):
                try:
                    sweep()
                except (VideoAiError, OSError) as error:  # the disk refuses; in an hour it may not
                    _log.warning("Not all that is left over could be removed: %s", error)
                except Exception:  # nobody has foreseen it; without this thread nothing would be swept any more
                    _log.exception("Not all that is left over could be removed.")
            if self._stopping.wait(_SWEEP_SECONDS):
                return
