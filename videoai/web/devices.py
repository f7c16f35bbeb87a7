"""The devices that were paired. Each has a random token in a cookie; of that only the SHA-256 is kept here."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

from videoai import paths
from videoai.errors import JobConflict, NotThere, VideoAiError
from videoai.files import whole_file
from videoai.jobs.job import new_id
from videoai.language import say

MOST = 32

_TOKEN_BYTES = 32
_NAME_LENGTH = 40
_NOTE_SECONDS = 600.0
"""How exactly it is kept when a device was last there."""

_KINDS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Macintosh", "Mac"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
"""What a browser's name for itself holds, and what that means; the first that fits."""

_log = logging.getLogger("videoai.web")


@dataclass(frozen=True, slots=True)
class Device:
    """One that may use the web app from the network. Times are seconds since 1970."""

    id: str
    name: str
    token_sha256: str
    paired: float
    last_seen: float

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API."""
        return {"id": self.id, "name": self.name, "paired": _iso(self.paired), "last_seen": _iso(self.last_seen)}


class Devices:
    """The file of devices, for any number of threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all = {device.token_sha256: device for device in _read()}

    def add(self, name: str) -> tuple[Device, str]:
        """A new device, and its token, which is known to nobody but it. Raises JobConflict, WriteFailed."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._lock:
            if len(self._all) >= MOST:
                raise JobConflict(
                    say("{count} devices are paired already.", count=MOST), say("Remove some of them on the computer.")
                )
            now = self._clock()
            device = Device(new_id(now), name, _digest(token), now, now)
            self._keep({**self._all, device.token_sha256: device})
        return device, token

    def with_token(self, token: str) -> Device | None:
        """The device that has this token, which is noted as being here now."""
        digest = _digest(token)  # what is compared is no secret any more, so that time tells nothing
        with self._lock:
            device = self._all.get(digest)
            if device is None:
                return None
            now = self._clock()
            if abs(now - device.last_seen) >= _NOTE_SECONDS:
                device = replace(device, last_seen=now)
                try:
                    self._keep({**self._all, digest: device})
                except VideoAiError as error:  # a full disk locks nobody out
                    _log.warning("%s %s", error.message, error.hint)
            return device

    def all(self) -> list[Device]:
        """The one that was paired last comes first."""
        with self._lock:
            return sorted(self._all.values(), key=lambda device: device.paired, reverse=True)

    def has(self, id: str) -> bool:
        """Whether the device may still come in."""
        with self._lock:
            return any(device.id == id for device in self._all.values())

    def remove(self, id: str) -> None:
        """Its token is worth nothing from now on. Raises NotThere, WriteFailed."""
        with self._lock:
            left = {digest: device for digest, device in self._all.items() if device.id != id}
            if len(left) == len(self._all):
                raise NotThere(say("There is no such device."), say("Look at the list again."))
            self._keep(left)

    def _keep(self, devices: dict[str, Device]) -> None:
        with whole_file(paths.devices(), replace=True) as part:
            part.touch(0o600)
            part.write_text(json.dumps({"devices": [asdict(device) for device in devices.values()]}, indent=1), "utf-8")
        self._all = devices


def named(user_agent: str) -> str:
    """What a person would call the device whose browser calls itself this."""
    kind = next((name for sign, name in _KINDS if sign in user_agent), None)
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), None)
    if kind in ("iPhone", "iPad"):
        return kind
    return " · ".join(name for name in (kind, browser) if name) or "Browser"


def shown_name(name: str) -> str:
    """A name that somebody gave, on one line and not too long; empty if nothing is left."""
    return re.sub(r"\s+", " ", "".join(c for c in name if c.isprintable())).strip()[:_NAME_LENGTH]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read() -> list[Device]:
    """Those in the file. One that cannot be read lets nobody in: the devices are paired anew."""
    try:
        found = json.loads(paths.devices().read_text("utf-8"))
        return [Device(**row) for row in found["devices"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        _log.warning("The list of paired devices cannot be read, and a new one begins: %s", type(error).__name__)
        return []
