"""The contact sheet of a batch: all its videos beside each other, as a picture and as a page that plays them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from videoai.batch import sheet_page, sheet_picture
from videoai.batch.sheet_clip import SheetClip
from videoai.errors import BadOutput, BadVideo
from videoai.finishing.registry import video_clip
from videoai.language import say
from videoai.media.moments import moments
from videoai.outputs import successors
from videoai.replacing import is_same
from videoai.resolving import recorded
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.files import NameTaken, whole_file
from videoai.writable import check_writable

PAGE = ".html"
PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_BOTH = (PAGE, ".jpg")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to be written: a page or a picture, as the ending of its name says. What is there is replaced only with
    `overwrite`."""

    target: Path
    overwrite: bool = False

    @staticmethod
    def named(name: str | None) -> list[Sheet]:
        """The sheet of this name, or both kinds if it has no ending; none without a name. Raises BadOutput."""
        if name is None:
            return []
        path = paths.expanded(name)
        if not name.strip() or "\0" in name or name.endswith("/") or path.is_dir():
            raise BadOutput(say("--sheet needs the name of a file."), say("Write --sheet NAME.html, NAME.jpg or NAME."))
        if path.suffix.lower() in (PAGE, *PICTURES):
            return [Sheet(path)]
        if path.suffix:
            raise BadOutput(
                say("A sheet cannot be called {name}.", name=path.name),
                say("Its name ends in .html, .jpg or .png; without an ending it is both a page and a picture."),
            )
        return [Sheet(path.with_suffix(ending)) for ending in _BOTH]

    def check(self, photos: Iterable[Path]) -> None:
        """Raises BadOutput or WriteFailed if it cannot be written, or would take the place of one of these."""
        check_writable(self.target)
        if there := next((photo for photo in photos if is_same(self.target, photo)), None):
            raise BadOutput(
                say("The sheet would replace {path}.", path=there), say("Choose another name with --sheet.")
            )

    def is_taken(self) -> bool:
        """Whether there is something under its name."""
        return os.path.lexists(self.target)

    def write(self, clips: Sequence[SheetClip]) -> Path:
        """Draw it, under the first name that can be had, and return that. Raises WriteFailed, BadOutput."""
        for path, replace in itertools.chain([(self.target, self.overwrite)], successors(self.target)):
            with suppress(NameTaken), whole_file(path, replace=replace) as part:
                self._draw(clips, part)
                return path
        raise AssertionError("names do not end")

    def _draw(self, clips: Sequence[SheetClip], part: Path) -> None:
        if self.target.suffix.lower() == PAGE:
            part.write_text(sheet_page.page(clips, self.target.absolute().parent), "utf-8")
        else:
            kind = PICTURES[self.target.suffix.lower()]
            sheet_picture.picture(clips).save(part, kind, quality=88, optimize=True)


def clip_of(title: str, settings: Mapping[str, Any], video: Path) -> SheetClip:
    """What a sheet shows of a video that was made with these settings; one that has gone since has no pictures."""
    made = recorded(settings)
    try:
        pictures = moments(video, _numbers(made))
    except BadVideo:
        pictures = []
    clip = video_clip(made)
    return SheetClip(title, made, video, [_shrunk(picture) for picture in pictures], clip.width, clip.height)


_LONGEST = 800
"""Pixels of a side of a picture that is kept: more than a sheet shows of it."""


def _shrunk(picture: Image.Image) -> Image.Image:
    picture.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    return picture


def _numbers(settings: GenerationSettings) -> list[int]:
    """The first frame, one in the middle, and the last; of a loop, which ends as it begins, the one furthest away."""
    clip = video_clip(settings)
    last = clip.frames // 2 if clip.loops else clip.frames - 1
    return [0, last // 2, last]
