"""A phone on the same network: the door that is opened for it, the code, and the devices that may come."""

from __future__ import annotations

from typing import Any, Protocol

from werkzeug.http import parse_cookie

from videoai.errors import JobConflict
from videoai.language import say
from videoai.web import paired_devices as naming
from videoai.web.addresses import local_name
from videoai.web.paired_devices import PairedDevice, PairedDevices
from videoai.web.pairing import Pairing

COOKIE = "videoai_device"


class LanAccess(Protocol):
    """What stands between the network and the app: see lan.py."""

    port: int

    @property
    def addresses(self) -> list[str]:
        """Where it is open; empty while it is closed."""

    def open(self) -> None:
        """Raises NoNetwork, PortUnusable."""

    def close(self) -> None:
        """End all connections, too."""

    def drop(self, device_id: str) -> None:
        """End the connections of one device."""


class Phone:
    """For any number of threads. `lan` comes with the server; an app without one has none to open."""

    def __init__(self) -> None:
        self.devices, self.pairing = PairedDevices(), Pairing()
        self.lan: LanAccess | None = None

    def open(self) -> None:
        """Open the door and make a code. Raises NoNetwork, PortUnusable."""
        lan = self._lan()
        if not lan.addresses:
            lan.open()
            self.pairing.renew()

    def close(self) -> None:
        """Close it, with all that came in by it."""
        self.pairing.forget()
        self._lan().close()

    def new_code(self) -> None:
        """Raises JobConflict while the door is closed."""
        if not self._lan().addresses:
            raise JobConflict(say("Phones cannot connect yet."), say("Choose “Open on my phone” first."))
        self.pairing.renew()

    def pair(self, code: str, name: str, user_agent: str, peer: str) -> tuple[PairedDevice, str]:
        """The device that has sent the right code, and its token.

        Raises WrongCode, TooManyTries, JobConflict, WriteFailed.
        """
        with self.pairing.using(code, peer):
            return self.devices.add(naming.shown_name(name) or naming.named(user_agent))

    def revoke(self, id: str) -> None:
        """Let this device in no more, and end what it has open. Raises NotThere, WriteFailed."""
        self.devices.remove(id)
        self._lan().drop(id)

    def device_of(self, cookies: str) -> PairedDevice | None:
        """The device whose token is in the cookies of a request."""
        token = parse_cookie(cookies).get(COOKIE)
        return self.devices.with_token(token) if token else None

    def urls(self) -> list[str]:
        """Where the page is for a phone, the likeliest first."""
        lan = self._lan()
        hosts = [*lan.addresses, *([f"{local_name()}.local"] if lan.addresses else [])]
        return [f"http://{f'[{host}]' if ':' in host else host}:{lan.port}" for host in hosts]

    def link(self) -> str | None:
        """The first of these, with the code behind the “#”, which no browser sends: what the QR code holds."""
        urls, (code, _) = self.urls(), self.pairing.current()
        return None if not urls else f"{urls[0]}/#code={code}" if code else f"{urls[0]}/"

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API."""
        urls, (code, seconds) = self.urls(), self.pairing.current()
        return {
            "open": bool(urls),
            "urls": urls,
            "code": code,
            "code_expires_seconds": seconds,
            "qr_url": "/api/phone/qr.svg" if urls else None,
            "devices": [device.to_dict() for device in self.devices.all()],
        }

    def _lan(self) -> LanAccess:
        if self.lan is None:
            raise JobConflict(
                say("This VideoAi cannot be opened to phones."),
                say("Start VideoAi with its own server: videoai serve."),
            )
        return self.lan
