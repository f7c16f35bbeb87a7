"""The presets: settings under a name, and the size that each gives to a photo of each shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from videoai.catalogue import MODELS
from videoai.language import say

_NEARLY_SQUARE = 1.125
"""A photo whose sides differ by no more than this factor gets a square video."""

SHAPES: Mapping[str, tuple[int, int]] = MappingProxyType({"landscape": (3, 2), "portrait": (2, 3), "square": (1, 1)})
"""The shapes that a preset has a size for, each with the sides of such a photo."""


def shape_of(width: int, height: int) -> str:
    """The shape of the video that a photo of this size gets."""
    if max(width, height) <= _NEARLY_SQUARE * min(width, height):
        return "square"
    return "landscape" if width > height else "portrait"


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name. `long` and `short` are the sides of its oblong video, in pixels.

    One that is `whole` goes as far as a video to send: it smooths it, and perhaps enlarges it. One that is the user's
    `own` is in own_presets.py.
    """

    name: str
    label: str
    help: str
    long: int
    short: int
    values: Mapping[str, Any]
    whole: bool = False
    own: bool = False

    def size_for(self, photo_width: int, photo_height: int) -> tuple[int, int]:
        """Width and height of the video: landscape, portrait or square, as the photo is."""
        shape = shape_of(photo_width, photo_height)
        if shape == "square":
            side = round(math.sqrt(self.long * self.short) / 64) * 64
            return side, side
        return (self.long, self.short) if shape == "landscape" else (self.short, self.long)

    def settings_for(self, photo_size: tuple[int, int]) -> dict[str, Any]:
        """All that it says of the video of a photo of this size."""
        width, height = self.size_for(*photo_size)
        return {"width": width, "height": height} | dict(self.values)


def _preset(name: str, label: str, help: str, size: tuple[int, int], **values: Any) -> Preset:
    return Preset(name, label, help, size[0], size[1], MappingProxyType(values), whole="smooth" in values)


_SAFETY: dict[str, Any] = {"frames": 14, "steps": 20, "motion": 100, "fps": 6, "scheduler": "euler-a"}
_BALANCED: dict[str, Any] = _SAFETY | {"steps": 10, "sigmas": "ays"}
_FAST: dict[str, Any] = _SAFETY | {"model": "animatelcm-svd-xt"} | dict(MODELS["animatelcm-svd-xt"].recommended)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset("quick", say("Quick"), say("The fastest that is good: four steps"), (640, 384), **_FAST, smooth=24),
            _preset(
                "good",
                say("Good"),
                say("Twice the size, in ten steps"),
                (640, 384),
                **_BALANCED,
                smooth=24,
                enlarge="2",
            ),
            _preset(
                "best",
                say("Best"),
                say("The finest and longest: take a break"),
                (768, 512),
                frames=25,
                steps=30,
                scheduler="euler",
                smooth=30,
                enlarge="2",
            ),
            _preset("safety", say("Safe"), say("Safe on 8 GB"), (640, 384), **_SAFETY),
            _preset("minimum", say("Minimum"), say("The least memory"), (448, 256), frames=10, steps=15),
            _preset("square", say("Square"), say("Square"), (512, 512), frames=14, steps=25),
            _preset("large", say("Large"), say("Larger and longer"), (768, 512), frames=20, steps=30),
            _preset("native", say("Native"), say("The model's own size"), (1024, 576), frames=25, steps=25),
            _preset("balanced", say("Balanced"), say("Like safety, in half the time"), (640, 384), **_BALANCED),
            _preset("fast", say("Fast"), say("AnimateLCM: four steps"), (640, 384), **_FAST),
        )
    }
)

DEFAULT_PRESET = "safety"
