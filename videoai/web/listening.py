"""Sockets that answer requests: waitress, and what it does not see to itself.

By which network a request came, this machine's own or the LAN, is known from its socket, and told to the app in its
environment, never in a header. A request has to arrive within a time, and only so many uploads may be on their way at
once: what waitress takes in, it keeps until it is whole, before the app is asked whether it wants it.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from videoai.errors import Busy, VideoAiError
from videoai.language import say, shown
from videoai.web.app import BODY_BYTES
from videoai.web.error_answers import no_room, not_understood, too_large
from videoai.web.guard import CHANNEL, HEADERS, LAN, NETWORK, not_owner, unpaired
from videoai.web.owner import has_connection
from videoai.web.request_body import JSON_BYTES
from videoai.web.spooling import Body, Nowhere
from videoai.web.v1 import errors as v1

HEAD_SECONDS, BODY_SECONDS = 20.0, 180.0
"""Within which a request has to arrive, without its body and with it: a photo through a slow Wi-Fi."""

UPLOADS = 4
"""Large bodies on their way at once, from one network."""

_SLACK_BYTES = 16 << 20
"""Beyond what the app takes: up to here it answers itself; more than that is refused before it has arrived."""

_AHEAD_BYTES = 1 << 19
"""Of an answer that is made piece by piece, how much may wait for a slow connection: in memory, as waitress puts down a
megabyte on the disk."""

_SPARE_CONNECTIONS = 16
"""What waitress counts too: its own sockets, and those that are about to be closed."""

_GONE_SECONDS = 20
"""After which a connection has ended whose other end takes nothing, or does not say that it is still there."""

LOOK_SECONDS = 5
"""How often connections are looked at that take too long."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Of one network: threads, connections in all and of one address, and for how many seconds one may be idle.

    Where all have the same address, there is no limit of its own for one.
    """

    threads: int
    connections: int
    of_one_peer: int | None
    idle_seconds: int


class _Refusal:
    """What waitress takes for its own error."""

    def __init__(self, error: VideoAiError) -> None:
        self.error, self.code = error, error.http_status
        self.reason = HTTPStatus(error.http_status).phrase


class _Request(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request as it comes."""

    error: Any

    def __init__(self, channel: _Channel, listeners: Listeners, adj: Adjustments) -> None:
        super().__init__(adj)
        self._channel, self._listeners = channel, listeners
        self._began = time.monotonic()
        self._has_turn = False
        self._refusal: _Refusal | None = None

    def received(self, data: bytes) -> int:
        in_head = not self.headers_finished
        taken: int = super().received(data)
        if in_head and self.headers_finished and self.error is None and not self.empty:
            self._begin_body()
        if self.completed and self.error is None:
            self.error = self._refusal
        return taken

    def _begin_body(self) -> None:
        if self.body_rcv is not None:
            self.body_rcv.buf = Body(self.body_rcv.buf, lambda: self._refuse(no_room()))
        if not self.chunked and self.content_length <= JSON_BYTES:
            return
        if not self._listeners.admits(self.headers, self._channel):
            self._refuse(unpaired() if self._listeners.network == LAN else not_owner())
            self.completed = True
        elif not self._listeners.uploads.acquire(blocking=False):
            self._refuse(Busy(say("{count} files are already being sent.", count=UPLOADS), say("Try again soon.")))
            self.body_rcv.buf = Nowhere()
        else:
            self._has_turn = self._channel.is_known = True

    def _refuse(self, error: VideoAiError) -> None:
        self._refusal = _Refusal(error)
        self.expect_continue = False  # as it would ask for the body

    def is_late(self) -> bool:
        """Whether it should have been here by now."""
        return time.monotonic() - self._began > (BODY_SECONDS if self.headers_finished else HEAD_SECONDS)

    def close(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._listeners.uploads.release()
        super().close()


class _Task(WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environment: dict[str, Any] = super().get_environment()
        return environment | {NETWORK: self.channel.server.listeners.network, CHANNEL: self.channel}


class _RefusedTask(ErrorTask):  # type: ignore[misc]
    """What is refused before any app sees it, in the shape of all our errors."""

    def execute(self) -> None:
        refused = self.request.error
        if isinstance(refused, _Refusal):
            error = refused.error
        else:
            error = too_large() if refused.code == 413 else not_understood()
        told = shown(error.to_dict())
        if (getattr(self.request, "path", None) or "").startswith(v1.PREFIX):
            told = v1.shaped(told["error"], refused.code)
        body = json.dumps(told, ensure_ascii=False).encode()
        self.status = f"{refused.code} {refused.reason}"
        self.response_headers.extend([*HEADERS.items(), ("Content-Type", "application/json")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection. `device` is the one of the network that it is of, once that has asked for something.

    It `is_known` once the owner, or a paired device, has.
    """

    task_class = _Task
    error_task_class = _RefusedTask
    device: str | None = None
    is_known = False

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
        self.parser_class = partial(_Request, self, server.listeners)
        super().__init__(server, sock, addr, adj, map=map)

    @cached_property
    def is_ours(self) -> bool | None:
        """Whether its other end is the owner's, on this machine; None if the system does not tell."""
        return has_connection(self.addr[:2], self.socket.getsockname()[:2])

    def is_late(self) -> bool:
        return self.request is not None and self.request.is_late()

    def is_idle(self) -> bool:
        """Whether nothing is being answered. What is not whole yet, or not fetched yet, counts for who is known."""
        return not self.requests and not (self.is_known and (self.request is not None or self.total_outbufs_len))

    def handle_close(self) -> None:
        if self.request is not None:
            self.request.close()
        super().handle_close()


class _Listener(TcpWSGIServer):  # type: ignore[misc]
    """A socket that accepts connections."""

    channel_class = _Channel
    listeners: Listeners

    def handle_accept(self) -> None:
        with suppress(OSError):  # who has gone again in the meantime
            accepted = self.accept()
            if accepted is None:
                return
            connection, peer = accepted
            if not self._may_come(peer) or not self.listeners.has_room():
                connection.close()
                return
            self.set_socket_options(connection)
            if self.listeners.network == LAN:
                _notice_who_is_gone(connection)
            self.channel_class(self, connection, self.fix_addr(peer), self.adj, map=self.listeners.sockets)

    def _may_come(self, peer: Any) -> bool:
        """Whether its address has fewer connections here than one may have."""
        most = self.listeners.limits.of_one_peer
        return most is None or sum(channel.addr[0] == peer[0] for channel in self.active_channels.values()) < most

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.is_late():
                channel.will_close = True


def _notice_who_is_gone(connection: Any) -> None:
    """A phone that leaves the Wi-Fi says nothing: the system would try for a quarter of an hour."""
    half = _GONE_SECONDS // 2
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, half)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, half // 3)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * _GONE_SECONDS)
    elif sys.platform == "darwin":  # tcp(4); Python has names for some of them only, and some versions for none
        for option, value in ((0x10, half), (0x101, half // 3), (0x102, 3), (0x80, _GONE_SECONDS)):
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


class Listeners:
    """The sockets of one network, with threads of their own: one that is stormed takes nothing from the other."""

    def __init__(
        self,
        app: Flask,
        hosts: list[str],
        port: int,
        network: str,
        limits: ConnectionLimits,
        admits: Callable[[Mapping[str, str], _Channel], bool],
    ) -> None:
        """`admits` is asked for the headers of a large request, and its connection, before it is taken in.

        Raises OSError.
        """
        self.network, self.limits, self.admits = network, limits, admits
        self.uploads = threading.Semaphore(UPLOADS)
        self.sockets: dict[int, Any] = {}  # by their file descriptors
        logging.getLogger("waitress").setLevel(logging.ERROR)  # neither waiting for a thread nor a full house is news
        adjustments = Adjustments(
            listen=" ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts),
            threads=limits.threads,
            connection_limit=limits.connections + _SPARE_CONNECTIONS,  # has_room sees to the limit
            channel_timeout=limits.idle_seconds,
            cleanup_interval=LOOK_SECONDS,
            outbuf_high_watermark=_AHEAD_BYTES,
            channel_request_lookahead=1,  # so that a stream learns that its listener has gone
            max_request_body_size=BODY_BYTES + _SLACK_BYTES,
            log_socket_errors=False,
            ident=None,
        )
        self._dispatcher = ThreadedTaskDispatcher()
        try:
            self._all = [self._listener(app, adjustments, place) for place in adjustments.listen]
        except OSError:
            wasyncore.close_all(self.sockets)
            raise
        self._dispatcher.set_thread_count(limits.threads)
        self.port = int(self._all[0].effective_port)
        self.hosts: list[str] = hosts

    def _listener(self, app: Flask, adjustments: Adjustments, place: Any) -> _Listener:
        listener = _Listener(app, self.sockets, dispatcher=self._dispatcher, adj=adjustments, sockinfo=place)
        listener.listeners = self
        return listener

    def has_room(self) -> bool:
        """Whether one more connection may come in: there is room, or one is ended that nobody waits for.

        First those of strangers, who may be in the middle of a request that never ends; then those that were idle the
        longest.
        """
        channels = [channel for listener in self._all for channel in listener.active_channels.values()]
        if len(channels) < self.limits.connections:
            return True
        idle = [channel for channel in channels if channel.is_idle()]
        if not idle:
            return False
        min(idle, key=lambda channel: (channel.is_known, channel.last_activity)).handle_close()
        return True

    def turn(self) -> None:
        """Do what there is to do, or wait for that for a second."""
        wasyncore.loop(timeout=1.0, use_poll=True, map=self.sockets, count=1)

    def wake(self) -> None:
        """End the wait; for other threads and for signal handlers."""
        with suppress(OSError):
            self._all[0].trigger.pull_trigger()

    def drop(self, device_id: str) -> None:
        """End the connections of a device."""
        for listener in self._all:
            for channel in list(listener.active_channels.values()):
                if channel.device == device_id:
                    channel.will_close = True
        self.wake()

    def drop_unless(self, may_stay: Callable[[str], bool]) -> None:
        """End the connections of devices that may not come in any more."""
        devices = {channel.device for listener in self._all for channel in list(listener.active_channels.values())}
        for device in devices - {None}:
            if not may_stay(device):
                self.drop(device)

    def refuse_all(self) -> None:
        """Accept nobody any more. Called where the turns are."""
        for listener in self._all:
            listener.socket.close()

    def hang_up(self) -> None:
        """End all connections. Called where the turns are."""
        for listener in self._all:
            for channel in list(listener.active_channels.values()):
                channel.handle_close()

    def close(self) -> None:
        """Wait for the threads, and leave nothing open."""
        self._dispatcher.shutdown()
        wasyncore.close_all(self.sockets)
