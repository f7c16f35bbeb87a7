"""The page in the window, asked through Chromium's DevTools: Playwright does not speak to Qt's, which lacks a part."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import os
import socket
import struct
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests


class PageFailed(Exception):
    """A script went wrong, or its page is gone."""


class Page:
    """The one page that is open at the other end of `port`. Its answers come one after the other."""

    def __init__(self, port: int, seconds: float = 60) -> None:
        """Raises TimeoutError if none opens."""
        self._socket = _opened(_address(port, seconds))
        self._numbers = itertools.count(1)

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """A command, and what comes of it."""
        number = next(self._numbers)
        _write(self._socket, json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(_read(self._socket))
            if told.get("id") == number:  # the others are events
                if "error" in told:
                    raise PageFailed(told["error"])
                found: dict[str, Any] = told["result"]
                return found

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; what it promises is waited for."""
        found = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in found:
            raise PageFailed(found["exceptionDetails"])
        return found["result"].get("value")

    def wait_for(self, script: str, seconds: float = 60) -> Any:
        """The first value that counts, whatever page is there by then. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(PageFailed):  # it is on its way to another
                if found := self.evaluate(script):
                    return found
            time.sleep(0.1)
        raise TimeoutError(script)

    def close(self) -> None:
        self._socket.close()


def _address(port: int, seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = requests.get(f"http://127.0.0.1:{port}/json", timeout=5).json()
        except (requests.RequestException, ValueError):
            found = []
        for page in found:
            if page["type"] == "page" and page["url"].startswith("http"):
                address: str = page["webSocketDebuggerUrl"]
                return address
        time.sleep(0.1)
    raise TimeoutError("No page opened.")


def _opened(address: str) -> socket.socket:
    """By RFC 6455, without what only matters on a network."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    connection.request(
        "GET",
        parts.path,
        headers={
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        },
    )
    there = connection.sock
    assert connection.getresponse().status == 101
    return there.dup() if there.fileno() < 0 else there


def _write(there: socket.socket, text: str) -> None:
    data = text.encode()
    size = struct.pack("!BQ", 0xFF, len(data)) if len(data) > 0xFFFF else struct.pack("!BH", 0xFE, len(data))
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    there.sendall(b"\x81" + size + mask + masked)


def _read(there: socket.socket) -> str:
    text, is_last = b"", False
    while not is_last:
        first, size = _exactly(there, 2)
        is_last, size = bool(first & 0x80), size & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", _exactly(there, 2))
        elif size == 127:
            (size,) = struct.unpack("!Q", _exactly(there, 8))
        text += _exactly(there, size)
    return text.decode()


def _exactly(there: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = there.recv(count - len(data))
        assert more, "the page has gone"
        data += more
    return data
