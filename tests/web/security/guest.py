"""Who asks, and says all of it, the lies too: in this process, or in one on another host, told what to ask by its pipe.

Run as a program, it reads a question a line and writes an answer a line, both JSON.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

TIMEOUT = 30


@dataclass(frozen=True)
class Answer:
    """What came back; of a stream only its head."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    def json(self):
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """That of the error."""
        return self.json()["error"]["code"]


def ask(host: str, port: int, method: str, path: str, headers: Sequence[Sequence[str]], body: bytes = b"") -> Answer:
    """Send just these headers, and the body's length if they do not say another."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value.encode("utf-8"))
    if not any(name == "Content-Length" for name, _ in headers):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    response = connection.getresponse()
    is_stream = "event-stream" in (response.getheader("Content-Type") or "")
    answer = Answer(response.status, response.getheaders(), b"" if is_stream else response.read())
    response.close()
    connection.close()
    return answer


def pour(host: str, port: int, head: bytes, most: int) -> int:
    """Send `head`, then chunks until the server hangs up; how many bytes it took."""
    sent, chunk = 0, b"40000\r\n" + bytes(0x40000) + b"\r\n"
    with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
        connection.sendall(head)
        try:
            while sent < most:
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
    return sent


def reach(host: str, port: int) -> bool:
    """Whether anybody hears there."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def listen(host: str, port: int, headers: Sequence[Sequence[str]], seconds: float) -> list[bool]:
    """Open the stream, say so, and wait for its end: whether it began, and whether it ended within the time."""
    with socket.create_connection((host, port), timeout=seconds) as connection:
        lines = [b"GET /api/events HTTP/1.1", *(f"{name}: {value}".encode() for name, value in headers), b"", b""]
        connection.sendall(b"\r\n".join(lines))
        began = connection.recv(100).startswith(b"HTTP/1.1 200")
        print(json.dumps({"began": began}), flush=True)
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end and connection.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return [began, False]
        return [began, time.monotonic() < end]


def main() -> None:
    for line in sys.stdin:
        question = json.loads(line)
        do, values = question.pop("do"), question
        if "body" in values:
            values["body"] = base64.b64decode(values["body"])
        if "head" in values:
            values["head"] = base64.b64decode(values["head"])
        if do == "ask":
            found = ask(**values)
            said = [found.status, found.headers, base64.b64encode(found.body).decode()]
        else:
            said = {"pour": pour, "reach": reach, "listen": listen}[do](**values)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
