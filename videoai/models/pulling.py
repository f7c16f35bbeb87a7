"""Fetching, importing and verifying models, and what is beside them, in the background, for a program that stays: one
after the other; a download can be paused and gone on with."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import IO, Any

from videoai.catalogue import CONVERTED_BYTES
from videoai.errors import JobConflict, VideoAiError, unforeseen
from videoai.events import Notice, Stage, Step
from videoai.language import say
from videoai.models import by_id
from videoai.models.errands import Errand, PullProgress, ended_early
from videoai.models.precision import suitable_bits
from videoai.system import processes, temporary
from videoai.system.messages import Failed, read_all
from videoai.system.reasons import reason

_STATES = {"ask": "waiting", "check": "verifying", "fetch": "downloading", "convert": "converting"}
"""What each stage of a pull is called."""

_SPEED_SECONDS = 5.0
"""What the speed is the mean of."""
_TELL_SECONDS = 0.5
_END_SECONDS = 5.0

_log = logging.getLogger("videoai")


class Pulls:
    """The pulls of this program: of models, and of what is beside them. `on_change` is called with an id whenever there
    is news of it.

    What is fetched is kept when a pull is paused, fails, or ends with the program; the next one goes on from there.
    """

    def __init__(self, on_change: Callable[[str], None] = lambda id: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._waiting: deque[Errand] = deque()
        self._progress: dict[str, PullProgress] = {}
        self._current: Errand | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: threading.Thread | None = None

    def progress(self, id: str) -> PullProgress | None:
        """How far its pull is; None if there is none to tell of."""
        return self._progress.get(id)

    def source(self, id: str) -> str | None:
        """What is being imported for it."""
        found = self._progress.get(id)
        return None if found is None else found.source

    def is_active(self, id: str) -> bool:
        """Whether it is being pulled or verified, or waits for its turn."""
        with self._lock:
            return self._errand_of(id) is not None

    def pull(self, id: str, precision: str = "auto") -> None:
        """Begin, or go on, as soon as no other pull is under way. Raises BadInput for a model without weights."""
        self._begin(Errand("pull", id, precision))

    def verify(self, id: str) -> None:
        """Compare its files with their hashes, as soon as no pull is under way; the progress tells what is wrong.

        Raises BadInput for a model without weights.
        """
        self._begin(Errand("verify", id))

    def import_(self, id: str, precision: str, path: str, name: str, end: Callable[[], None]) -> None:
        """Make the file or folder at `path`, called `name`, one of ours, as soon as no other errand is under way; `end`
        is called when that is over. Raises BadInput for a model without weights, JobConflict while it is busy."""
        if self.is_active(id):
            raise JobConflict(say("{model} is busy.", model=id), say("Wait until it is done, or stop it."))
        self._begin(Errand("import", id, precision, path, end), name)

    def _begin(self, errand: Errand, source: str | None = None) -> None:
        by_id.check_has_files(errand.id)
        with self._lock:
            if self._errand_of(errand.id) is not None:
                return
            before = self._progress.get(errand.id, PullProgress("waiting"))
            if source is not None or before.source is not None:
                before = PullProgress("waiting")  # what has been downloaded is of something else
            self._progress[errand.id] = PullProgress("waiting", before.done_bytes, before.total_bytes, source=source)
            self._waiting.append(errand)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="pulls", daemon=True)
                self._worker.start()
        self._on_change(errand.id)

    def _errand_of(self, id: str) -> Errand | None:
        return next((each for each in (self._current, *self._waiting) if each is not None and each.id == id), None)

    def pause(self, id: str) -> None:
        """Stop its pull, if there is one, and keep what has arrived; of a verification or an import nothing is kept."""
        with self._lock:
            dropped = [each for each in self._waiting if each.id == id]
            self._waiting = deque(each for each in self._waiting if each.id != id)
            before = self._progress.get(id)
            if before is not None and before.state not in ("paused", "failed"):
                self._progress[id] = before.paused()
                if any(each.verb != "pull" for each in dropped):
                    del self._progress[id]
            running = self._current is not None and self._current.id == id
            process = self._process if running else None
        if process is not None:
            _end(process)
        for each in dropped:
            each.end()
        self._on_change(id)

    def remove(self, id: str, bits: int | None = None) -> int:
        """Remove it from this machine, or a model's weights of `bits` alone; the bytes that this freed.

        Raises JobConflict, BadInput, NotDeleted, WriteFailed.
        """
        by_id.check_has_files(id)
        with self._lock:
            errand = self._errand_of(id)
        if errand is not None and errand.verb == "verify":
            raise JobConflict(say("{model} is being verified.", model=id), say("Stop that first."))
        if errand is not None and errand.verb == "import":
            raise JobConflict(say("{model} is being imported.", model=id), say("Stop that first."))
        if errand is not None:
            raise JobConflict(say("{model} is being downloaded.", model=id), say("Pause the download first."))

        def refuse(notice: object) -> None:
            raise JobConflict(
                say("Another program is using {model}.", model=id), say("Try again when it has finished.")
            )

        freed = by_id.remove(id, bits, refuse)
        with self._lock:
            self._progress.pop(id, None)
        self._on_change(id)
        return freed

    def stop(self) -> None:
        """End all of them. What has arrived is kept."""
        with self._lock:
            self._waiting.clear()
            process, worker = self._process, self._worker
        if process is not None:
            _end(process)
        if worker is not None:
            worker.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._worker = None
                    return
                errand = self._current = self._waiting.popleft()
            try:
                self._run(errand)
            except Exception as error:  # one that nobody has foreseen too: this thread lives on, for the others
                self._fail(errand.id, error)
            finally:
                self._tidy(errand)
            with self._lock:
                self._current = self._process = None
            self._on_change(errand.id)

    def _run(self, errand: Errand) -> None:
        with temporary.file() as errors:
            process = processes.start("videoai.models.pull_process", *errand.words(), errors=errors)
            with self._lock:
                self._process = process
                paused = self._progress[errand.id].state == "paused"
            if paused:  # in the moment before the process was there
                _end(process)
            told = _Told(self, errand)
            try:
                told.hear_all(process)
                code = process.wait()
            finally:
                _end(process)
                processes.close_pipes(process)
            with self._lock:
                progress = self._progress[errand.id]
                if progress.state == "paused" and errand.verb == "pull":
                    return
                if progress.state == "paused" or (told.failed is None and not code):
                    del self._progress[errand.id]
                    return
            if told.failed is None:
                errors.seek(0)
                last = errors.read()[-300:].decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise ended_early(errand, last or code)
            self._progress[errand.id] = replace(progress, state="failed", error=told.failed)

    def _tidy(self, errand: Errand) -> None:
        """An import leaves a model or nothing: what it was made from may be gone with it."""
        try:
            if errand.verb == "import":
                by_id.forget_unfinished(errand.id, errand.precision)
        except (VideoAiError, OSError) as error:
            _log.warning("What is left of importing %s could not be removed: %s", errand.id, error)
        errand.end()

    def _fail(self, id: str, error: Exception) -> None:
        if isinstance(error, VideoAiError):
            ours = error
        elif isinstance(error, OSError):
            ours = VideoAiError(say("The system reported an error: {reason}.", reason=reason(error)), say("Try again."))
        else:
            ours = unforeseen(error)
            _log.error("Fetching %s failed.", id, exc_info=error)
        self._progress[id] = replace(
            self._progress[id], state="failed", error=ours.to_dict()["error"], eta_seconds=None
        )

    def note(self, id: str, progress: PullProgress, *, tell: bool) -> None:
        """What the running pull has said of itself, unless it has been paused meanwhile."""
        with self._lock:
            if self._progress[id].state == "paused":
                return
            self._progress[id] = progress
        if tell:
            self._on_change(id)


class _Told:
    """What one child has said so far, and how fast it is."""

    def __init__(self, pulls: Pulls, errand: Errand) -> None:
        self._pulls, self._id, self._source = pulls, errand.id, pulls.source(errand.id)
        bits = suitable_bits() if errand.precision == "auto" else int(errand.precision)
        self._made_bytes = CONVERTED_BYTES.get(bits, 0)
        self._stage = Stage("ask", 0)
        self._samples: deque[tuple[float, int]] = deque()
        self._said = 0.0
        self.failed: dict[str, Any] | None = None

    def hear_all(self, process: subprocess.Popen[bytes]) -> None:
        """All that the child says, to its end. Raises ValueError for what is no message."""
        out: IO[bytes] = process.stdout  # type: ignore[assignment]  # it is a pipe
        for message in read_all(out):
            self._hear(message)

    def _hear(self, message: object) -> None:
        if isinstance(message, Failed):
            self.failed = message.error
        elif isinstance(message, Stage):
            self._stage = message
            self._samples.clear()
            self._tell(0, at_once=True)
        elif isinstance(message, Step):
            self._tell(message.index, at_once=False)
        elif not isinstance(message, Notice):
            raise ValueError(f"unexpected {message!r}")

    def _tell(self, index: int, *, at_once: bool) -> None:
        total = self._stage.steps if self._stage.unit == "bytes" else self._made_bytes
        done = index if self._stage.unit == "bytes" else round(total * index / max(1, self._stage.steps))
        now = time.monotonic()
        self._samples.append((now, done))
        while now - self._samples[0][0] > _SPEED_SECONDS:
            self._samples.popleft()
        began, first = self._samples[0]
        speed = (done - first) / (now - began) if now - began >= 1 else None
        eta = (total - done) / speed if speed else None
        state = _STATES.get(self._stage.name, "waiting")
        at_once = at_once or now - self._said >= _TELL_SECONDS
        if at_once:
            self._said = now
        self._pulls.note(self._id, PullProgress(state, done, total, speed, eta, source=self._source), tell=at_once)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end, if it has not, which it does when its pipe closes; make it, if it does not."""
    pipe: IO[bytes] = process.stdin  # type: ignore[assignment]  # it is a pipe
    pipe.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
