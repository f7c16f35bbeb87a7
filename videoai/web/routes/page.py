"""The page: the files of static/, each read and compressed once; a stylesheet with those that it imports, as one."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request

from videoai.errors import NotThere
from videoai.language import say

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
}
"""What is served, and as what: the system's own table differs from machine to machine."""

_TEXTS = {".html", ".css", ".js", ".json", ".webmanifest", ".svg", ".txt"}


_IMPORT = re.compile(rb'^@import "([\w.-]+)";\n', re.MULTILINE)
"""In a stylesheet: another one in its folder. Thirty answers would take longer than all that is in them."""


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@dataclass(frozen=True, slots=True)
class _Asset:
    """What is sent for a file: its bytes, and those that they are compressed to, if that is worth it.

    `stamps` are those of the file and of what it imports: it is read anew when one of them changes.
    """

    stamps: dict[Path, tuple[int, int]]
    plain: bytes
    small: bytes | None
    tag: str

    @staticmethod
    def read(path: Path) -> _Asset:
        stamps = {path: _stamp(path)}

        def imported(found: re.Match[bytes]) -> bytes:
            other = path.parent / found[1].decode()
            stamps[other] = _stamp(other)
            return other.read_bytes()

        plain = path.read_bytes()
        if path.suffix == ".css":
            plain = _IMPORT.sub(imported, plain)
        small = gzip.compress(plain, 9, mtime=0) if path.suffix in _TEXTS else None
        if small is not None and len(small) >= len(plain):
            small = None
        return _Asset(stamps, plain, small, hashlib.sha256(plain).hexdigest()[:32])

    def is_as_on_disk(self) -> bool:
        return all(_stamp(path) == stamp for path, stamp in self.stamps.items())


def routes(folder: Path) -> Blueprint:
    """GET / and /static/… from `folder`."""
    page = Blueprint("page", __name__)
    root = folder.resolve()
    files: dict[Path, _Asset] = {}

    def find(name: str) -> tuple[Path, _Asset]:
        path = root / name
        # Whatever the name holds: what is served is a plain file in this folder, of a kind that is known.
        if path.suffix not in TYPES or "\0" in name or path.resolve() != path or not path.is_relative_to(root):
            raise NotThere(say("There is nothing at this address."), say("Open the page itself: /"))
        try:
            if path not in files or not files[path].is_as_on_disk():
                files[path] = _Asset.read(path)
        except OSError as error:
            raise NotThere(say("There is nothing at this address."), say("Open the page itself: /")) from error
        return path, files[path]

    def sent(name: str) -> Response:
        path, file = find(name)
        accepts = file.small is not None and request.accept_encodings.quality("gzip") > 0
        response = Response(
            file.small if accepts and file.small is not None else file.plain, mimetype=TYPES[path.suffix]
        )
        if accepts:
            response.headers["Content-Encoding"] = "gzip"
        if file.small is not None:
            response.vary.add("Accept-Encoding")
        response.set_etag(f"{file.tag}-gzip" if accepts else file.tag)
        response.cache_control.no_cache = True
        return response.make_conditional(request)  # type: ignore[return-value]

    for path in root.rglob("*") if root.is_dir() else ():
        if path.is_file() and path.suffix in TYPES and path.resolve() == path:
            find(path.relative_to(root).as_posix())

    @page.get("/")
    def index() -> Response:
        return sent("index.html")

    @page.get("/static/<path:name>")
    def static(name: str) -> Response:
        return sent(name)

    return page
