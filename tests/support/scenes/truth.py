"""What the draft shows of a rendered scene, and what a camera would see there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.support.scenes.raycast import Array, Camera, Scene, inverse_depth, picture
from videoai.engines.draft.camera import SUBJECT, Pose, choose_move, reach_of
from videoai.engines.draft.flight import Flight
from videoai.engines.draft.layers import layers_of
from videoai.engines.draft.route import Route
from videoai.engines.draft.warp import Warp
from videoai.events import Pixels

SEEDS = {"drift": 0, "dolly": 1, "pan": 4, "orbit": 11}
"""Which stand for the four moves."""
MOTION = 100
SAMPLES = 2


def drafted(photo: Pixels, near: Array) -> Iterator[tuple[Pixels, Pose]]:
    """The last frame of each move, and where the camera is then."""
    height, width = photo.shape[:2]
    for seed in SEEDS.values():
        move = choose_move("auto", seed, reach_of(MOTION), width, height)
        layers = layers_of(photo, near, move.furthest(width, height))
        flight = Flight.of(move, Route(1.0), 2, [layer.near for layer in layers], (height, width))
        yield Warp(photo, layers, flight)(1), flight.pose(1)


def true_disparity(scene: Scene, width: int, height: int) -> tuple[Array, float, float]:
    """0 for the furthest, SUBJECT for the subject: a / z + b; with a and b."""
    inverse = inverse_depth(scene, Camera(), width, height)
    least = float(inverse.min())
    a = SUBJECT / (1 / scene.subject - least)
    return a * (inverse - least), a, -a * least


def really_seen(scene: Scene, pose: Pose, a: float, b: float, width: int, height: int) -> Pixels:
    """What is seen in that pose by a camera, for which a disparity is a / z + b."""
    kept = 1 - pose.closer * b
    ahead = pose.closer * a / kept
    focal = Camera().focal
    aside = [way * a * (1 + b * pose.closer / kept) / (focal * width) for way in (pose.sideways, pose.up)]
    shift = [pose.zoom * (way * b / kept - way * pose.pivot) for way in (pose.sideways, pose.up)]
    camera = Camera((-aside[0], -aside[1], ahead), focal * pose.zoom / kept, (shift[0], shift[1]))
    return picture(scene, camera, width, height, SAMPLES)


def psnr(one: Pixels, other: Pixels) -> float:
    """In decibels, over all pixels and colours."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(np.float64) - other) ** 2)))
