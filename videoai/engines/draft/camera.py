"""The draft's camera: where it goes, and where each pixel of a frame then comes from in the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videoai.engines.draft.depth import SUBJECT
from videoai.engines.draft.subject import Map

REACH = 0.032
"""How far near and far move apart over the clip at motion 100, as a fraction of the video's longer side."""

_EASE = 0.2
"""The part of the clip over which the camera starts, and again stops."""

_FIXED_POINT_STEPS = 4

MOST_MOTION = 255
"""The largest move for which the depth can be soft enough that nothing is folded over: the table's largest."""

_SLOWEST = 0.6
"""Of the speed of a clip that is not extended: rather than go slower, the camera turns."""

_LANE = 0.25
"""How far beside the way there the way back is, as a part of it."""


@dataclass(frozen=True, slots=True)
class Move:
    """A straight camera move, as it is when complete.

    `sideways` and `up` are what a pixel of disparity 1 is displaced by against one of disparity 0, in pixels;
    pixels of disparity `pivot` stay where they are. `closer` is how much a pixel of disparity 1 is enlarged. `lane` is
    how far up and sideways the camera comes back in a long clip.
    """

    name: str
    sideways: float
    up: float
    pivot: float
    closer: float
    lane: tuple[float, float]


def choose_move(seed: int, motion: float, width: int, height: int) -> Move:
    """The move that a seed stands for: its kind and direction by the seed, its size strictly by `motion`."""
    chance = np.random.default_rng(seed)
    reach = REACH * max(width, height) * motion / 100
    closer = 2 * REACH * motion / 100
    name = str(chance.choice(["orbit", "dolly", "pan", "drift"]))
    side = float(chance.choice([-1.0, 1.0]))
    tilt = float(chance.uniform(-1, 1))
    lane = math.copysign(_LANE * reach, tilt)
    match name:
        case "orbit":  # around the subject, which stays where it is while the background slides past
            return Move(name, side * reach, 0.15 * tilt * reach, SUBJECT, 0.15 * closer, (lane, 0))
        case "pan":  # the whole view slides, near things faster
            return Move(name, 0.8 * side * reach, 0.0, -0.5, 0.0, (0.5 * lane, 0))
        case "dolly":  # towards the subject
            return Move(name, 0.1 * side * reach, 0.05 * tilt * reach, SUBJECT, 1.4 * closer, (0, lane))
        case _:  # drift: slowly past and closer, a little up or down
            angle = math.pi / 5 * tilt
            across, up = 0.7 * side * reach * math.cos(angle), 0.7 * reach * math.sin(angle)
            return Move(name, across, up, 0.4, 0.7 * closer, (lane, 0))


def progress(index: float, frames: int) -> float:
    """How much of a move is done at frame `index`: 0 at the first, 1 at the last, eased at both ends.

    The speed rises along half a cosine, stays, and falls: at no time is it more than 1/(1 − _EASE) = 1.25 of the
    mean, so that no step between frames is a jump.
    """
    t = index / (frames - 1)
    top = 1 / (1 - _EASE)
    if t > 0.5:
        return 1 - progress(frames - 1 - index, frames)
    if t < _EASE:
        return top * (t - _EASE / math.pi * math.sin(math.pi * t / _EASE)) / 2
    return top * (t - _EASE / 2)


@dataclass(frozen=True, slots=True)
class Route:
    """Where the camera goes over the whole clip, planned at once: no part of it begins anew.

    It goes along a move of this `motion`, the larger the longer the clip is; where that would be too far, several
    times, `legs`, there and back. It turns in a curve, into another lane, so that it never stands still.
    """

    motion: float
    legs: int = 1

    @staticmethod
    def of(motion: int, parts: int) -> Route:
        """For a clip of so many parts, each of which would be one such move by itself."""
        legs = max(1, math.ceil(_SLOWEST * parts * motion / MOST_MOTION)) if parts > 1 else 1
        return Route(min(parts * motion / legs, MOST_MOTION), legs)

    def at(self, index: int, frames: int) -> tuple[float, float]:
        """How much of the move is done at a frame, and how much of the way into the other lane."""
        if self.legs == 1:
            return progress(index, frames), 0.0
        at = self.legs * index / (frames - 1)
        leg = min(int(at), self.legs - 1)
        done = progress(at - leg, 2)
        turned = min(max(at - 0.5, 0), self.legs - 1)
        return 1 - done if leg % 2 else done, (1 - math.cos(math.pi * turned)) / 2


def source_coordinates(move: Move, done: float, near: Map, aside: float = 0.0) -> npt.NDArray[np.float32]:
    """Where each pixel of the frame lies in the photo: (2, height, width), rows first.

    `done` is the part of the move that is behind (0–1), `aside` that of the way to its other lane, `near` the photo's
    disparity. A point of the photo at q appears at p = centre + zoom · ((q − centre) · scale(q) + shift(q)); solved
    for q by fixed-point iteration, which converges because disparity changes slowly compared with the shift. `zoom` is
    just enough that no pixel comes from outside the photo.
    """
    height, width = near.shape
    centre = np.array([(height - 1) / 2, (width - 1) / 2], np.float32)[:, None, None]
    up, sideways = move.up * done + move.lane[0] * aside, move.sideways * done + move.lane[1] * aside
    shift = np.array([up, sideways], np.float32)[:, None, None]
    target = np.mgrid[0:height, 0:width].astype(np.float32) - centre
    target /= _zoom(move, done, aside, near)
    source = target.copy()
    for _ in range(_FIXED_POINT_STEPS):
        at_source = _sample(near, source + centre)
        source = (target - shift * (at_source - move.pivot)) / (1 + move.closer * done * at_source)
    return source + centre


def _zoom(move: Move, done: float, aside: float, near: Map) -> float:
    """How much the view must be enlarged so that the displaced photo still fills it.

    What the lane takes is added to what the move does, so that the view grows evenly, whichever is the larger.
    """
    height, width = near.shape
    furthest = float(np.abs(near - move.pivot).max())

    def outside(up: float, sideways: float, part: float) -> float:
        far = furthest * part
        return float(max(abs(sideways) * far * 2 / (width - 1), abs(up) * far * 2 / (height - 1)))

    needed = outside(move.up, move.sideways, done) + outside(*move.lane, aside)
    return 1 / (1 - min(needed, 0.9))


def _sample(values: Map, coordinates: npt.NDArray[np.float32]) -> Map:
    """`values` at fractional (rows, columns), linearly."""
    from scipy.ndimage import map_coordinates

    sampled: Map = map_coordinates(values, coordinates, order=1, mode="nearest", output=np.float32)
    return sampled
