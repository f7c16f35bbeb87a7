"""The two doors of a server, and who stands before them: the computer itself, a paired phone, a stranger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tests.web.contract import DOCUMENT
from tests.web.security import guest
from tests.web.security.guest import Answer
from videoai.web.phone import COOKIE

Headers = Sequence[tuple[str, str]]

UNKNOWN = [
    ("GET", "/nothere"),
    ("GET", "/api/nothere"),
    ("POST", "/api/nothere"),
    ("GET", "/static/nothere.css"),
    ("PUT", "/"),
    ("TRACE", "/api/jobs"),
]


class Asker(Protocol):
    def ask(self, method: str, path: str, headers: Headers, body: bytes) -> Answer: ...

    def pour(self, head: bytes, most: int) -> int: ...

    def reach(self) -> bool: ...


@dataclass(frozen=True)
class Here:
    """Asks from this process."""

    host: str
    port: int

    def ask(self, method: str, path: str, headers: Headers, body: bytes) -> Answer:
        return guest.ask(self.host, self.port, method, path, headers, body)

    def pour(self, head: bytes, most: int) -> int:
        return guest.pour(self.host, self.port, head, most)

    def reach(self) -> bool:
        return guest.reach(self.host, self.port)


@dataclass(frozen=True)
class Visitor:
    """Somebody before a door: what they call the server, and what they have."""

    name: str
    asker: Asker
    host: str
    cookie: str | None = None

    def ask(
        self, method: str, path: str, headers: Headers = (), body: bytes = b"", host: str | Sequence[str] | None = None
    ) -> Answer:
        hosts = [self.host] if host is None else [host] if isinstance(host, str) else host
        own = [("Host", each) for each in hosts]
        if self.cookie is not None:
            own.append(("Cookie", f"{COOKIE}={self.cookie}"))
        return self.asker.ask(method, path, [*own, *headers], body)

    def send(self, method: str, path: str, value: object, headers: Headers = ()) -> Answer:
        return self.ask(method, path, [("Content-Type", "application/json"), *headers], json.dumps(value).encode())

    def give(self, path: str, field: str, name: str, content: bytes) -> Answer:
        """A file in a form, under a name that is sent as it is."""
        body = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n--x--\r\n'
        filled = body % (field.encode(), name.encode(), content)
        return self.ask("POST", path, [("Content-Type", "multipart/form-data; boundary=x")], filled)


@dataclass(frozen=True)
class Doors:
    """The server's doors, the second one open. `phone` is paired."""

    owner: Visitor
    stranger: Visitor
    phone: Visitor

    @property
    def all(self) -> list[Visitor]:
        return [self.owner, self.phone, self.stranger]

    @property
    def let_in(self) -> list[Visitor]:
        return [self.owner, self.phone]

    def new_code(self) -> str:
        return self.owner.send("POST", "/api/phone/code", {}).json()["code"]


def pair(owner: Visitor, stranger: Visitor) -> Doors:
    """Let a phone in, by the way that phones are."""
    code = owner.send("POST", "/api/phone/code", {}).json()["code"]
    answer = stranger.send("POST", "/api/pair", {"code": code}, [("User-Agent", "Mozilla/5.0 (iPhone) Safari")])
    assert answer.status == 201, answer.body
    token = re.match(rf"{COOKIE}=([\w-]+);", answer.header("Set-Cookie") or "")[1]
    return Doors(owner, stranger, replace(stranger, name="phone", cookie=token))


def routes(fill: str = "x") -> Iterator[tuple[str, str]]:
    """Every method and path that the app knows, which a test holds the OpenAPI file to, and some that it does not."""
    yield from UNKNOWN
    for path, methods in DOCUMENT["paths"].items():
        filled = re.sub(r"{\w+}", fill, path.replace("{language}", "it"))
        for method in methods:
            yield method.upper(), filled
        yield "HEAD", filled
        yield "OPTIONS", filled


def templates() -> Iterator[tuple[str, str]]:
    """Every method and path that has a name in it, still in braces."""
    for path, methods in DOCUMENT["paths"].items():
        if "{" in path:
            yield from ((method.upper(), path) for method in methods)
