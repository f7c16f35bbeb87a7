"""A contact sheet as one picture, to be looked at on a phone as well: each video in three moments, or of very many one
each, with what tells it from the others below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from videoai.batch.sheet_clip import SheetClip, captions, heading
from videoai.language import printable, say, shown
from videoai.system import paths

NIGHT, INK, INK_2, WELL = "#0f0c0a", "#f7f3ef", "#b5ada6", "#26211e"
"""The page's colours (static/styles/tokens.css)."""

MOST = 120
"""Videos on a picture; a JPEG has at most 65535 pixels a side."""

_FRAME_GAP = 10
_RADIUS = 14
_REGULAR, _BOLD = 400, 600


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """In pixels: of the whole picture, and its letters, which a phone shows a quarter to a third as large. `columns` of
    videos, each in so many `moments`."""

    width: int
    columns: int
    moments: int
    margin: int
    letters: int

    @staticmethod
    def of(count: int) -> SheetLayout:
        """For so many videos: a strip each in one column or two, or a picture each."""
        if count <= 8:
            return SheetLayout(1200, 1, 3, 48, 34)
        if count <= 24:
            return SheetLayout(1800, 2, 3, 60, 44)
        return SheetLayout(1800, 4, 1, 60, 40)

    @property
    def column(self) -> int:
        """The width of one."""
        return (self.width - (self.columns + 1) * self.margin) // self.columns

    @property
    def frame(self) -> int:
        """The width of a moment."""
        return (self.column - (self.moments - 1) * _FRAME_GAP) // self.moments


def picture(clips: Sequence[SheetClip]) -> Image.Image:
    """The sheet of these videos; of more than MOST it says how many it does not show."""
    seen, layout = clips[:MOST], SheetLayout.of(len(clips))
    title, words = _Letters(round(layout.letters * 1.5), _BOLD), captions(seen)
    small, first = _Letters(round(layout.letters * 0.88), _REGULAR), _Letters(layout.letters, _BOLD)
    has_second = any(caption.second for caption in words)
    below = round(layout.letters * (3.2 if has_second else 1.9))
    rows = [range(start, min(start + layout.columns, len(seen))) for start in range(0, len(seen), layout.columns)]
    heights = [max(_frame_height(seen[index], layout) for index in row) for row in rows]
    top = layout.margin + round(layout.letters * (4.2 if heading(clips).second else 3))
    foot = round(layout.letters * 2.2) if len(clips) > MOST else 0
    height = top + sum(heights) + len(rows) * below + max(len(rows) - 1, 0) * layout.letters + layout.margin + foot
    sheet = Image.new("RGB", (layout.width, height), NIGHT)
    draw = ImageDraw.Draw(sheet)
    above, room = heading(clips), layout.width - 2 * layout.margin
    title.write(draw, (layout.margin, layout.margin), _cut(above.first, title, room), INK)
    under = layout.margin, layout.margin + round(layout.letters * 2)
    small.write(draw, under, _joined(above.second, small, room), INK_2)
    for row, tall in zip(rows, heights, strict=True):
        for place, index in enumerate(row):
            left = layout.margin + place * (layout.column + layout.margin)
            _strip(sheet, seen[index], (left, top), layout)
            corner = left, top + _frame_height(seen[index], layout) + layout.letters // 2
            first.write(draw, corner, _cut(words[index].first, first, layout.column), INK)
            corner = left, corner[1] + round(layout.letters * 1.35)
            small.write(draw, corner, _joined(words[index].second, small, layout.column), INK_2)
        top += tall + below + layout.letters
    if foot:
        more = say("and {count} more", count=len(clips) - MOST)
        small.write(draw, (layout.margin, height - layout.margin - layout.letters), shown(more), INK_2)
    return sheet


def _frame_height(clip: SheetClip, layout: SheetLayout) -> int:
    return round(layout.frame * clip.height / clip.width)


def _strip(sheet: Image.Image, clip: SheetClip, corner: tuple[int, int], layout: SheetLayout) -> None:
    size = layout.frame, _frame_height(clip, layout)
    chosen = clip.pictures[1:2] if layout.moments == 1 else clip.pictures
    for number in range(layout.moments):
        tile = chosen[number].resize(size, Image.Resampling.LANCZOS) if chosen else Image.new("RGB", size, WELL)
        sheet.paste(tile, (corner[0] + number * (size[0] + _FRAME_GAP), corner[1]), _rounded(size))


@cache
def _rounded(size: tuple[int, int]) -> Image.Image:
    """A mask with corners as of a photo, smooth: drawn four times as large."""
    mask = Image.new("L", (4 * size[0], 4 * size[1]), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), 4 * _RADIUS, 255)
    return mask.resize(size, Image.Resampling.LANCZOS)


class _Letters:
    """The page's own letters in one size and weight, or those that Pillow brings."""

    def __init__(self, size: int, weight: int) -> None:
        self._font: ImageFont.FreeTypeFont | ImageFont.ImageFont
        try:
            font = ImageFont.truetype(paths.static() / "fonts" / "inter.woff2", size)
            font.set_variation_by_axes([weight])
            self._font = font
        except (OSError, NotImplementedError):  # a FreeType that cannot read them
            self._font = ImageFont.load_default(size)

    def width(self, text: str) -> float:
        """In pixels."""
        return self._font.getlength(text)

    def write(self, draw: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, colour: str) -> None:
        """A line, with its top left corner there."""
        draw.text(corner, text, font=self._font, fill=colour)


def _cut(name: str, letters: _Letters, room: int) -> str:
    """A name, without its middle if there is no room for all of it: both ends tell more."""
    words = printable(shown(name))
    if letters.width(words) <= room:
        return words
    left, right = words[: (len(words) + 1) // 2], words[(len(words) + 1) // 2 :]
    while right and letters.width(f"{left}…{right}") > room:
        left, right = (left[:-1], right) if len(left) > len(right) else (left, right[1:])
    return f"{left}…{right}"


def _joined(parts: Sequence[str], letters: _Letters, room: int) -> str:
    """As many of them as there is room for."""
    words = [printable(shown(part)) for part in parts]
    while len(words) > 1 and letters.width(_BETWEEN.join(words)) > room:
        words.pop()
    return _BETWEEN.join(words)


_BETWEEN = " · "
