"""A video on a sheet, and what is written below it: what tells it from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from videoai.finishing.registry import parameters_of
from videoai.language import say
from videoai.parameters import FINISHING, MAIN, Parameter
from videoai.settings import PARAMETERS, GenerationSettings

_MOST = 3
"""Settings below a video, beside its seed."""


@dataclass(frozen=True, slots=True)
class SheetClip:
    """`photo` is what its photo is called, `pictures` are three moments of it, from its beginning to its end, or none;
    `width` and `height` are those of the video."""

    photo: str
    settings: GenerationSettings
    video: Path
    pictures: Sequence[Image.Image]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Caption:
    """The two lines below a video: a name, and the parts of the second, of which there may be none."""

    first: str
    second: Sequence[str]


def heading(clips: Sequence[SheetClip]) -> Caption:
    """What stands above all: the photo, if there is one only, and what all have in common."""
    photos = {clip.photo for clip in clips}
    count = say("{count} videos", count=len(clips)) if len(clips) > 1 else say("1 video")
    first = photos.pop() if len(photos) == 1 else count
    parts: list[str] = [] if first == count else [count]
    models = {clip.settings.model for clip in clips}
    if len(models) == 1:
        parts.append(Path(models.pop()).name)
    sizes = {(clip.width, clip.height) for clip in clips}
    if len(sizes) == 1:
        width, height = sizes.pop()
        parts.append(f"{width}×{height}")
    return Caption(first, parts)


def captions(clips: Sequence[SheetClip]) -> list[Caption]:
    """What stands below each: its photo, if there are several, its seed, and the settings in which they differ."""
    several = len({clip.photo for clip in clips}) > 1
    rows = _different(clips)
    found = []
    for clip in clips:
        seed = say("seed {seed}", seed=str(clip.settings.seed))
        used = parameters_of(clip.settings.model)
        others = [_said(row, clip.settings) for row in rows if row.name in used and not _is_off(row, clip.settings)]
        found.append(Caption(clip.photo if several else seed, [*([seed] if several else []), *others[:_MOST]]))
    return found


def _different(clips: Sequence[SheetClip]) -> list[Parameter]:
    """The parameters that are not the same in all, the main ones first; their sizes are seen, and seeds are said."""
    rows = [
        row
        for name, row in PARAMETERS.items()
        if name not in ("seed", "width", "height") and len({getattr(clip.settings, name) for clip in clips}) > 1
    ]
    return sorted(rows, key=lambda row: row.group != MAIN)


def _is_off(row: Parameter, settings: GenerationSettings) -> bool:
    """Whether it is a way of finishing that this one has not."""
    return row.group == FINISHING and getattr(settings, row.name) == row.default()


def _said(row: Parameter, settings: GenerationSettings) -> str:
    value = getattr(settings, row.name)
    text = "off" if value is None else ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{row.name.replace('_', '-')} {text}"
