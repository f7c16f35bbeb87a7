"""The server around the app: its addresses, its doors, and a clean end."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask

from videoai.errors import VideoAiError
from videoai.web import running
from videoai.web.guard import LOCAL, admits
from videoai.web.lan import LanListener, unusable
from videoai.web.listening import ConnectionLimits, Listeners
from videoai.web.phone import Phone
from videoai.web.spooling import spool_bodies

LIMITS = ConnectionLimits(threads=32, connections=100, of_one_peer=None, idle_seconds=120)
"""Half of the threads can be streams."""

_log = logging.getLogger("videoai.web")

_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class Server:
    """`app` on a port of this machine. It accepts connections from the moment it is made.

    The door to the network is shut; `phone` opens it.
    """

    def __init__(self, app: Flask, host: str = "localhost", port: int = 5001) -> None:
        """Raises PortUnusable."""
        spool_bodies()
        self._app = app
        self._services = app.extensions["videoai"]
        self._stopping = False
        self._listeners = self._bound(["127.0.0.1", "::1"] if host == "localhost" else [host], port)
        self.port = self._listeners.port
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self.phone: Phone = self._services.phone
        self._lan = self.phone.lan = LanListener(app, self.phone, self.port)

    def _bound(self, hosts: list[str], port: int) -> Listeners:
        try:
            return Listeners(self._app, hosts, port, LOCAL, LIMITS, self._admits)
        except OSError as error:
            if error.errno in _NO_IPV6 and len(hosts) > 1:
                return self._bound(hosts[:1], port)
            raise unusable(error, port) from error

    def _admits(self, headers: Mapping[str, str], channel: Any) -> bool:
        try:
            return admits(channel, headers.get("COOKIE", ""), headers.get("AUTHORIZATION", ""), self.port)
        except VideoAiError:  # a wrong token
            return False

    def run(self) -> None:
        """Answer requests and work through the queue, until `stop`; then end all children."""
        self._services.start()
        try:
            with running.listed(self.address, self.port):
                self._answer()
        finally:
            self._close()

    def _answer(self) -> None:
        while not self._stopping:
            self._listeners.turn()
            if self._lan.has_moved():
                _log.warning("This computer is in another network now: its door was open for the one before.")
                self.phone.close()

    def stop(self) -> None:
        """Let `run` end; for other threads and for signal handlers."""
        self._stopping = True
        self._listeners.wake()

    def _close(self) -> None:
        self._listeners.refuse_all()
        self._lan.close()
        self._services.stop()  # which ends the streams, whose threads are waited for next
        self._listeners.close()
        self._lan.join()
        self._services.close()
