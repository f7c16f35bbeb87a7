"""The shape of the network that enlarges (upconv.py), and what a picture takes: without torch."""

from __future__ import annotations

from itertools import pairwise

CHANNELS = (3, 16, 32, 64, 128, 128, 256, 12)
"""Of the picture, after each of the seven convolutions, and as the last leaves them: four pixels."""

REACH = 7
"""Pixels on each side of one that it is made of."""

TILE = 192
"""Pixels of a picture's side that are enlarged together, at most."""

NUMBERS = sum(9 * inputs * outputs + outputs for inputs, outputs in pairwise(CHANNELS))
"""Of its weights."""

PIXEL_FLOP = 2 * sum(9 * inputs * outputs for inputs, outputs in pairwise(CHANNELS))
"""To enlarge one; the margins of tiles come to a twentieth more."""

TILE_NUMBERS = max(
    inputs * (TILE + 2 * (REACH - layer)) ** 2 + outputs * (TILE + 2 * (REACH - layer - 1)) ** 2
    for layer, (inputs, outputs) in enumerate(pairwise(CHANNELS))
)
"""That a layer holds at most, what it is given and what it makes."""


def tiles(length: int) -> list[slice]:
    """A side in parts of one length, which may overlap: an accelerator compiles for each shape it meets."""
    count = -(-length // TILE)
    size = -(-length // count)
    starts = (min(index * size, length - size) for index in range(count))
    return [slice(start, start + size) for start in starts]
