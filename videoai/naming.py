"""The names of all videos of one call, so that none replaces another's, or a photo."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from videoai.errors import BadOutput
from videoai.formats import published_path
from videoai.language import say
from videoai.outputs import Output
from videoai.system import paths


@dataclass(frozen=True, slots=True)
class ToName:
    """A video that is to get a name: where it was asked to go, its photo, and its seed if that is known."""

    output: Output
    photo: Path
    seed: int | None = None

    def key(self, number: int, output: Output | None = None) -> str | None:
        """What a file system may make of its name: those of Macs fold capitals and accents. None: it has one of our
        choosing, which is never another's."""
        output = output or self.output
        if not output.is_named():
            return None
        name = output.named(self.photo, number, self.seed)
        return unicodedata.normalize("NFC", os.path.abspath(published_path(Path(name)))).casefold()


def told_apart(videos: Sequence[ToName]) -> list[Output]:
    """Where each video of a call goes, the nth under the number n.

    Where several would have the same name, the later ones get a number. Raises BadOutput for a photo's name.
    """
    plain = [video.key(number) for number, video in enumerate(videos, start=1)]
    asked = set(plain)
    photos = _Photos([video.photo for video in videos])
    taken: set[str] = set()
    found = []
    for number, (video, key) in enumerate(zip(videos, plain, strict=True), start=1):
        output, count = video.output, 1
        while key is not None and (key in taken or (count > 1 and key in asked)):
            count += 1
            output = video.output.numbered(count)
            key = video.key(number, output)
        if key is not None:
            taken.add(key)
            photos.check(paths.expanded(output.named(video.photo, number, video.seed)), video.photo)
        found.append(output)
    return found


class _Photos:
    """The photos of a call, by whatever name somebody has for them, and the folders that they are in."""

    def __init__(self, photos: Sequence[Path]) -> None:
        self._files = _files(photos)
        folders = {folder: photo for photo in photos for folder in photo.absolute().parents}
        self._folders = {file: folders[folder] for file, folder in _files(folders).items()}

    def check(self, path: Path, photo: Path) -> None:
        """Raises BadOutput if the video of `photo` that is called `path` would take the place of one of them."""
        target = published_path(path)
        there = [self._files.get(file) for file in _files([path, target])]
        there += [self._folders.get(file) for file in _files([target] if target != path else [])]
        if taken := next(filter(None, there), None):
            raise BadOutput(
                say("The video of {photo} would replace {path}.", photo=photo.name, path=taken),
                say("Choose another name for the video."),
            )


def _files(some: Iterable[Path]) -> dict[tuple[int, int], Path]:
    """The files that these names are of, as far as they are there."""
    found = {}
    for path in some:
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        found[status.st_dev, status.st_ino] = path
    return found
