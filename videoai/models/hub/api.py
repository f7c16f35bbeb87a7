"""The hub's documented HTTP API: what a repository holds, and the bytes of its files."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from videoai.errors import BadInput, DownloadFailed
from videoai.language import say
from videoai.models.hub import cache, http_get
from videoai.models.hub.names import check_path, check_repo, is_blob, is_commit, is_sha256
from videoai.models.hub.progress import DownloadProgress
from videoai.models.hub.refusals import refusal, token_unusable

_LISTING_BYTES = 10_000_000
_LARGEST_FILE = 1 << 40
_FIRST_TRIES = 2
"""So often the first question to the hub is repeated: without a network, a user wants to know soon."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub lists it: `blob` is its name in the cache, the `sha256` of a large file or git's SHA-1."""

    path: str
    size: int
    blob: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one commit that were asked for, in the order in which they were."""

    repo: str
    commit: str
    files: tuple[RemoteFile, ...]


def endpoint() -> str:
    """The hub's address: $HF_ENDPOINT, or huggingface.co. Raises BadInput."""
    address = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(
            say("HF_ENDPOINT is not an address."),
            say("It looks like https://huggingface.co. You can also leave it unset."),
        )
    return address


def token() -> str | None:
    """The user's own token: $HF_TOKEN, its older name, or the file that `hf auth login` wrote. Raises AccessNeeded."""
    text = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    if not text:
        path = os.environ.get("HF_TOKEN_PATH")
        file = os.path.expandvars(os.path.expanduser(path)) if path else cache.home() / "token"
        try:
            with open(file, encoding="utf-8", errors="replace") as opened:
                text = opened.read(10_000)
        except OSError:
            return None
    text = text.strip()
    if text and not re.fullmatch(r"[!-~]+", text):  # a header would not take it, and an error might show it
        raise token_unusable()
    return text or None


def list_files(
    repo: str, paths: Sequence[str], revision: str = "main", *, progress: DownloadProgress | None = None
) -> Listing:
    """Ask the hub for the commit that `revision` is now, and for size and hash of the files `paths` in it.

    Raises DownloadFailed if a file is not there, the hub cannot be reached or its answer is not what it should
    be, AccessNeeded if it wants another token or none was given.
    """
    wanted = [check_path(path) for path in paths]
    address = f"{endpoint()}/api/models/{check_repo(repo)}/revision/{quote(revision, safe='')}?blobs=true"
    patience = http_get.Patience(progress or DownloadProgress(lambda event: None), _FIRST_TRIES)
    while True:
        try:
            with _asked(address, {}) as answer:
                if answer.status != 200:
                    raise refusal(answer, repo, given=token() is not None)
                body = _read(answer)
            break
        except http_get.Passing as trouble:
            patience.wait(trouble)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _not_the_hub() from None
    return _listing(repo, found, wanted)


@contextmanager
def open_file(listing: Listing, file: RemoteFile, headers: Mapping[str, str]) -> Iterator[http_get.Answer]:
    """Ask for the bytes of a file; the answer may be a refusal. Raises as wire.get does."""
    address = f"{endpoint()}/{check_repo(listing.repo)}/resolve/{listing.commit}/{quote(check_path(file.path))}"
    with _asked(address, headers) as answer:
        yield answer


@contextmanager
def _asked(address: str, headers: Mapping[str, str]) -> Iterator[http_get.Answer]:
    secret = token()
    with http_get.get(address, headers, {"Authorization": f"Bearer {secret}"} if secret else {}) as answer:
        yield answer


def _read(answer: http_get.Answer) -> bytes:
    body = b""
    end = time.monotonic() + 4 * http_get.STALL_SECONDS
    while piece := answer.read(1 << 16):
        body += piece
        if time.monotonic() > end:
            raise http_get.lost(answer.host)
        if len(body) > _LISTING_BYTES:
            raise _not_the_hub()
    return body


def _listing(repo: str, found: Any, wanted: Sequence[str]) -> Listing:
    siblings = found.get("siblings") if isinstance(found, dict) else None
    if not isinstance(siblings, list) or not is_commit(found.get("sha")):
        raise _not_the_hub()
    # All names are checked, also those that are not wanted: a list with one bad name is not one to trust.
    listed = {check_path(entry.get("rfilename") if isinstance(entry, dict) else None): entry for entry in siblings}
    missing = [path for path in wanted if path not in listed]
    if missing:
        raise DownloadFailed(
            say("{repo} on the hub no longer has the file {path}.", repo=repo, path=missing[0]),
            say("Its owner may have changed it. A newer version of VideoAi may know where it is."),
        )
    return Listing(repo, found["sha"], tuple(_file(path, listed[path]) for path in wanted))


def _file(path: str, entry: Mapping[str, Any]) -> RemoteFile:
    lfs = entry.get("lfs")
    if isinstance(lfs, dict):
        size, blob, sha256 = lfs.get("size"), lfs.get("sha256"), lfs.get("sha256")
        right = is_sha256(blob)
    else:
        size, blob, sha256 = entry.get("size"), entry.get("blobId"), None
        right = lfs is None and is_blob(blob) and not is_sha256(blob)
    if not right or type(size) is not int or not 0 <= size <= _LARGEST_FILE:
        raise DownloadFailed(
            say(
                "The hub's list of files is damaged and was refused: the size or hash of {path} is not valid.",
                path=path,
            ),
            say("Try again later."),
        )
    return RemoteFile(path, size, str(blob), sha256)


def _not_the_hub() -> DownloadFailed:
    return DownloadFailed(
        say("{host} did not answer with a list of files.", host=urlsplit(endpoint()).hostname),
        say("The network may ask you to sign in first: open any page in a browser. Otherwise try again later."),
    )
