"""What is asked for over the wire, before it is a job."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from videoai.errors import BadInput
from videoai.finishing.base import Clip
from videoai.jobs.admission import need_files
from videoai.language import say
from videoai.memory.estimate import Estimate, estimate
from videoai.presets import SHAPES
from videoai.request import Request
from videoai.settings import GenerationSettings
from videoai.web.parameter_table import REMOTE
from videoai.web.photos import Kept
from videoai.web.request_body import check_settings
from videoai.web.services import Services

CHOICE: Mapping[str, type] = MappingProxyType(
    {"photo_id": str, "width": int, "height": int, "shape": str, "preset": str, "settings": dict}
)
"""What a body says of a choice: the preset, what departs from it, and of what photo the video is to be."""

_MOST_PIXELS = 100_000
"""A side of a photo, at the most: larger numbers are somebody's mistake."""


def request_of(services: Services, body: Mapping[str, Any]) -> Request:
    """From what a body says of `settings` and of the options of a run. Raises BadSettings."""
    options = {"offline": True, "gentle": services.options.gentle}  # whatever becomes of the files until its turn
    options |= {name: value for name, value in body.items() if name in REMOTE}
    return Request.of(check_settings(body.get("settings", {})), options)


def check(services: Services, kept: Kept, wanted: Request) -> None:
    """Say before the run what would end it. Raises ModelMissing, ModelDamaged, NotEnoughMemory."""
    settings = wanted.settings((kept.width, kept.height))
    check_files(services, settings)
    refusal = None if wanted.force else estimate_here(services, settings).refusal()
    if refusal is not None:
        raise refusal


def check_files(services: Services, settings: GenerationSettings) -> None:
    """Raises ModelMissing, ModelDamaged."""
    need_files(settings, downloads=not services.options.offline)


def estimate_here(services: Services, settings: GenerationSettings, given: Clip | None = None) -> Estimate:
    """Of a video with these settings, or of a clip that is given and finished by them, within what this machine could
    give it now. Raises VideoAiError."""
    return estimate(settings, services.machine.budget(), given=given)


def chosen(body: Mapping[str, Any]) -> Request:
    """The preset and the settings that a body says. Raises BadSettings."""
    preset = {"preset": body["preset"]} if "preset" in body else {}
    return Request.of(check_settings(body.get("settings", {})), preset)


def photo_size(services: Services, body: Mapping[str, Any]) -> tuple[int, int]:
    """Of the photo that is named or described; a landscape if there is none. Raises NotThere, BadInput."""
    if "photo_id" in body:
        photo = services.photos.get(body["photo_id"])
        return photo.width, photo.height
    width, height = SHAPES["landscape"]
    size = body.get("width", width), body.get("height", height)
    if not all(0 < side <= _MOST_PIXELS for side in size):
        raise BadInput(say("A photo cannot have this size."), say("Give the photo's width and height in pixels."))
    return size


def shape_wanted(body: Mapping[str, Any]) -> str | None:
    """For which shape the preset's size is to be, if that is not the photo's. Raises BadInput."""
    shape: str | None = body.get("shape")
    if shape is not None and shape not in SHAPES:
        raise BadInput(
            say("There is no shape “{name}”.", name=shape[:40]), say("Use one of {names}.", names=", ".join(SHAPES))
        )
    return shape
