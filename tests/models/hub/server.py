"""A model hub on this machine: the real API, over real sockets, that misbehaves on demand.

    with HubServer(folder) as hub:                  # folder/owner/name/<files> are the repositories
        hub.faults["model.safetensors"] = Fault(drop_after=1000, times=1)
        ...                                         # HF_ENDPOINT=hub.endpoint
        hub.requests                                # what was asked, by whom, with which headers
        hub.gets("model.safetensors")               # only the GETs of that file's bytes

Like the hub, it hands out small files itself, under git's SHA-1 as their ETag, and sends callers of large ones
(`*.safetensors`, `*.bin`) on to another host with `X-Linked-ETag` and `X-Linked-Size`; that “CDN” is a second port,
with ETags of its own and ranges. huggingface_hub downloads from it.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.models.hub.answers import LISTING, Fault, Request, Server, is_large

__all__ = ["LISTING", "Fault", "HubServer", "Request"]


class HubServer:
    """A hub that serves the repositories in `root`, a folder with owner/name/<files>; use it in a `with`.

    `gated` maps repositories to the token that opens them. `faults` maps a file's path in its repository, or
    LISTING, to what goes wrong with it, and may be changed at any time. `listings` maps a repository to the
    JSON that is sent instead of its listing.
    """

    def __init__(self, root: Path, *, gated: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.gated = dict(gated or {})
        self.faults: dict[str, Fault] = {}
        self.listings: dict[str, Any] = {}
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._closing = threading.Event()
        self._digests: dict[tuple[str, int, int], tuple[str, str]] = {}
        self._ports = {"hub": 0, "cdn": 0}
        self._servers: dict[str, Server] = {}

    def __enter__(self) -> HubServer:
        self.appear()
        return self

    def __exit__(self, *unused: object) -> None:
        self.disappear()

    @property
    def endpoint(self) -> str:
        """The value for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self._ports['hub']}"

    @property
    def cdn(self) -> str:
        """The address of the host that hands out large files."""
        return f"http://127.0.0.1:{self._ports['cdn']}"

    def appear(self) -> None:
        """Begin to listen, at the same ports as before."""
        self._closing.clear()
        for where in self._ports:
            server = Server(("127.0.0.1", self._ports[where]), self, where)
            self._ports[where] = server.server_address[1]
            self._servers[where] = server
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def disappear(self) -> None:
        """Close all sockets: from now on connections are refused."""
        self._closing.set()
        for server in self._servers.values():
            server.shutdown()
            server.drop_connections()
            server.server_close()
        self._servers.clear()

    def commit(self, repo: str) -> str:
        """What `main` of a repository is: another one after each change of its files."""
        lines = [f"{path} {self.blob(repo, path)}" for path in self.files(repo)]
        return hashlib.sha1("\n".join(lines).encode()).hexdigest()

    def files(self, repo: str) -> list[str]:
        """The paths of a repository's files."""
        base = self.root / repo
        return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())

    def blob(self, repo: str, path: str) -> str:
        """The name of a file's content: SHA-256 of a large file, git's SHA-1 of a small one."""
        sha1, sha256 = self.hashes(repo, path)
        return sha256 if is_large(path) else sha1

    def hashes(self, repo: str, path: str) -> tuple[str, str]:
        """Git's SHA-1 and the SHA-256 of a file."""
        file = self.root / repo / path
        found = file.stat()
        key = (str(file), found.st_mtime_ns, found.st_size)
        if key not in self._digests:
            content = file.read_bytes()
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            self._digests[key] = git, hashlib.sha256(content).hexdigest()
        return self._digests[key]

    def gets(self, file: str) -> list[Request]:
        """The requests that asked for a file's bytes, and got some."""
        return [request for request in self.requests if self._is_get(request, file)]

    def served(self, file: str) -> int:
        """How many bytes of a file have been sent."""
        return sum(request.sent for request in self.gets(file))

    def wait_served(self, file: str, count: int, seconds: float = 30) -> None:
        """Wait until `count` bytes of a file have been sent. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.served(file) >= count, seconds):
                raise TimeoutError(f"{self.served(file)} of {count} bytes of {file} were asked for")

    def _is_get(self, request: Request, file: str) -> bool:
        return request.file == file and request.method == "GET" and request.status in (200, 206)

    def note(self, request: Request) -> None:
        with self._changed:
            self.requests.append(request)

    def note_sent(self, request: Request, count: int) -> None:
        with self._changed:
            request.sent += count
            self._changed.notify_all()

    def take_fault(self, file: str, at: str) -> Fault:
        """The fault that applies to this request; a Fault without any if none does."""
        with self._lock:
            fault = self.faults.get(file)
            if fault is None or fault.at != at or fault.times == 0:
                return Fault()
            if fault.times is not None:
                fault.times -= 1
            return fault

    def pause(self, seconds: float) -> bool:
        """Wait; whether the server is still there."""
        return not self._closing.wait(seconds)


def use(monkeypatch: pytest.MonkeyPatch, hub: HubServer | None, home: Path) -> None:
    """Let this process and its children ask `hub`, or the default one, and keep what they fetch in `home`.

    Nothing of the user's own is left in the environment: no token, no proxy, no certificates.
    """
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING")) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CACHE_HOME", "NETRC", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    if hub is not None:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
