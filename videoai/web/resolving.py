"""What is chosen on a page, as the program takes it: all settings, what departs from the preset, what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videoai.finishing.registry import video_clip
from videoai.language import say
from videoai.limits import parameter_of
from videoai.own_presets import named
from videoai.presets import DEFAULT_PRESET, PRESETS, SHAPES, Preset
from videoai.request import Request
from videoai.resolving import recorded, resolve
from videoai.settings import PARAMETERS
from videoai.system.units import length
from videoai.web.parameter_table import limits_of


def resolved(asked: Request, photo_size: tuple[int, int], shape: str | None) -> dict[str, Any]:
    """The settings of a video of a photo of this size; with `shape`, in the preset's size for that.

    Raises BadSettings.
    """
    preset = (asked.preset and named(asked.preset)) or PRESETS[DEFAULT_PRESET]
    name = preset.name
    settings = asked.settings(SHAPES.get(shape or "", photo_size)).to_dict()
    given = _given(settings, photo_size, name, keep_seed="seed" in asked.given)
    if "seed" not in given:
        del settings["seed"]
    fitting = shape_of(settings, preset)
    return {
        "preset": name,
        "settings": settings,
        "given": given,
        "changed": [key for key in given if not PARAMETERS[key].aside and not (fitting and key in ("width", "height"))],
        "shape": fitting,
        "video": video_of(settings),
        "hints": hints_of(settings),
        "limits": limits_of(settings),
    }


def _given(settings: Mapping[str, Any], photo_size: tuple[int, int], preset: str, *, keep_seed: bool) -> dict[str, Any]:
    """The fewest of the settings that ask for all of them."""
    plain = resolve({}, photo_size, preset=preset).to_dict()
    given = {} if settings["model"] == plain["model"] else {"model": settings["model"]}
    plain = resolve(given, photo_size, preset=preset).to_dict()  # with what the model recommends
    found = {name: value for name, value in settings.items() if name in given or value != plain[name]}
    if not keep_seed:
        found.pop("seed", None)
    if "width" in found or "height" in found:  # one alone would go with the other of another shape
        found |= {"width": settings["width"], "height": settings["height"]}
    return found


def shape_of(settings: Mapping[str, Any], preset: Preset) -> str | None:
    """The shape for which the preset has this size; one that is square for any photo has it for a square one."""
    size = settings["width"], settings["height"]
    shapes = sorted(SHAPES, key=lambda shape: shape != "square")
    return next((shape for shape in shapes if preset.size_for(*SHAPES[shape]) == size), None)


def video_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the file will be, after the finishers."""
    return video_clip(recorded(settings)).to_dict()


def hints_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """What the values mean, in a word or two."""
    rows = {name: parameter_of(name, settings["model"]) for name in settings}
    found = {
        name: [hint.text for hint in row.hints if hint.start <= settings[name]][-1]
        for name, row in rows.items()
        if row.hints and settings[name] is not None
    }
    return found | {"frames": say("a video of {time}", time=length(video_of(settings)["seconds"]))}
