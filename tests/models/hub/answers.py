"""What the hub of hub_server.py answers, and how it misbehaves."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from tests.models.hub.server import HubServer

LISTING = "(listing)"
"""The name under which the listing of a repository can be given faults."""


@dataclass
class Fault:
    """What goes wrong with a file's bytes, or with the listing; several may go wrong at once."""

    times: int | None = None
    """For so many requests, then no more; None is always."""
    drop_after: int | None = None
    """The connection ends after so many bytes of the body."""
    stall_after: int | None = None
    """Nothing comes any more after so many bytes, and the connection stays."""
    hold: threading.Event | None = None
    """With `stall_after`: after this is set, it goes on."""
    drip: tuple[int, float] | None = None
    """So many bytes at a time, and so many seconds between."""
    content_length: int | str | None = None
    """A Content-Length that is not that of the body."""
    no_content_length: bool = False
    """None at all: the end of the connection is the end of the file."""
    flip: int | None = None
    """The byte at this place of the file is another one."""
    ignore_range: bool = False
    """All of the file in answer to a Range."""
    content_range: str | None = None
    """Another Content-Range than that of the body."""
    etag: str | None = None
    """Another ETag, quotes included; "" for none; "new" for another one each time."""
    encoding: str | None = None
    """A Content-Encoding, though the body has none."""
    status: int | None = None
    """A refusal."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers, such as X-Error-Code or Retry-After; with a status of 3xx a Location."""
    body: bytes | None = None
    """Another body."""
    at: str = "bytes"
    """Who misbehaves with a large file: "bytes" is who hands them out, "hub" who sends callers there."""


@dataclass
class Request:
    """One request, as it came: `where` is "hub" or "cdn"; header names are in lower case."""

    where: str
    method: str
    path: str
    file: str
    headers: dict[str, str]
    status: int = 0
    sent: int = 0
    """How many bytes of the body were handed to the socket."""


def is_large(path: str) -> bool:
    """Whether a file is in large-file storage."""
    return path.endswith((".safetensors", ".bin"))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], hub: HubServer, where: str) -> None:
        self.hub, self.where = hub, where
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Answers)

    def get_request(self):
        connection, address = super().get_request()
        # Small buffers: what was sent is about what was received.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request):
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self):
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Clients that are killed leave broken pipes behind; nothing else is expected."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *unused):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        hub, where = self.server.hub, self.server.where
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.request_note = Request(where, self.command, self.path, "", headers)
        path = unquote(url.path)
        if where == "cdn":
            repo, _, file = path.lstrip("/").partition("//")
            self._note(file)
            return self._file(repo, file, hub.take_fault(file, "bytes"))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", path):
            self._note(LISTING)
            return self._listing(match[1], match[2] or "main", "blobs" in parse_qs(url.query))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", path):
            self._note(LISTING)
            return self._tree(match[1], match[2])
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._note(match[3])
            return self._resolve(*match.groups())
        self._note("")
        return self._send(404, {"X-Error-Code": "RepoNotFound"})

    def _note(self, file):
        self.request_note.file = file
        self.server.hub.note(self.request_note)

    def _repo_refused(self, repo, revision):
        """Refuse as the hub does: for what is not there, and for what is gated."""
        hub = self.server.hub
        token = self.headers.get("Authorization")
        if not (hub.root / repo).is_dir():
            self._send(404 if token else 401, {"X-Error-Code": "RepoNotFound"})
        elif revision not in ("main", hub.commit(repo)):
            self._send(404, {"X-Error-Code": "RevisionNotFound"})
        else:
            return False
        return True

    def _gate_refused(self, repo):
        hub = self.server.hub
        token = self.headers.get("Authorization")
        if repo not in hub.gated or token == f"Bearer {hub.gated[repo]}":
            return False
        self._send(403 if token else 401, {"X-Error-Code": "GatedRepo"})
        return True

    def _listing(self, repo, revision, blobs):
        hub = self.server.hub
        fault = hub.take_fault(LISTING, "bytes")
        if self._misbehaves(fault) or self._repo_refused(repo, revision):
            return
        siblings = []
        for path in hub.files(repo):
            sha1, sha256 = hub.hashes(repo, path)
            entry = {"rfilename": path}
            if blobs:
                size = (hub.root / repo / path).stat().st_size
                entry |= {"size": size, "blobId": sha1}
                if is_large(path):
                    entry["lfs"] = {"sha256": sha256, "size": size, "pointerSize": 134}
            siblings.append(entry)
        found = {
            "_id": "0",
            "id": repo,
            "modelId": repo,
            "sha": hub.commit(repo),
            "private": False,
            "siblings": siblings,
        }
        self._send_json(hub.listings.get(repo, found), fault)

    def _tree(self, repo, revision):
        hub = self.server.hub
        if self._repo_refused(repo, revision):
            return
        entries = []
        for path in hub.files(repo):
            sha1, sha256 = hub.hashes(repo, path)
            size = (hub.root / repo / path).stat().st_size
            entry = {"type": "file", "path": path, "oid": sha1, "size": size}
            if is_large(path):
                entry["lfs"] = {"oid": sha256, "size": size, "pointerSize": 134}
            entries.append(entry)
        self._send_json(entries)

    def _resolve(self, repo, revision, file):
        hub = self.server.hub
        if self._misbehaves(hub.take_fault(file, "hub")):
            return
        if self._repo_refused(repo, revision) or self._gate_refused(repo):
            return
        headers = {"X-Repo-Commit": hub.commit(repo)}
        path = hub.root / repo / file
        if file not in hub.files(repo):
            self._send(404, headers | {"X-Error-Code": "EntryNotFound"})
        elif is_large(file):
            headers |= {"X-Linked-ETag": f'"{hub.blob(repo, file)}"', "X-Linked-Size": str(path.stat().st_size)}
            self._send(302, headers | {"Location": f"{hub.cdn}/{repo}//{file}?signature=0"})
        else:
            self._file(repo, file, hub.take_fault(file, "bytes"), headers | {"ETag": f'"{hub.blob(repo, file)}"'})

    def _file(self, repo, file, fault, headers=None):
        hub = self.server.hub
        if self._misbehaves(fault):
            return
        content = (hub.root / repo / file).read_bytes()
        etag = (headers or {}).get("ETag", f'"cdn-{hub.hashes(repo, file)[1]}"')
        if fault.etag is not None:
            etag = f'"{os.urandom(8).hex()}"' if fault.etag == "new" else fault.etag
        start, status = 0, 200
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match and not fault.ignore_range and self.headers.get("If-Range", etag) == etag:
            start, status = int(match[1]), 206
            if start >= len(content):
                self._send(416, {"Content-Range": f"bytes */{len(content)}"})
                return
        if fault.flip is not None:
            content = bytearray(content)
            content[fault.flip] ^= 1
        body = bytes(content[start:])
        headers = {**(headers or {}), "Accept-Ranges": "bytes", "ETag": etag, **fault.headers}
        if status == 206:
            headers["Content-Range"] = fault.content_range or f"bytes {start}-{len(content) - 1}/{len(content)}"
        if fault.encoding:
            headers["Content-Encoding"] = fault.encoding
        headers["Content-Length"] = str(len(body) if fault.content_length is None else fault.content_length)
        if fault.no_content_length:
            headers["Content-Length"] = ""
            self.close_connection = True
        self._send(status, headers, body, fault)

    def _misbehaves(self, fault):
        """Send the refusal or the other body that a fault asks for."""
        if fault.status is None and fault.body is None:
            return False
        self._send(fault.status or 200, fault.headers, fault.body or b"", fault)
        return True

    def _send_json(self, value, fault=None):
        self._send(200, {"Content-Type": "application/json"}, json.dumps(value).encode(), fault)

    def _send(self, status, headers, body=b"", fault=None):
        self.request_note.status = status
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            self._send_body(body, fault or Fault())

    def _send_body(self, body, fault):
        ends = [count for count in (fault.drop_after, fault.stall_after) if count is not None]
        sent = self._send_pieces(body[: min(ends, default=len(body))], fault)
        if fault.stall_after is not None and sent < len(body):
            while self.server.hub.pause(0.02) and not self._gone():
                if fault.hold and fault.hold.is_set():
                    sent += self._send_pieces(body[sent:], fault)
                    break
        if sent < len(body) or fault.content_length is not None:
            self.close_connection = True

    def _send_pieces(self, body, fault):
        """Send `body` at the pace of the fault; how many bytes were sent."""
        hub = self.server.hub
        piece, seconds = fault.drip or (64 * 1024, 0)
        for start in range(0, len(body), piece):
            count = self.wfile.write(body[start : start + piece])
            hub.note_sent(self.request_note, count)
            if seconds and not hub.pause(seconds):
                return start + count
        return len(body)

    def _gone(self):
        """Whether the client has closed its end."""
        self.connection.setblocking(False)
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.setblocking(True)
