"""The devices that were paired. Each has a random token in a cookie; of that only the SHA-256 is kept here."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

from videoai.errors import JobConflict, NotThere, VideoAiError, WriteFailed
from videoai.history.job import LAST_MOMENT, new_id
from videoai.language import say, without_unseen
from videoai.system import paths, set_aside
from videoai.system.files import whole_file, write_errors
from videoai.system.locking import locked
from videoai.system.reasons import reason
from videoai.system.strict_json import read_json

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
class PairedDevice:
    """One that may use the web app from the network. Times are seconds since 1970."""

    id: str
    name: str
    token_sha256: str
    paired: float
    last_seen: float

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API."""
        return {"id": self.id, "name": self.name, "paired": _iso(self.paired), "last_seen": _iso(self.last_seen)}


class PairedDevices:
    """The file of devices, for any number of threads and servers.

    The file is the truth: what one server removes is unknown to all others at their next look, which costs a `stat`.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: object = None
        self._known: dict[str, PairedDevice] = {}
        self._trouble = ""
        self._all()

    def add(self, name: str) -> tuple[PairedDevice, str]:
        """A new device, and its token, which is known to nobody but it. Raises JobConflict, WriteFailed."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._changing() as devices:
            if len(devices) >= MOST:
                raise JobConflict(
                    say("{count} devices are already paired.", count=MOST), say("Remove some of them on the computer.")
                )
            now = self._clock()
            device = PairedDevice(new_id(now), name, _digest(token), now, now)
            devices[device.token_sha256] = device
        return device, token

    def with_token(self, token: str) -> PairedDevice | None:
        """The device that has this token, which is noted as being here now."""
        digest = _digest(token)  # what is compared is no secret any more, so that time tells nothing
        device = self._all().get(digest)
        if device is None or abs(self._clock() - device.last_seen) < _NOTE_SECONDS:
            return device
        try:
            with self._changing() as devices:
                device = devices.get(digest)
                now = self._clock()
                if device is not None and abs(now - device.last_seen) >= _NOTE_SECONDS:
                    device = devices[digest] = replace(device, last_seen=now)
        except VideoAiError as error:  # a full disk locks nobody out
            _log.warning("%s %s", error.message, error.hint)
        return device

    def all(self) -> list[PairedDevice]:
        """The one that was paired last comes first."""
        return sorted(self._all().values(), key=lambda device: device.paired, reverse=True)

    def has(self, id: str) -> bool:
        """Whether the device may still come in."""
        return any(device.id == id for device in self._all().values())

    def remove(self, id: str) -> None:
        """Its token is worth nothing from now on. Raises NotThere, WriteFailed."""
        with self._changing() as devices:
            digest = next((digest for digest, device in devices.items() if device.id == id), None)
            if digest is None:
                raise NotThere(say("This device is not in the list."), say("Reload the list."))
            del devices[digest]

    def _all(self) -> dict[str, PairedDevice]:
        """Those in the file as it is now, by what their tokens hash to."""
        with self._lock:
            now = _looks()
            if now == self._seen:
                return self._known
            try:
                self._known, self._seen, self._trouble = _in_file(), now, ""
            except ValueError as error:  # so it stays, until somebody writes another
                self._known, self._seen = {}, now
                self._warn(error)
            except OSError as error:  # it may be over at the next look
                self._known, self._seen = {}, None
                self._warn(error)
            return self._known

    def _warn(self, error: Exception) -> None:
        if (trouble := type(error).__name__) != self._trouble:  # once, not at each look
            self._trouble = trouble
            _log.warning("The list of paired devices cannot be read: %s. No device may come in.", trouble)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, PairedDevice]]:
        """Those in the file, for the block to change; no other thread or server changes them meanwhile."""
        with locked(paths.home() / "devices.lock", on_wait=lambda: None):
            devices = _to_be_changed()
            before = dict(devices)
            yield devices
            if devices != before:
                _write(devices.values())


def named(user_agent: str) -> str:
    """What a person would call the device whose browser calls itself this."""
    kind = next((name for sign, name in _KINDS if sign in user_agent), None)
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), None)
    if kind in ("iPhone", "iPad"):
        return kind
    return " · ".join(name for name in (kind, browser) if name) or "Browser"


def shown_name(name: str) -> str:
    """A name that somebody gave, on one line and not too long; empty if nothing is left."""
    return re.sub(r"\s+", " ", without_unseen(name)).strip()[:_NAME_LENGTH]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _looks() -> object:
    """What tells one state of the file from another: every change gives it another inode."""
    try:
        found = paths.devices().stat()
    except OSError as error:
        return error.errno
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _write(devices: Iterable[PairedDevice]) -> None:
    with whole_file(paths.devices(), replace=True) as part:
        part.touch(0o600)
        part.write_text(json.dumps({"devices": [asdict(device) for device in devices]}, indent=1), "utf-8")


def _in_file() -> dict[str, PairedDevice]:
    """Raises OSError, and ValueError if it is damaged."""
    try:
        rows = read_json(paths.devices().read_text("utf-8"))["devices"]
        devices = [PairedDevice(**row) for row in rows]
    except FileNotFoundError:
        return {}
    except (TypeError, KeyError) as error:
        raise ValueError("not a list of devices") from error
    if not all(map(_is_sound, devices)):
        raise ValueError("not devices")
    return {device.token_sha256: device for device in devices}


def _is_sound(device: PairedDevice) -> bool:
    texts = all(isinstance(text, str) for text in (device.id, device.name, device.token_sha256))
    times = (device.paired, device.last_seen)
    return texts and all(
        isinstance(moment, (int, float)) and not isinstance(moment, bool) and 0 <= moment <= LAST_MOMENT
        for moment in times
    )


def _to_be_changed() -> dict[str, PairedDevice]:
    """Those in the file; a damaged one is set aside, so that a new one can begin. Raises WriteFailed, BadOutput."""
    path = paths.devices()
    try:
        return _in_file()
    except ValueError:
        kept = set_aside.for_damaged(path)
    except OSError as error:
        raise WriteFailed(
            say("The list of paired devices cannot be read: {reason}.", reason=reason(error)),
            say("Check that {path} can be read.", path=path),
        ) from error
    with write_errors(path):
        path.rename(kept)
    _log.warning("The list of paired devices was damaged. It is kept as %s, and a new one has begun.", kept.name)
    return {}
