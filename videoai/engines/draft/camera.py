"""The draft's camera: how it moves, and where each pixel of a frame then comes from in the photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from videoai.events import Map

Numbers: TypeAlias = Any
"""Arrays that go together, or numbers."""

SUBJECT = 0.85
"""The disparity of what a photo is about: one value, so that it moves as a rigid thing."""

REACH = 0.032
"""How far near and far move apart over the clip at motion 100, as a fraction of the video's longer side."""

_MOST_MOTION = 255
"""The table's largest."""

_LANE = 0.25
"""How far beside the way there the way back is, as a part of it."""


def reach_of(motion: float) -> float:
    """How far near and far move apart over a clip, as a fraction of the video's longer side.

    In proportion to `motion` up to what is usual; from there on faster, so that the largest is a flight.
    """
    return REACH * motion / 100 * math.sqrt(max(1.0, motion / 100))


MOST_REACH = reach_of(_MOST_MOTION)


@dataclass(frozen=True, slots=True)
class Move:
    """A straight camera move, as it is when complete.

    `sideways` and `up` are what a pixel of disparity 1 is displaced by against one of disparity 0, in pixels;
    pixels of disparity `pivot` stay where they are. `closer` is how much nearer the camera comes to what has
    disparity 1, as a part of the distance. `lane` is how far up and sideways the camera comes back in a long clip.
    One that goes `backwards` ends with the photo, so that it shows nothing which is not in it.
    """

    name: str
    sideways: float
    up: float
    pivot: float
    closer: float
    lane: tuple[float, float]
    backwards: bool = False

    def scaled(self, factor: float) -> Move:
        """The same move, so much larger."""
        across, down = self.lane
        return replace(
            self,
            sideways=self.sideways * factor,
            up=self.up * factor,
            closer=self.closer * factor,
            lane=(across * factor, down * factor),
        )

    def furthest(self, width: int, height: int) -> float:
        """By how many pixels at most disparity 1 is displaced against disparity 0, anywhere on the way."""
        aside = math.hypot(abs(self.sideways) + abs(self.lane[1]), abs(self.up) + abs(self.lane[0]))
        return aside + self.closer * math.hypot(width, height) / 2


_WAYS = {"left": (1, 0), "right": (-1, 0), "up": (0, 1), "down": (0, -1)}
"""What a direction of the camera's displaces near things by, sideways and up: they go the other way."""


def choose_move(camera: str, seed: int, reach: float, width: int, height: int) -> Move:
    """The move that a camera stands for (`CAMERAS` of videoai/settings.py): what it leaves open is the seed's choice.

    Its size is strictly by `reach` (see reach_of).
    """
    chance = np.random.default_rng(seed)
    by_seed = str(chance.choice(["orbit", "dolly-in", "pan", "drift"]))
    side = float(chance.choice([-1.0, 1.0]))
    tilt = float(chance.uniform(-1, 1))
    name, _, way = camera.partition(":")
    if name == "auto":
        name = by_seed
    closer = 2 * reach
    reach *= max(width, height)
    lane = math.copysign(_LANE * reach, tilt)
    across, up = _direction(way) if way else _tilted(name, side, tilt)
    match name:
        case "orbit":  # around the subject, which stays where it is while the background slides past
            return Move(name, across * reach, up * reach, SUBJECT, 0.15 * closer, _lane(lane, up))
        case "pan":  # the whole view slides, near things faster
            return Move(name, 0.8 * across * reach, 0.8 * up * reach, -0.5, 0.0, _lane(0.5 * lane, up))
        case "rise":  # up past the subject, as on a crane
            return Move(name, 0.0, up * reach, 0.5, 0.1 * closer, (0, lane))
        case "dolly-in" | "dolly-out":  # towards the subject, or away from it
            return Move(name, across * reach, up * reach, SUBJECT, 1.4 * closer, (0, lane), name == "dolly-out")
        case _:  # drift: slowly past and closer
            return Move(name, 0.7 * across * reach, 0.7 * up * reach, 0.4, 0.7 * closer, _lane(lane, up))


def _direction(way: str) -> tuple[float, float]:
    """Of one that is asked for, a unit vector."""
    across, up = np.sum([_WAYS[word] for word in way.split("-")], axis=0)
    return float(across / math.hypot(across, up)), float(up / math.hypot(across, up))


def _tilted(name: str, side: float, tilt: float) -> tuple[float, float]:
    """The direction that a seed gives to a move."""
    match name:
        case "orbit":
            return side, 0.15 * tilt
        case "pan":
            return side, 0.0
        case "rise":
            return 0.0, 1.0
        case "dolly-in" | "dolly-out":
            return 0.1 * side, 0.05 * tilt
        case _:
            return side * math.cos(math.pi / 5 * tilt), math.sin(math.pi / 5 * tilt)


def _lane(size: float, up: float) -> tuple[float, float]:
    """Up, or sideways for a move that goes rather up itself."""
    return (0, size) if abs(up) > 0.9 else (size, 0)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera is: what displaces the photo's pixels, by their disparity d.

    A pixel at q, from the middle of the photo, appears at zoom · ((q + shift · d) / (1 − closer · d) − shift · pivot):
    what a camera sees that has moved sideways, up and towards the scene, and whose lens is shifted so that what has
    the disparity `pivot` stays. As a real camera's would be, straight lines in it are straight.
    """

    sideways: float
    up: float
    pivot: float
    closer: float
    zoom: float = 1.0

    @property
    def at_rest(self) -> bool:
        """Whether it shows the photo as it is."""
        return not (self.sideways or self.up or self.closer) and self.zoom == 1

    @staticmethod
    def of(move: Move, done: float, aside: float, nears: Sequence[Map], shape: tuple[int, int]) -> Pose:
        """Where `done` of a move is behind it (0–1) and `aside` of the way to its other lane.

        Its zoom is just enough that no pixel of a frame comes from outside the photo: of this `shape`, (height, width),
        and with the disparities `nears`, maps of any size.
        """
        done = 1 - done if move.backwards else done
        pose = Pose(
            move.sideways * done + move.lane[1] * aside,
            move.up * done + move.lane[0] * aside,
            move.pivot,
            move.closer * done,
        )
        return replace(pose, zoom=max(1.0, *(pose._zoom(near, *shape) for near in nears)))

    def seen_at(self, across: Numbers, down: Numbers, near: Numbers) -> tuple[Numbers, Numbers]:
        """Where pixels at (across, down) from the photo's middle appear, from the frame's middle."""
        towards = 1 / (1 - self.closer * near)
        return (
            self.zoom * ((across + self.sideways * near) * towards - self.sideways * self.pivot),
            self.zoom * ((down + self.up * near) * towards - self.up * self.pivot),
        )

    def source(self, across: Numbers, down: Numbers, near: Numbers) -> tuple[Numbers, Numbers]:
        """The inverse: where what appears there, with that disparity, lies in the photo."""
        farther = 1 - self.closer * near
        return (
            (across / self.zoom + self.sideways * self.pivot) * farther - self.sideways * near,
            (down / self.zoom + self.up * self.pivot) * farther - self.up * near,
        )

    def _zoom(self, near: Map, height: int, width: int) -> float:
        """How much the view must be enlarged so that the edges of this photo are outside of it, or on its edge."""
        half_down, half_across = (height - 1) / 2, (width - 1) / 2
        down = np.linspace(-half_down, half_down, near.shape[0], dtype=np.float32)
        across = np.linspace(-half_across, half_across, near.shape[1], dtype=np.float32)
        left, _ = self.seen_at(-half_across, down, near[:, 0])
        right, _ = self.seen_at(half_across, down, near[:, -1])
        _, top = self.seen_at(across, -half_down, near[0])
        _, bottom = self.seen_at(across, half_down, near[-1])
        least_across = max(min(np.min(right), -np.max(left)), 0.1 * half_across)
        least_down = max(min(np.min(bottom), -np.max(top)), 0.1 * half_down)
        return float(max(half_across / least_across, half_down / least_down))
