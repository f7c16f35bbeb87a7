"""A small ray caster: pictures of made-up scenes whose depth is known, from wherever the camera is.

Lengths are metres. The camera looks along +z, x goes to the right and y down, as in a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_LIGHT = np.array([-0.45, -0.8, -0.4], np.float32) / np.float32(np.linalg.norm([0.45, 0.8, 0.4]))
"""Towards the light."""
_AMBIENT = 0.45
_FAR = np.float32(1e6)


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour by place: two colours in a pattern of this `size`, with some grain so that nothing is quite flat."""

    one: tuple[int, int, int]
    other: tuple[int, int, int] | None = None
    pattern: str = "plain"
    size: float = 1.0

    def at(self, points: Array) -> Array:
        """The colour (n, 3), 0–1, at points (n, 3) of the scene."""
        x, y, z = points.T / np.float32(self.size)
        match self.pattern:
            case "checks":
                part = ((np.floor(x) + np.floor(y) + np.floor(z)) % 2).astype(np.float32)
            case "bricks":
                part = _bricks(x + z, y)
            case "stripes":
                part = (np.floor(x + z) % 2).astype(np.float32)
            case "clouds":
                part = _noise(points / np.float32(self.size))
            case _:
                part = np.zeros_like(x)
        one, other = (np.array(colour, np.float32) / 255 for colour in (self.one, self.other or self.one))
        grain = 0.12 * (_noise(points * np.float32(23)) - 0.5) + 0.1 * (_noise(points * np.float32(5)) - 0.5)
        found: Array = (one + part[:, None] * (other - one)) * (1 + grain[:, None])
        return found


def _bricks(across: Array, down: Array) -> Array:
    row = np.floor(down * 2)
    shifted = across + 0.5 * (row % 2)
    mortar = ((down * 2 - row) < 0.12) | ((shifted - np.floor(shifted)) < 0.06)
    return mortar.astype(np.float32)


def _noise(points: Array) -> Array:
    """Value noise between whole points, 0–1."""
    low = np.floor(points).astype(np.int64)
    part = points - low
    part = part * part * (3 - 2 * part)
    total = np.zeros(len(points), np.float32)
    for corner in np.ndindex(2, 2, 2):
        at = low + corner
        mixed = at[:, 0] * 374761393 + at[:, 1] * 668265263 + at[:, 2] * 2147483647
        mixed = (mixed ^ (mixed >> 13)) * 1274126177 & 0x7FFFFFFF
        weight = np.prod(np.where(corner, part, 1 - part), axis=1)
        total += weight * (mixed % 1021 / np.float32(1020))
    return total


class Thing(Protocol):
    """Something that rays hit."""

    @property
    def paint(self) -> Paint: ...

    def hit(self, origin: Array, rays: Array) -> tuple[Array, Array]:
        """How far along each ray (n, 3) it is hit, a very large number where it is not, and its normals there."""
        ...


@dataclass(frozen=True, slots=True)
class Plane:
    """All points with axis = at."""

    axis: int
    at: float
    paint: Paint

    def hit(self, origin: Array, rays: Array) -> tuple[Array, Array]:
        along = rays[:, self.axis]
        with np.errstate(divide="ignore", invalid="ignore"):
            far = (self.at - origin[self.axis]) / along
        normals = np.zeros_like(rays)
        normals[:, self.axis] = -np.sign(along)
        return np.where((far > 1e-3) & np.isfinite(far), far, _FAR).astype(np.float32), normals


@dataclass(frozen=True, slots=True)
class Box:
    """From one corner to the opposite one."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    paint: Paint

    def hit(self, origin: Array, rays: Array) -> tuple[Array, Array]:
        steady = np.where(np.abs(rays) < 1e-9, np.float32(1e-9), rays)
        one = (np.array(self.low, np.float32) - origin) / steady
        other = (np.array(self.high, np.float32) - origin) / steady
        entering, leaving = np.minimum(one, other), np.maximum(one, other)
        axis = entering.argmax(1)
        far = entering.max(1)
        found = (far < leaving.min(1)) & (far > 1e-3)
        normals = np.zeros_like(rays)
        rows = np.arange(len(rays))
        normals[rows, axis] = -np.sign(rays[rows, axis])
        return np.where(found, far, _FAR).astype(np.float32), normals


@dataclass(frozen=True, slots=True)
class Ball:
    """An ellipsoid: its middle, and its half sizes."""

    middle: tuple[float, float, float]
    size: tuple[float, float, float]
    paint: Paint

    def hit(self, origin: Array, rays: Array) -> tuple[Array, Array]:
        scale = np.array(self.size, np.float32)
        start, way = (origin - np.array(self.middle, np.float32)) / scale, rays / scale
        a, b, c = (way * way).sum(1), (way * start).sum(1), float(start @ start) - 1
        inside = b * b - a * c
        far = (-b - np.sqrt(np.maximum(inside, 0))) / a
        found = (inside > 0) & (far > 1e-3)
        normals = (start + far[:, None] * way) / scale
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        return np.where(found, far, _FAR).astype(np.float32), normals


@dataclass(frozen=True, slots=True)
class Camera:
    """Where it is, its focal length as a part of a picture's width, and what the lens is shifted by, in pixels."""

    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    focal: float = 0.875
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """Things before a sky."""

    name: str
    things: Sequence[Thing]
    sky: Callable[[Array], Array]
    subject: float
    """How far away what it is about is."""


def picture(scene: Scene, camera: Camera, width: int, height: int, samples: int = 3) -> npt.NDArray[np.uint8]:
    """What the camera sees (height, width, 3): the mean of samples × samples rays a pixel."""
    total = np.zeros((height * width, 3), np.float32)
    for row in range(samples):
        for column in range(samples):
            offset = ((column + 0.5) / samples - 0.5, (row + 0.5) / samples - 0.5)
            total += _seen(scene, camera, width, height, offset)[0]
    mean = np.clip(total / samples**2, 0, 1) ** (1 / 2.2)
    return np.rint(255 * mean).astype(np.uint8).reshape(height, width, 3)


def inverse_depth(scene: Scene, camera: Camera, width: int, height: int) -> Array:
    """1 / z of what is in the middle of each pixel (height, width), 0 for the sky."""
    found: Array = _seen(scene, camera, width, height, (0, 0))[1].reshape(height, width)
    return found


def _seen(scene: Scene, camera: Camera, width: int, height: int, offset: tuple[float, float]) -> tuple[Array, Array]:
    """The light (n, 3), and 1 / z."""
    focal = camera.focal * width
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2 + offset[0] - camera.shift[0]) / focal
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2 + offset[1] - camera.shift[1]) / focal
    grid = np.ones((height, width, 3), np.float32)
    grid[..., 0], grid[..., 1] = x, y[:, None]
    rays: Array = grid.reshape(-1, 3)
    origin = np.array(camera.place, np.float32)
    nearest, normals, owner = np.full(len(rays), _FAR), np.zeros_like(rays), np.full(len(rays), -1)
    for number, thing in enumerate(scene.things):
        far, normal = thing.hit(origin, rays)
        closer = far < nearest
        nearest[closer], normals[closer], owner[closer] = far[closer], normal[closer], number
    light = np.empty_like(rays)
    for number in range(-1, len(scene.things)):
        of = owner == number
        if number < 0:
            light[of] = scene.sky(rays[of])
            continue
        points = origin + nearest[of, None] * rays[of]
        shade = _AMBIENT + (1 - _AMBIENT) * np.maximum(normals[of] @ _LIGHT, 0) * _lit(scene, points, normals[of])
        light[of] = scene.things[number].paint.at(points) ** np.float32(2.2) * shade[:, None]
    return light, np.where(owner >= 0, 1 / nearest, 0).astype(np.float32)


def _lit(scene: Scene, points: Array, normals: Array) -> Array:
    """1 where the light reaches, 0 in the shadow of balls and boxes."""
    free = np.ones(len(points), np.float32)
    for thing in scene.things:
        if isinstance(thing, Plane):
            continue
        far, _ = _from_each(thing, points + np.float32(2e-3) * normals)
        free[far < _FAR] = 0
    return free


def _from_each(thing: Thing, points: Array) -> tuple[Array, Array]:
    """As `hit`, along the light, from many points instead of one."""
    rays = np.broadcast_to(_LIGHT, points.shape)
    if isinstance(thing, Box):
        one, other = (np.array(corner, np.float32) - points for corner in (thing.low, thing.high))
        one, other = one / _LIGHT, other / _LIGHT
        entering, leaving = np.minimum(one, other).max(1), np.maximum(one, other).min(1)
        return np.where((entering < leaving) & (leaving > 1e-3), np.maximum(entering, 0), _FAR), rays
    if not isinstance(thing, Ball):
        raise TypeError(thing)
    scale = np.array(thing.size, np.float32)
    start, way = (points - np.array(thing.middle, np.float32)) / scale, _LIGHT / scale
    a, b, c = float(way @ way), start @ way, (start * start).sum(1) - 1
    inside = b * b - a * c
    far = (-b + np.sqrt(np.maximum(inside, 0))) / a
    return np.where((inside > 0) & (far > 1e-3), far, _FAR), rays
