"""Fetching models in the background, for a program that stays: one after the other, to be paused and gone on with."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import IO, Any

from videoai.catalogue import CONVERTED_BYTES, MODELS
from videoai.errors import BadInput, DownloadFailed, JobConflict, VideoAiError, unforeseen
from videoai.events import Notice, Stage, Step
from videoai.language import say
from videoai.models import manager
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


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is: waiting, downloading, converting, verifying, paused or failed.

    The bytes are those of the stage: of the files, or about those of what is made of them.
    """

    state: str
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_second: float | None = None
    eta_seconds: float | None = None
    error: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API."""
        return asdict(self)


class Pulls:
    """The pulls of this program. `on_change` is called with a model's id whenever there is news of it.

    What is fetched is kept when a pull is paused, fails, or ends with the program; the next one goes on from there.
    """

    def __init__(self, on_change: Callable[[str], None] = lambda model_id: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, str]] = deque()
        self._progress: dict[str, PullProgress] = {}
        self._current: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: threading.Thread | None = None

    def progress(self, model_id: str) -> PullProgress | None:
        """How far its pull is; None if there is none to tell of."""
        return self._progress.get(model_id)

    def is_active(self, model_id: str) -> bool:
        """Whether it is being pulled, or waits for its turn."""
        with self._lock:
            return model_id == self._current or any(waiting == model_id for waiting, _ in self._waiting)

    def pull(self, model_id: str, precision: str = "auto") -> None:
        """Begin, or go on, as soon as no other pull is under way. Raises BadInput for a model without weights."""
        if MODELS[model_id].builtin:
            raise BadInput(say("The model {model} is built in: there is nothing to download.", model=model_id))
        with self._lock:
            if model_id == self._current or any(waiting == model_id for waiting, _ in self._waiting):
                return
            before = self._progress.get(model_id, PullProgress("waiting"))
            self._progress[model_id] = PullProgress("waiting", before.done_bytes, before.total_bytes)
            self._waiting.append((model_id, precision))
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="pulls", daemon=True)
                self._worker.start()
        self._on_change(model_id)

    def pause(self, model_id: str) -> None:
        """Stop its pull, if there is one, and keep what has arrived."""
        with self._lock:
            self._waiting = deque(each for each in self._waiting if each[0] != model_id)
            before = self._progress.get(model_id)
            if before is not None and before.state not in ("paused", "failed"):
                self._progress[model_id] = PullProgress("paused", before.done_bytes, before.total_bytes)
            process = self._process if model_id == self._current else None
        if process is not None:
            _end(process)
        self._on_change(model_id)

    def remove(self, model_id: str) -> int:
        """Remove the model from this machine; the bytes that this freed. Raises JobConflict, BadInput, WriteFailed."""
        if MODELS[model_id].builtin:
            raise BadInput(say("The model {model} is built in: there is nothing to remove.", model=model_id))
        if self.is_active(model_id):
            raise JobConflict(say("{model} is being downloaded.", model=model_id), say("Pause the download first."))

        def refuse(notice: object) -> None:
            raise JobConflict(
                say("Another program is using {model}.", model=model_id), say("Try again when it has finished.")
            )

        freed = manager.remove(model_id, None, refuse)
        with self._lock:
            self._progress.pop(model_id, None)
        self._on_change(model_id)
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
                model_id, precision = self._waiting.popleft()
                self._current = model_id
            try:
                self._run(model_id, precision)
            except Exception as error:  # one that nobody has foreseen too: this thread lives on, for the others
                self._fail(model_id, error)
            with self._lock:
                self._current = self._process = None
            self._on_change(model_id)

    def _run(self, model_id: str, precision: str) -> None:
        with temporary.file() as errors:
            process = processes.start("videoai.models.pull_process", model_id, precision, errors=errors)
            with self._lock:
                self._process = process
                paused = self._progress[model_id].state == "paused"
            if paused:  # in the moment before the process was there
                _end(process)
            told = _Told(self, model_id, precision)
            try:
                told.hear_all(process)
                code = process.wait()
            finally:
                _end(process)
                processes.close_pipes(process)
            if self._progress[model_id].state == "paused":
                return
            if told.failed is not None:
                self._progress[model_id] = replace(self._progress[model_id], state="failed", error=told.failed)
            elif code:
                errors.seek(0)
                last = errors.read()[-300:].decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise DownloadFailed(
                    say(
                        "The download of {model} ended before it was done ({reason}).",
                        model=model_id,
                        reason=last or code,
                    ),
                    say("Try again."),
                )
            else:
                with self._lock:
                    del self._progress[model_id]

    def _fail(self, model_id: str, error: Exception) -> None:
        if isinstance(error, VideoAiError):
            ours = error
        elif isinstance(error, OSError):
            ours = VideoAiError(say("The system reported an error: {reason}.", reason=reason(error)), say("Try again."))
        else:
            ours = unforeseen(error)
            _log.error("Fetching %s failed.", model_id, exc_info=error)
        self._progress[model_id] = replace(
            self._progress[model_id], state="failed", error=ours.to_dict()["error"], eta_seconds=None
        )

    def note(self, model_id: str, progress: PullProgress, *, tell: bool) -> None:
        """What the running pull has said of itself, unless it has been paused meanwhile."""
        with self._lock:
            if self._progress[model_id].state == "paused":
                return
            self._progress[model_id] = progress
        if tell:
            self._on_change(model_id)


class _Told:
    """What one child has said so far, and how fast it is."""

    def __init__(self, pulls: Pulls, model_id: str, precision: str) -> None:
        self._pulls, self._model_id = pulls, model_id
        self._made_bytes = CONVERTED_BYTES.get(suitable_bits() if precision == "auto" else int(precision), 0)
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
        self._pulls.note(self._model_id, PullProgress(state, done, total, speed, eta), tell=at_once)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end, if it has not, which it does when its pipe closes; make it, if it does not."""
    pipe: IO[bytes] = process.stdin  # type: ignore[assignment]  # it is a pipe
    pipe.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
