"""What there is of a picture whose file breaks off."""

from __future__ import annotations

from dataclasses import replace

from videoai.language import say
from videoai.media.decoding.opened import Opened

_MOSTLY = 0.6
"""So much of a picture must be there at least."""


def cut(opened: Opened, rows: int) -> Opened:
    """Only the first `rows` of the file's; `opened` lets pass that the others are missing. Raises ValueError."""
    if rows < opened.height * _MOSTLY:
        raise ValueError(f"{rows} rows of {opened.height}")
    share = rows / opened.height
    image = opened.image.crop(0, 0, opened.image.width, max(1, int(opened.image.height * share)))
    missing = say(
        "The photo's file is incomplete: {percent} % of the picture was missing and has been cropped away.",
        percent=max(1, round(100 - 100 * share)),
    )
    return replace(opened, image=image, height=rows, notices=(*opened.notices, missing))


def blurred(opened: Opened) -> Opened:
    """Of a picture that comes coarse first: all of it is there, some of it less sharp."""
    told = say("The photo's file is incomplete: parts of the picture are less sharp than they should be.")
    return replace(opened, notices=(*opened.notices, told))
