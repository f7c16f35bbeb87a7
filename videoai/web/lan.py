"""The way in from the network: shut until somebody at the computer opens it, and when that network has been left."""

from __future__ import annotations

import errno
import threading
import time

from flask import Flask

from videoai.errors import NoNetwork, PortUnusable
from videoai.language import say
from videoai.system.reasons import reason
from videoai.web import addresses
from videoai.web.events import MOST_BEFORE_NETWORK
from videoai.web.guard import LAN
from videoai.web.listening import LOOK_SECONDS, ConnectionLimits, Listeners
from videoai.web.phone import Phone

LIMITS = ConnectionLimits(threads=2 * MOST_BEFORE_NETWORK, connections=64, of_one_peer=24, idle_seconds=20)
"""A browser opens six connections to one address. All of them and the computer's own are fewer than the 256 files that
a program may have open on a Mac."""


class LanListener:
    """A listener on each of this machine's addresses in its network, with a thread of its own."""

    def __init__(self, app: Flask, phone: Phone, port: int) -> None:
        self._app, self._phone, self.port = app, phone, port
        self._turn = threading.Lock()
        self._listeners: Listeners | None = None
        self._closing, self._closed = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._looked = 0.0

    @property
    def addresses(self) -> list[str]:
        """Where it is open; empty while it is closed."""
        listeners = self._listeners
        return [] if listeners is None else list(listeners.hosts)

    def open(self) -> None:
        """Raises NoNetwork, PortUnusable."""
        with self._turn:
            if self._listeners is not None:
                return
            hosts = addresses.in_network()
            if not hosts:
                raise NoNetwork(
                    say("This computer is not on a home or office network."),
                    say("Connect it to the same Wi-Fi as the phone, then try again."),
                )
            try:
                listeners = Listeners(self._app, hosts, self.port, LAN, LIMITS, self._admits)
            except OSError as error:
                raise unusable(error, self.port) from error
            self._listeners = listeners
            self._closing.clear()
            self._closed.clear()
            self._thread = threading.Thread(target=self._run, args=(listeners,), name="door", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """When this is back, nobody hears on the port, and all connections that came in by it have ended."""
        with self._turn:
            listeners, self._listeners = self._listeners, None
            if listeners is None:
                return
            self._closing.set()
            listeners.wake()
            self._closed.wait()

    def has_moved(self) -> bool:
        """Whether it is open for a network that this machine has left for another; in between it waits for either."""
        listeners = self._listeners
        if listeners is None or time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        now = addresses.in_network()
        return bool(now) and not set(now) & set(listeners.hosts)

    def join(self) -> None:
        """Wait until the threads of a door that was closed have ended."""
        if self._thread is not None:
            self._thread.join()

    def drop(self, device_id: str) -> None:
        """End the connections of a device."""
        listeners = self._listeners
        if listeners is not None:
            listeners.drop(device_id)

    def _admits(self, headers: object, channel: object) -> bool:
        cookies = headers.get("COOKIE", "") if isinstance(headers, dict) else ""
        return self._phone.device_of(cookies) is not None

    def _run(self, listeners: Listeners) -> None:
        try:
            while not self._closing.is_set():
                listeners.turn()
                # Another server of the same user, or a backup that was put back, may have removed one.
                listeners.drop_unless(self._phone.devices.has)
        finally:
            listeners.refuse_all()
            listeners.hang_up()
            self._closed.set()
            listeners.close()


_LAST_PORT = 65535


def unusable(error: OSError, port: int) -> PortUnusable:
    """Why the port cannot be had."""
    other = port + 1 if port < _LAST_PORT else port - 1
    if error.errno == errno.EADDRINUSE:
        return PortUnusable(
            say("Another program is using the port {port}.", port=str(port)),
            say(
                "If it is VideoAi, open http://localhost:{port}. Otherwise choose another port: --port {other}.",
                port=str(port),
                other=str(other),
            ),
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortUnusable(
            say("You don't have permission to use the port {port}.", port=str(port)),
            say("Choose one above 1023: --port 5001."),
        )
    return PortUnusable(
        say("The port {port} cannot be used: {reason}.", port=str(port), reason=reason(error)),
        say("Try another: --port {other}.", other=str(other)),
    )
