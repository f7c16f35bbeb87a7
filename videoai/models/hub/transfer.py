"""The transfer of one file: it goes on where it stopped, and ends only with the right bytes."""

from __future__ import annotations

import re
from collections.abc import Callable

from videoai.errors import DownloadFailed, ModelDamaged
from videoai.language import say
from videoai.models.hub import api as hub
from videoai.models.hub import hashes, http_get
from videoai.models.hub.api import Listing, RemoteFile
from videoai.models.hub.partial_file import PartialDownload, is_strong
from videoai.models.hub.progress import DownloadProgress
from videoai.models.hub.refusals import refusal

_PIECE = 256 * 1024
_RESTARTS = 5
"""So often a server may make us begin anew before we say that it cannot be worked with."""

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


def transfer(listing: Listing, file: RemoteFile, progress: DownloadProgress, before: int) -> None:
    """Fetch `file` into its blob; `before` are the bytes of the stage that are done already.

    The caller holds the blob's lock. Raises DownloadFailed, AccessNeeded, WriteFailed, and ModelDamaged if the
    bytes are wrong twice. Whatever ends it, what has arrived stays for the next time.
    """
    for last in (False, True):
        part = PartialDownload(listing, file)
        with part.opened():
            _fill(part, listing, file, progress, before)
            part.make_safe()
        # From the disk, not on the way there: what counts is what will be read.
        if hashes.is_right(part.path, file.size, file.blob, lambda count: progress.beat()):
            part.publish()
            return
        part.remove()
        if not last:
            progress.notice(say("{path} arrived damaged; downloading it again.", path=file.path))
    raise ModelDamaged(
        say("{path} is damaged: twice, its bytes did not match the hub's list.", path=file.path),
        say(
            "Something on the network may be changing it: try another network, or turn off the proxy or virus scanner."
        ),
    )


def _fill(part: PartialDownload, listing: Listing, file: RemoteFile, progress: DownloadProgress, before: int) -> None:
    """Append to the part until it has its size."""
    patience = http_get.Patience(progress)
    while part.length < part.size:
        reached, restarts = part.length, part.restarts
        try:
            with hub.open_file(listing, file, _range(part)) as answer:
                _receive(answer, part, listing, file, lambda: progress.at(before + part.length))
        except http_get.Passing as trouble:
            if part.restarts > _RESTARTS:
                raise DownloadFailed(
                    say(
                        "The hub starts {path} over each time, and the connection does not last long enough.",
                        path=file.path,
                    ),
                    say("Try again later, or on another network."),
                ) from trouble
            if part.length > (reached if part.restarts == restarts else 0):
                patience.progress()
            patience.wait(trouble)
    progress.at(before + part.length)


def _range(part: PartialDownload) -> dict[str, str]:
    """The headers that ask for what is missing, and for all of it if it is not the same thing any more."""
    if not part.length:
        return {}
    return {"Range": f"bytes={part.length}-"} | ({"If-Range": part.etag} if part.etag else {})


def _receive(
    answer: http_get.Answer, part: PartialDownload, listing: Listing, file: RemoteFile, on_bytes: Callable[[], None]
) -> None:
    """Append what `answer` brings. Raises Passing if that is not all, DownloadFailed if it cannot be right."""
    if answer.status == 416:
        part.restart(None)
        raise http_get.Passing(
            DownloadFailed(
                say("{host} has no more of {path}.", host=answer.host, path=file.path), say("Try again later.")
            )
        )
    if answer.status not in (200, 206):
        raise refusal(answer, listing.repo, given=hub.token() is not None)
    etag = answer.headers.get("ETag")
    etag = etag if is_strong(etag) else None
    if answer.status == 206 and not _continues(answer, part, etag):
        part.restart(None)
        raise http_get.Passing(
            DownloadFailed(
                say("{host} sends the wrong part of {path}.", host=answer.host, path=file.path), say("Try again later.")
            )
        )
    _check_length(answer, file, _expected(answer, part))
    if answer.status == 200 or not part.length:
        part.restart(etag)
    while part.length < part.size:
        piece = answer.read(_PIECE)
        if not piece:
            raise http_get.lost(answer.host)
        part.append(piece)
        on_bytes()


def _continues(answer: http_get.Answer, part: PartialDownload, etag: str | None) -> bool:
    """Whether a partial answer begins where the part ends, and is of the same file."""
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if not found or (part.etag and etag and part.etag != etag):
        return False
    start, end, total = map(int, found.groups())
    return start == part.length and start <= end < total == part.size


def _expected(answer: http_get.Answer, part: PartialDownload) -> int:
    """How many bytes the answer should have."""
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", "")) if answer.status == 206 else None
    return int(found[2]) - int(found[1]) + 1 if found else part.size


def _check_length(answer: http_get.Answer, file: RemoteFile, expected: int) -> None:
    length, encoding = answer.headers.get("Content-Length"), answer.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise DownloadFailed(
            say("{host} sends {path} compressed, which VideoAi did not ask for.", host=answer.host, path=file.path),
            say("Something on the network may be changing it: try another network, or turn off the proxy."),
        )
    if length is not None and length != str(expected):
        said = length if re.fullmatch(r"\d{1,20}", length, re.ASCII) else say("an impossible number of")
        raise DownloadFailed(
            say(
                "{host} sends {said} bytes for {path}, but the hub lists {expected}.",
                host=answer.host,
                said=said,
                path=file.path,
                expected=expected,
            ),
            say("Something on the network may be changing it: try another network, or turn off the proxy."),
        )
