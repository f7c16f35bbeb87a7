"""Fetching files from the hub into the cache: what is missing, in one go or in many, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from videoai.catalogue import Remote
from videoai.events import OnEvent
from videoai.language import say
from videoai.models.hub import api as hub
from videoai.models.hub import cache, hashes, partial_file
from videoai.models.hub.api import Listing, RemoteFile
from videoai.models.hub.progress import DownloadProgress
from videoai.models.hub.transfer import transfer
from videoai.system.files import need_space

MARGIN = 64 * 1024 * 1024
"""What is to stay free on the disk besides."""

Item = tuple[Listing, RemoteFile]


def fetch(remotes: Sequence[Remote], *, on_event: OnEvent, spare: int = 0) -> dict[Remote, Path]:
    """Bring `remotes` as they are now on the hub into the cache, in the order given; where each of them is.

    What is there already is checked and used. The events are Stage("check"), if something is there, then
    Stage("fetch"), both in bytes, with a Step at most ten times a second, and Notices. Whatever ends the call,
    `on_event` raising included, what has arrived stays and a later call goes on with it. `spare` bytes are to be
    free on the disk beside the download.

    Raises DownloadFailed, AccessNeeded, ModelDamaged, WriteFailed.
    """
    progress = DownloadProgress(on_event)
    items: dict[Remote, Item] = {}
    for repo in dict.fromkeys(remote.repo for remote in remotes):
        paths = list(dict.fromkeys(remote.path for remote in remotes if remote.repo == repo))
        listing = hub.list_files(repo, paths, progress=progress)
        items |= {Remote(repo, file.path): (listing, file) for file in listing.files}
    items = {remote: items[remote] for remote in remotes}
    held = _check(items, progress)
    _check_space([item for remote, item in items.items() if remote not in held], spare)

    progress.begin("fetch", sum(file.size for _, file in items.values()))
    places: dict[Remote, Path] = {}
    done = 0
    for remote, (listing, file) in items.items():
        places[remote] = held.get(remote) or _bring(listing, file, progress, done)
        done += file.size
        progress.at(done)
        if all(other in places for other in items if other.repo == remote.repo):
            cache.set_ref(remote.repo, "main", listing.commit)
    progress.end()
    return places


def _check(items: dict[Remote, Item], progress: DownloadProgress) -> dict[Remote, Path]:
    """Those files that are here and right, with their places."""
    there = {remote: size for remote, item in items.items() if (size := _size_here(*item))}
    if there:
        progress.begin("check", sum(there.values()))
    held: dict[Remote, Path] = {}
    done = 0
    for remote, size in there.items():
        place = _held(*items[remote], partial(_after, progress, done))
        if place is not None:
            held[remote] = place
        done += size
        progress.at(done)
    if there:
        progress.end()
    return held


def _after(progress: DownloadProgress, before: int, count: int) -> None:
    progress.at(before + count)


def _candidates(listing: Listing, file: RemoteFile) -> list[Path]:
    """Where a file may be: in the snapshot, or as a blob that the snapshot has no link to yet."""
    entry = cache.find(Remote(listing.repo, file.path), listing.commit)
    return [path for path in (entry, cache.find_blob(listing.repo, file.blob)) if path is not None]


def _size_here(listing: Listing, file: RemoteFile) -> int:
    return file.size if any(path.stat().st_size == file.size for path in _candidates(listing, file)) else 0


def _held(listing: Listing, file: RemoteFile, on_read: Callable[[int], None]) -> Path | None:
    """The place of a file in the snapshot if it is here and right, whoever brought it."""
    for path in _candidates(listing, file):
        if hashes.is_right(path, file.size, file.blob, on_read):
            partial_file.PartialDownload(listing, file).remove()  # notes that a kill in the last moment has left
            if path == cache.blob_path(listing.repo, file.blob):
                return cache.place(listing.repo, listing.commit, file.path, file.blob)
            return path
    return None


def _bring(listing: Listing, file: RemoteFile, progress: DownloadProgress, before: int) -> Path:
    """Fetch one file, or let another program do it that has begun."""
    waiting = False

    def on_wait() -> None:
        nonlocal waiting
        if not waiting:
            waiting = True
            progress.notice(say("Another program is downloading {path}; waiting for it to finish.", path=file.path))
        progress.beat()

    with cache.lock(listing.repo, file.blob, on_wait):
        place = _held(listing, file, lambda count: progress.beat())
        if place is not None:
            return place
        if _candidates(listing, file):
            progress.notice(say("{path} on this computer is damaged; downloading it again.", path=file.path))
            cache.discard(listing.repo, listing.commit, file.path, file.blob)
        transfer(listing, file, progress, before)
        return cache.place(listing.repo, listing.commit, file.path, file.blob)


def _check_space(missing: Sequence[Item], spare: int) -> None:
    """Raise WriteFailed unless the disk has room for the rest of `missing`, `spare` and a margin."""
    rest = sum(file.size - partial_file.length_so_far(listing, file) for listing, file in missing)
    if rest:
        hint = say("Free some space, or set HF_HOME to a folder on a larger disk.")
        need_space(cache.root(), rest + spare + MARGIN, say("This download"), hint)
