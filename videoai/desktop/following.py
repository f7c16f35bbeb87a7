"""Follows what happens on the server, for the window: what is at work, and what has ended."""

from __future__ import annotations

import http.client
import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from videoai.desktop.backend import Backend
from videoai.errors import VideoAiError
from videoai.web import owner

_SILENT_SECONDS = 30.0
"""The stream says something every ten."""
_AGAIN_SECONDS = 2.0
_HERE = ("http://127.0.0.1:", "http://[::1]:")
_ENDED = ("done", "failed")
_RESTING = ("paused", "failed")

_log = logging.getLogger("videoai.desktop")


class Follower:
    """Listens to a server's stream in a thread, and comes back to it for as long as the window is open."""

    def __init__(
        self, backend: Callable[[], Backend], on_news: Callable[[], None], on_end: Callable[[bool], None]
    ) -> None:
        """`on_news` is called after each change, `on_end` when a video has ended that was running: whether it is done.

        Both in the thread. `backend` is asked before each connection.
        """
        self._backend, self._on_news, self._on_end = backend, on_news, on_end
        self._jobs: dict[str, str] = {}
        self._pulls: set[str] = set()
        self._stopping = threading.Event()
        threading.Thread(target=self._follow, name="follower", daemon=True).start()

    @property
    def makes_video(self) -> bool:
        """Whether a video is being made."""
        return "running" in self._jobs.values()

    @property
    def downloads(self) -> bool:
        """Whether a model is on its way."""
        return bool(self._pulls)

    def stop(self) -> None:
        """Follow no further."""
        self._stopping.set()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                for name, told in _events(self._backend().address):
                    self._hear(name, told)
                    if self._stopping.is_set():
                        return
            except (OSError, http.client.HTTPException, ValueError, VideoAiError) as error:
                _log.debug("The server's stream ended: %s", error)  # the page says it, and the window starts it anew
            self._stopping.wait(_AGAIN_SECONDS)

    def _hear(self, name: str, told: Any) -> None:
        if name == "snapshot":
            self._jobs, self._pulls = {}, set()
            for job in told["jobs"]:
                self._jobs[job["id"]] = job["state"]
            for row in [*told["models"], *told["extras"]]:
                self._hear_of_download(row)
        elif name == "job":
            was, now = self._jobs.get(told["id"]), told["state"]
            self._jobs[told["id"]] = now
            if was == "running" and now in _ENDED:
                self._on_end(now == "done")
        elif name == "removed":
            self._jobs.pop(told["id"], None)
        elif name in ("model", "extra"):
            self._hear_of_download(told)
        else:
            return
        self._on_news()

    def _hear_of_download(self, row: Any) -> None:
        progress = row["progress"]
        if progress is not None and progress["state"] not in _RESTING:
            self._pulls.add(row["id"])
        else:
            self._pulls.discard(row["id"])


def _events(address: str) -> Iterator[tuple[str, Any]]:
    """What the server at `address`, of this computer, tells: the name and the data of each event. Raises OSError."""
    if not address.startswith(_HERE):
        raise ValueError("not this computer")
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=_SILENT_SECONDS)
    try:
        connection.request("GET", "/api/events", headers={"Authorization": f"Bearer {owner.token()}"})
        answer = connection.getresponse()
        name = ""
        while line := answer.readline():
            field, _, value = line.decode().rstrip("\r\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)
    finally:
        connection.close()
