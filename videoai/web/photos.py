"""The photos that were given to the web app: checked and made anew at the door, so that what is kept is only pixels,
and how near they are if the photo's file said that: in the same file, so that the depth goes wherever the photo goes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from videoai.errors import NotThere, WriteFailed
from videoai.history.job import ALPHABET, is_id, new_id
from videoai.jobs.admission import SPARE_BYTES
from videoai.language import say
from videoai.media import jpeg_segments
from videoai.media.jpeg_depth import has_depth, with_depth, without_depth
from videoai.media.photo_decoder import decode
from videoai.outputs import TITLE_LENGTH, title_of
from videoai.presets import shape_of
from videoai.system import heap, paths
from videoai.system.files import need_space, whole_file
from videoai.system.units import size

MOST_BYTES = 4_000_000_000
"""That photos may take in all: a few thousand."""

_QUALITY = 95
_HEADER = 1 << 16
"""Bytes; the comment and the size are in the first few hundred."""
_MOST_COMMENT_BYTES = 4 + 4 * TITLE_LENGTH
"""A segment's head, and a name in UTF-8."""
_ID_LENGTH = 32
"""More than any id has, and less than any file system takes for a name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo as it is kept: upright, sRGB, JPEG. `name` is what it was called where it came from; one that `is_new`
    was not kept before, and nobody else has it yet; one that `has_depth` came with a depth map."""

    id: str
    name: str
    width: int
    height: int
    is_new: bool = False
    has_depth: bool = False

    @property
    def path(self) -> Path:
        return paths.photos() / f"{self.id}.jpg"

    def to_dict(self, notices: Collection[str] = ()) -> dict[str, Any]:
        """The JSON shape of the web API."""
        return {
            "id": self.id,
            "width": self.width,
            "height": self.height,
            "shape": shape_of(self.width, self.height),
            "url": f"/api/photos/{self.id}.jpg",
            "depth": self.has_depth,
            "notices": list(notices),
        }


class Photos:
    """The folder of photos, for any number of threads."""

    def __init__(self) -> None:
        # One at a time: a hundred million pixels take some hundred megabytes while they are read.
        self._decoding = threading.Lock()

    def take(self, file: BinaryIO, name: str) -> tuple[Kept, tuple[str, ...]]:
        """Keep the photo in an open file; with what there is to say of it. One that is kept already has its id, and is
        called as it is now. Raises what `decode` does."""
        name = title_of(name)
        with self._decoding:
            _need_room()
            found = decode(file, name, quality=_QUALITY, depth=True)
            content = found.content if found.depth is None else with_depth(found.content, found.depth)
            known, deep = _id_of(content), found.depth is not None
            kept = Kept(known or new_id(time.time()), name, *found.size, is_new=known is None, has_depth=deep)
            with whole_file(kept.path, replace=True) as part:
                part.write_bytes(jpeg_segments.with_comment(content, name.encode()))
        heap.trim()  # each of the server's threads has taken some megabytes, and would keep them
        return kept, found.notices

    def get(self, id: str) -> Kept:
        """The photo with this id. Raises NotThere."""
        kept = Kept(id, "", 0, 0)
        if (
            not 0 < len(id) <= _ID_LENGTH
            or set(id) - set(ALPHABET)
            or kept.path.is_symlink()
            or not kept.path.is_file()
        ):
            raise NotThere(say("This photo is no longer here."), say("Choose the photo again."))
        try:
            with kept.path.open("rb") as file:
                header = file.read(_HEADER)
            name = jpeg_segments.comment(header).decode("utf-8", "replace")
            return Kept(id, name, *jpeg_segments.size(header), has_depth=has_depth(header))
        except (OSError, ValueError) as error:
            raise NotThere(say("This photo can no longer be read."), say("Choose the photo again.")) from error

    def shown(self, id: str) -> bytes:
        """What anybody may see of it: the JPEG without what it was called, and without its depth. Raises NotThere."""
        return without_depth(jpeg_segments.without_comments(self.get(id).path.read_bytes()))

    def has(self, id: str | None) -> bool:
        """Whether there is a photo with this id, which one of our own jobs has noted."""
        return id is not None and (paths.photos() / f"{id}.jpg").is_file()


def _id_of(content: bytes) -> str | None:
    """The id of the photo that has these pixels, if one is kept: its file has a name beside them."""
    for path in paths.photos().glob("*.jpg"):
        with suppress(OSError, ValueError):  # one that is deleted at this moment, or damaged
            longer = path.lstat().st_size - len(content)
            if not 0 <= longer <= _MOST_COMMENT_BYTES or not is_id(path.stem) or path.is_symlink():
                continue
            if jpeg_segments.without_comments(path.read_bytes()) == content:
                return path.stem
    return None


def _need_room() -> None:
    """Raises WriteFailed before the disk, or what photos may have of it, is full."""
    need_space(paths.photos(), SPARE_BYTES, say("A photo"), say("Free some space, then add the photo again."))
    taken = sum(path.stat().st_size for path in paths.photos().glob("*.jpg"))
    if taken >= MOST_BYTES:
        raise WriteFailed(
            say("The photos added on the page take up {size}, which is the limit.", size=size(taken)),
            say(
                "Delete some clips: their photos are deleted with them. A photo without a clip is deleted after a day."
            ),
        )
