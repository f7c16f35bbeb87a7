"""How the numbers of a TIFF picture lie in its file. Tags and their values are those of TIFF 6.0."""

from __future__ import annotations

from dataclasses import dataclass

from videoai.media.decoding.formats.tiff_tags import Tags

WHITE_IS_ZERO, RGB, PALETTE, INKS, YCC, LAB, ICC_LAB, LOG_L = 0, 2, 3, 5, 6, 8, 9, 32844
"""Values of the photometric tag."""
COLOURS = {WHITE_IS_ZERO: 1, 1: 1, RGB: 3, PALETTE: 1, INKS: 4, YCC: 3, LAB: 3, ICC_LAB: 3}
"""How many numbers of a pixel are its colour; the others are alpha, or nothing to see."""
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
ASSOCIATED, UNASSOCIATED = 1, 2
_MOST_BANDS = 64
"""Of one picture; each may be a plane of its own."""
JPEG, LZMA, ZSTD = 7, 34925, 50000
"""Of the ways to compress those that matter here."""
_MOST_OVER = 1 << 24
"""Pixels of tiles that stand over the edges of the picture."""
_KNOWN = (1, 2, 3, 4, 5, 6, JPEG, 8, 32766, 32773, 32809, 32946, 34676, 34677, LZMA, ZSTD, 50001)
"""Those that libvips' libtiff has, and these two."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the numbers of a picture lie in its file. `across` is how many pixels lie in a row: a tile's, or all."""

    width: int
    height: int
    bands: int
    bits: int
    numbers: int
    photometric: int
    compression: int
    planar: bool
    tile: tuple[int, int] | None
    alpha: tuple[int, int] | None
    """Which of the numbers it is, and whether it is ASSOCIATED or UNASSOCIATED."""

    @property
    def across(self) -> int:
        return self.tile[0] if self.tile else self.width

    @property
    def row_bytes(self) -> int:
        """Of `across` pixels, in one plane."""
        return (self.across * (1 if self.planar else self.bands) * self.bits + 7) // 8

    @property
    def shown(self) -> tuple[int, ...]:
        """Which of the numbers are to be seen: its colours, and its alpha if it has one. Raises KeyError."""
        return (*range(COLOURS[self.photometric]), *(self.alpha[:1] if self.alpha else ()))

    @property
    def grid(self) -> tuple[int, int]:
        """How many tiles there are across and down. Raises ValueError if they are far larger than the picture."""
        across, high = self.tile or (self.width, self.height)
        columns, rows = -(-self.width // across), -(-self.height // high)
        if columns * across * rows * high > self.width * self.height + _MOST_OVER:
            raise ValueError("tiles larger than the picture")
        return columns, rows

    def pixels_in(self, size: int) -> int:
        """How many pixels have so many bytes."""
        return size * 8 // (self.bands * self.bits)


def layout_of(tags: Tags) -> Layout:
    """Raises ValueError if the numbers of a pixel differ in kind, or are of one that no decoder here knows."""
    bands, bits, numbers = tags.one(277, 1), tags.all(258, 1), tags.all(339, UNSIGNED)
    if bands > _MOST_BANDS:
        raise ValueError(f"{bands} numbers a pixel")
    compression = tags.one(259, 1)
    if len(set(bits)) > 1 or len(set(numbers)) > 1:
        raise ValueError("numbers of several kinds in one pixel")
    if not (bits[0] <= 16 or bits[0] in (32, 64)) or compression not in _KNOWN:
        raise ValueError(f"{bits[0]} bits, compression {compression}")
    extras = tags.all(338)
    colours = COLOURS.get(tags.one(262, 1), bands)
    found = ((bands - len(extras) + at, kind) for at, kind in enumerate(extras) if bands - len(extras) + at >= colours)
    return Layout(
        tags.one(256, 0),
        tags.one(257, 0),
        bands,
        bits[0],
        numbers[0],
        tags.one(262, 1),
        compression,
        tags.one(284, 1) == 2,
        (tags.one(322, 0), tags.one(323, 0)) if tags.all(322) else None,
        next((extra for extra in found if extra[1] in (ASSOCIATED, UNASSOCIATED)), None),
    )
