"""Ten places to put a camera in: rooms, a figure on ground, streets, tables, a garden."""

from __future__ import annotations

import numpy as np

from tests.support.scenes.raycast import Array, Ball, Box, Paint, Plane, Scene, Thing

_SKIN, _HAIR = Paint((224, 172, 140)), Paint((60, 40, 30))


def _daylight(rays: Array) -> Array:
    """Paler towards the horizon."""
    part = np.clip(-rays[:, 1:2] * 2, 0, 1)
    found: Array = np.array([0.75, 0.82, 0.9], np.float32) * (1 - part) + np.array([0.2, 0.4, 0.75], np.float32) * part
    return found


def _dusk(rays: Array) -> Array:
    part = np.clip(-rays[:, 1:2] * 2, 0, 1)
    found: Array = (
        np.array([0.9, 0.55, 0.35], np.float32) * (1 - part) + np.array([0.18, 0.15, 0.35], np.float32) * part
    )
    return found


def _person(x: float, ground: float, z: float, coat: Paint, trousers: Paint) -> list[Thing]:
    """Somebody who stands there, about 1.7 m tall."""
    return [
        Ball((x, ground - 1.57, z), (0.11, 0.14, 0.12), _SKIN),
        Ball((x, ground - 1.62, z + 0.02), (0.12, 0.12, 0.12), _HAIR),
        Ball((x, ground - 1.15, z), (0.24, 0.38, 0.15), coat),
        Ball((x - 0.27, ground - 1.1, z), (0.08, 0.36, 0.09), coat),
        Ball((x + 0.27, ground - 1.1, z), (0.08, 0.36, 0.09), coat),
        Ball((x - 0.11, ground - 0.42, z), (0.1, 0.45, 0.11), trousers),
        Ball((x + 0.11, ground - 0.42, z), (0.1, 0.45, 0.11), trousers),
    ]


def _portrait(x: float, y: float, z: float, coat: Paint) -> list[Thing]:
    """Head and shoulders; y is that of the face."""
    return [
        Ball((x, y, z), (0.1, 0.135, 0.11), _SKIN),
        Ball((x, y - 0.05, z + 0.035), (0.115, 0.125, 0.11), _HAIR),
        Ball((x, y + 0.16, z + 0.02), (0.06, 0.1, 0.06), _SKIN),
        Ball((x, y + 0.5, z + 0.03), (0.27, 0.33, 0.16), coat),
    ]


def _room(width: float, floor: float, ceiling: float, back: float, walls: Paint, ground: Paint) -> list[Thing]:
    return [
        Plane(1, floor, ground),
        Plane(1, -ceiling, Paint((236, 232, 224))),
        Plane(0, -width / 2, walls),
        Plane(0, width / 2, walls),
        Plane(2, back, walls),
    ]


def _tree(x: float, ground: float, z: float) -> list[Thing]:
    leaves = Paint((60, 110, 45), (95, 150, 60), "clouds", 0.12)
    return [
        Box((x - 0.1, ground - 1.6, z - 0.1), (x + 0.1, ground, z + 0.1), Paint((90, 65, 45))),
        Ball((x, ground - 2.3, z), (0.9, 1.0, 0.9), leaves),
    ]


_GRASS = Paint((70, 120, 50), (105, 150, 70), "clouds", 0.15)
_BRICKS = Paint((150, 80, 60), (205, 200, 190), "bricks", 0.3)
_WOOD = Paint((150, 105, 65), (125, 85, 50), "stripes", 0.12)
_TILES = Paint((215, 210, 200), (90, 90, 95), "checks", 0.5)
_RED, _BLUE, _YELLOW = Paint((190, 40, 45)), Paint((40, 70, 150)), Paint((235, 190, 50))
_DARK = Paint((50, 52, 60))

PLACES = [
    Scene(
        "figure on a meadow",
        [Plane(1, 1.5, _GRASS), *_person(0.1, 1.5, 3.6, _RED, _DARK), *_tree(-4, 1.5, 11), *_tree(5, 1.5, 14)],
        _daylight,
        3.6,
    ),
    Scene(
        "portrait before a wall",
        [Plane(2, 3.2, _BRICKS), Plane(1, 1.5, _TILES), *_portrait(0.0, -0.05, 1.1, _BLUE)],
        _daylight,
        1.1,
    ),
    Scene(
        "portrait in a garden",
        [Plane(1, 1.4, _GRASS), *_portrait(-0.12, 0.0, 1.0, _YELLOW), *_tree(1.5, 1.4, 5), *_tree(-2.2, 1.4, 6)],
        _daylight,
        1.0,
    ),
    Scene(
        "room with a chair",
        [
            *_room(4.6, 1.3, 1.3, 5.5, Paint((200, 205, 190)), _WOOD),
            Box((-0.35, 0.75, 2.6), (0.35, 0.85, 3.2), _RED),
            Box((-0.35, 0.0, 3.12), (0.35, 0.75, 3.2), _RED),
            *(Box((x, 0.85, z), (x + 0.06, 1.3, z + 0.06), _DARK) for x in (-0.35, 0.29) for z in (2.6, 3.14)),
            Box((1.2, 0.5, 4.6), (2.2, 1.3, 5.4), _WOOD),
        ],
        _daylight,
        2.8,
    ),
    Scene(
        "somebody in a hall",
        [*_room(5, 1.5, 1.6, 9, _BRICKS, _TILES), *_person(-0.5, 1.5, 3.2, _BLUE, _DARK)],
        _daylight,
        3.2,
    ),
    Scene(
        "street",
        [
            Plane(1, 1.6, Paint((95, 95, 100))),
            Box((-30, -6, 3), (-4, 1.6, 40), _BRICKS),
            Box((4.5, -4, 4), (30, 1.6, 40), Paint((215, 200, 170), (150, 130, 100), "checks", 1.0)),
            Box((0.6, 0.5, 6), (2.4, 1.4, 10), _RED),
            *_person(-1.2, 1.6, 5, _YELLOW, _DARK),
        ],
        _daylight,
        5.0,
    ),
    Scene(
        "car on a square",
        [
            Plane(1, 1.3, Paint((150, 145, 135), (120, 115, 108), "checks", 0.6)),
            Box((-1.6, 0.35, 4), (1.4, 1.1, 5.6), _BLUE),
            Box((-0.9, -0.2, 4.2), (0.8, 0.35, 5.4), _DARK),
            *(Ball((x, 1.0, 4.0), (0.3, 0.3, 0.12), _DARK) for x in (-1.0, 0.8)),
            Box((-20, -7, 16), (-3, 1.3, 20), _BRICKS),
            Box((-2, -4, 18), (20, 1.3, 22), Paint((220, 210, 190))),
        ],
        _dusk,
        4.2,
    ),
    Scene(
        "table with a cup",
        [
            Box((-1.2, 0.35, 0.75), (1.2, 0.4, 2.0), _WOOD),
            Ball((0.05, 0.24, 1.15), (0.1, 0.11, 0.1), Paint((240, 240, 238))),
            Ball((0.05, 0.335, 1.15), (0.17, 0.015, 0.17), Paint((225, 225, 222))),
            Plane(2, 3.6, Paint((120, 135, 125), (105, 120, 110), "stripes", 0.4)),
            Plane(1, 1.1, _DARK),
        ],
        _daylight,
        1.15,
    ),
    Scene(
        "fruit on a table",
        [
            Box((-2, 0.3, 0.6), (2, 0.35, 2.4), Paint((235, 230, 220), (200, 60, 60), "checks", 0.12)),
            Ball((-0.16, 0.19, 1.2), (0.11, 0.11, 0.11), _RED),
            Ball((0.1, 0.2, 1.05), (0.1, 0.1, 0.1), _YELLOW),
            Ball((0.3, 0.2, 1.45), (0.1, 0.1, 0.1), Paint((110, 160, 60))),
            Plane(2, 4, Paint((70, 80, 95))),
        ],
        _daylight,
        1.15,
    ),
    Scene(
        "statue in a park",
        [
            Plane(1, 1.5, _GRASS),
            Box((-0.45, 0.7, 4.2), (0.45, 1.5, 5.1), Paint((190, 185, 175))),
            Ball((0, -0.1, 4.65), (0.3, 0.8, 0.28), Paint((160, 165, 160))),
            Ball((0, -1.05, 4.65), (0.17, 0.22, 0.18), Paint((160, 165, 160))),
            *_tree(-3.2, 1.5, 9),
            *_tree(3.4, 1.5, 8),
            *_tree(0.9, 1.5, 14),
        ],
        _dusk,
        4.4,
    ),
]
"""Each about something that stands out, as photos are."""
