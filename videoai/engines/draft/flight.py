"""A move along its route through one photo: where the camera is at each frame, and how large the view must be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from videoai.engines.draft.camera import Move, Pose
from videoai.engines.draft.route import Route
from videoai.events import Map

_FREE = 0.35
"""By how much the view may be enlarged before the move is made smaller, and by how much more at most."""
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Flight:
    """`nears` are the disparities of the photo's layers, maps of any size, and `shape` is its (height, width)."""

    move: Move
    route: Route
    frames: int
    nears: Sequence[Map]
    shape: tuple[int, int]
    zoom: float = 1.0

    @staticmethod
    def of(move: Move, route: Route, frames: int, nears: Sequence[Map], shape: tuple[int, int]) -> Flight:
        """The move, or as much of it as shows enough of the photo: in a narrow one a wide move would show a detail.

        A larger move stays a larger one. One that goes round has the same enlargement all the way: else it would
        swell and shrink about the frame at which it begins again.
        """
        flight = Flight(move, route, frames, nears, shape)
        asked = flight._widest() - 1
        if asked > _FREE:
            flight = flight._as_wide_as(1 + 2 * _FREE - _FREE * math.exp(1 - asked / _FREE))
        return replace(flight, zoom=flight._widest()) if route.round else flight

    def pose(self, index: int) -> Pose:
        """The camera at a frame."""
        pose = Pose.of(self.move, *self.route.at(index, self.frames), self.nears, self.shape)
        return replace(pose, zoom=max(pose.zoom, self.zoom))

    def _widest(self) -> float:
        return max(self.pose(index).zoom for index in range(self.frames))

    def _as_wide_as(self, zoom: float) -> Flight:
        """With the part of the move that takes this enlargement."""
        low, high = 0.0, 1.0
        for _ in range(_TRIES):
            middle = (low + high) / 2
            if replace(self, move=self.move.scaled(middle))._widest() > zoom:
                high = middle
            else:
                low = middle
        return replace(self, move=self.move.scaled(low))
