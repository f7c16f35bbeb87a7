"""A photo as a video begins with it."""

from __future__ import annotations

from dataclasses import dataclass

from videoai.events import Map, Pixels


@dataclass(frozen=True, slots=True)
class FittedPhoto:
    """`pixels` are in the video's size, (height, width, 3), sRGB.

    `near` is how near each of them is, 0 for the furthest and 1 for the nearest, if the photo's file says that: a map
    of the same shape, perhaps smaller.
    """

    pixels: Pixels
    near: Map | None = None
