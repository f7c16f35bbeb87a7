"""The server around the app: its addresses, its threads, and a clean end."""

from __future__ import annotations

import errno
import json
import logging
from contextlib import suppress
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask

from videoai.errors import PortUnusable, VideoAiError
from videoai.language import say, shown
from videoai.reasons import reason
from videoai.web.app import BODY_BYTES
from videoai.web.guard import HEADERS
from videoai.web.problems import not_understood, too_large

THREADS = 32
"""Half of them can be streams."""

_SLACK_BYTES = 16 << 20
"""Beyond what the app takes: up to here it answers itself; more than that is refused before it has arrived."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class _RefusedTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What waitress refuses before any app sees it, in the shape of all our errors."""

    def execute(self) -> None:
        refused = self.request.error
        error: VideoAiError = too_large() if refused.code == 413 else not_understood()
        body = json.dumps(shown(error.to_dict()), ensure_ascii=False).encode()
        self.status = f"{refused.code} {refused.reason}"
        self.response_headers.extend([*HEADERS.items(), ("Content-Type", "application/json")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _RefusedTask


class Server:
    """`app` on a port of this machine. It accepts connections from the moment it is made."""

    def __init__(self, app: Flask, host: str = "localhost", port: int = 5001) -> None:
        """Raises PortUnusable."""
        self._app = app
        self._services = app.extensions["videoai"]
        self._map: dict[int, Any] = {}
        self._stopping = False
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a moment's wait for a thread is no news
        self._server = self._bound(["127.0.0.1", "::1"] if host == "localhost" else [host], port)
        self.port: int = self._listeners()[0].effective_port

    def _bound(self, hosts: list[str], port: int) -> Any:
        try:
            return self._create(hosts, port)
        except OSError as error:
            wasyncore.close_all(self._map)
            if error.errno in _NO_IPV6 and len(hosts) > 1:
                return self._bound(hosts[:1], port)
            raise _unusable(error, port) from error

    def _create(self, hosts: list[str], port: int) -> Any:
        listen = " ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts)
        server = waitress.create_server(
            self._app,
            map=self._map,
            listen=listen,
            threads=THREADS,
            channel_request_lookahead=1,  # so that a stream learns that its listener has gone
            max_request_body_size=BODY_BYTES + _SLACK_BYTES,
            ident=None,
        )
        for listener in self._listeners():
            listener.channel_class = _Channel
        return server

    def _listeners(self) -> list[Any]:
        return [each for each in self._map.values() if isinstance(each, BaseWSGIServer)]

    def run(self) -> None:
        """Answer requests and work through the queue, until `stop`; then end all children."""
        self._services.start()
        try:
            while not self._stopping:
                wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
        finally:
            self._close()

    def stop(self) -> None:
        """Let `run` end; for other threads and for signal handlers."""
        self._stopping = True
        for listener in self._listeners():
            with suppress(OSError):
                listener.trigger.pull_trigger()

    def _close(self) -> None:
        for listener in self._listeners():
            listener.socket.close()  # nobody new
        self._services.stop()  # which ends the streams, whose threads are waited for next
        self._server.task_dispatcher.shutdown()
        self._services.close()
        wasyncore.close_all(self._map)


def _unusable(error: OSError, port: int) -> PortUnusable:
    if error.errno == errno.EADDRINUSE:
        return PortUnusable(
            say("Another program has the port {port}.", port=str(port)),
            say(
                "If it is VideoAi, open http://localhost:{port}. Or choose another: --port {other}.",
                port=str(port),
                other=str(port + 1),
            ),
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortUnusable(
            say("You may not use the port {port}.", port=str(port)), say("Choose one above 1023: --port 5001.")
        )
    return PortUnusable(
        say("The port {port} cannot be used: {reason}.", port=str(port), reason=reason(error)),
        say("Try another one: --port 5002."),
    )
