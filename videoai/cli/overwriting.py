"""What becomes of files that a call would replace: all of them are asked about at once, before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from videoai.batch.list_file import Problem
from videoai.batch.listed import refuse
from videoai.batch.sheet import Sheet
from videoai.batch.wanted import WantedVideo
from videoai.cli.asking import ask
from videoai.cli.screen import tell
from videoai.formats import FRAMES
from videoai.language import printable, say
from videoai.outputs import Output
from videoai.replacing import check_replaceable, refusal


class Taken(NamedTuple):
    """A file, or a `folder` of frames, that is there where one is to be written; `overwrite` as in `RunOptions`."""

    path: Path
    overwrite: bool | None = None
    folder: bool = False


def agree(found: Sequence[Taken], *, may_ask: bool) -> None:
    """Whoever sits there is asked once for all those that nobody has spoken of.

    Raises BadOutput if nobody can be asked, or the answer is no, and for what cannot be replaced.
    """
    for each in found:
        if each.overwrite is not False:
            check_replaceable(each.path, folder=each.folder)
    open_ = undecided(found)
    if open_ and not (may_ask and ask(_question(open_))):
        raise refusal(open_)


def undecided(found: Iterable[Taken | None]) -> list[Path]:
    """Those that nobody has spoken of."""
    return [each.path for each in found if each is not None and each.overwrite is None]


def _question(there: Sequence[Path]) -> str:
    if len(there) == 1:
        return say("{path} already exists. Replace it?", path=there[0])
    for path in there:
        tell(printable(str(path)), err=True)
    return say("These {count} files already exist. Replace them?", count=len(there))


def may_replace(path: Path, overwrite: bool | None, *, may_ask: bool) -> bool | None:
    """Whether one file, where something else than a video goes, is there and may be replaced; None if it stays, which
    is said. Raises BadOutput if nobody agrees."""
    if not os.path.lexists(path):
        return False
    if overwrite is False:
        tell(say("{path} already exists, so there is nothing to do.", path=path), err=True)
        return None
    agree([Taken(path, overwrite)], may_ask=may_ask)
    return True


def agreed_to(
    videos: Sequence[WantedVideo],
    list_name: str | None,
    sheets: Sequence[Sheet],
    overwrite: bool | None,
    may_ask: bool,
) -> tuple[list[WantedVideo], list[Sheet]]:
    """The same, with what may be replaced, and what is there already and stays; of the sheets, those to be drawn.

    Raises BadOutput, or BadList of the rows of a list, if nobody agrees.
    """
    of_videos = [_taken(video, number) for number, video in enumerate(videos, start=1)]
    of_sheets = [Taken(sheet.target, overwrite) if sheet.is_taken() else None for sheet in sheets]
    found = [each for each in (*of_videos, *of_sheets) if each is not None]
    if list_name is not None and not may_ask:
        said = say("It already exists: --overwrite replaces it, --no-overwrite skips it.")
        rows = zip(videos, of_videos, strict=True)
        refuse(list_name, [Problem(video.line, "output", said) for video, it in rows if undecided([it])])
    agree(found, may_ask=may_ask)
    settled = [video if it is None else _settled(video, it) for video, it in zip(videos, of_videos, strict=True)]
    drawn = []
    for sheet, it in zip(sheets, of_sheets, strict=True):
        if it is not None and it.overwrite is False:
            tell(say("{path} already exists, so this sheet is skipped.", path=it.path), err=True)
        else:
            drawn.append(replace(sheet, overwrite=it is not None))
    return settled, drawn


def _taken(video: WantedVideo, number: int) -> Taken | None:
    output = Output(video.request.output)
    there = output.taken(video.photo, number, video.seed)
    return None if there is None else Taken(there, video.request.overwrite, output.suffix() == FRAMES)


def _settled(video: WantedVideo, taken: Taken) -> WantedVideo:
    if taken.overwrite is False:
        return replace(video, there=taken.path)
    return replace(video, request=replace(video.request, overwrite=True))
