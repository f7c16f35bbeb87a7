"""How the settings of one generation come of what was asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

from videoai.catalogue import DEFAULT_MODEL, MODELS
from videoai.errors import BadSettings
from videoai.kinds import Kind
from videoai.language import say
from videoai.limits import broken_limits, parameter_of
from videoai.options import OPTIONS
from videoai.own_presets import named
from videoai.parameters import FINISHING, Problems
from videoai.presets import DEFAULT_PRESET, Preset
from videoai.settings import PARAMETERS, GenerationSettings


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody wants where nothing else is said: a preset, and settings that override it."""

    preset: str = DEFAULT_PRESET
    settings: Mapping[str, object] = field(default_factory=dict)


_NONE = Preferences()


def read(values: Mapping[str, object]) -> GenerationSettings:
    """The settings that a job or a video says it has, checked; what its version did not know is the table's.

    Raises BadSettings.
    """
    problems = Problems()
    parsed = _parsed(values, problems)
    problems.raise_if_any()
    return GenerationSettings(**parsed)


def recorded(values: Mapping[str, object]) -> GenerationSettings:
    """The settings of a job as they were recorded, unchecked; what that version did not know is the table's."""
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in known(values).items()}
    return GenerationSettings(**plain)  # type: ignore[arg-type]  # they were checked then


def known(found: Mapping[str, object]) -> dict[str, object]:
    """What a video says of its settings, without those that a newer version has written and this one does not know."""
    return {name: value for name, value in found.items() if name in PARAMETERS}


def finishing_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some settings that say how a clip is finished, and in which numbers."""
    return {name: value for name, value in values.items() if PARAMETERS[name].group == FINISHING or name == "compute"}


def finished(
    before: GenerationSettings, given: Mapping[str, object], among: Iterable[str], *, frames: int, fps: Fraction | int
) -> GenerationSettings:
    """The settings of a clip of so many frames that is there, finished as `given` says, by parameters that are `among`
    these. Raises BadSettings, which names every wrong value at once."""
    problems, names = Problems(), sorted(among)
    parsed = {
        name: problems.parse(name, PARAMETERS[name].kind if name in names else None, raw, names)
        for name, raw in given.items()
    }
    problems += broken_limits(vars_of(before) | parsed | {"frames": frames, "fps": math.floor(fps), "extend": None})
    problems.raise_if_any()
    return replace(before, **parsed)


def vars_of(settings: GenerationSettings) -> dict[str, Any]:
    """By name."""
    return {name: getattr(settings, name) for name in PARAMETERS}


def resolve(
    given: Mapping[str, object],
    photo_size: tuple[int, int],
    *,
    preset: str | None = None,
    like: Mapping[str, object] | None = None,
    preferences: Preferences = _NONE,
) -> GenerationSettings:
    """The settings of one generation, from what was asked for.

    From weakest to strongest: the table's defaults, `preferences`, `like` (another video's settings), the preset with
    the shape that suits a photo of `photo_size` (width, height), what the given model recommends, `given`.
    Raises BadSettings, which names every wrong value at once.
    """
    problems = Problems()
    values = _values(given, _Basis(preset, like, preferences), photo_size, problems)
    problems.raise_if_any()
    return GenerationSettings(**values)


def check(
    given: Mapping[str, object],
    problems: Problems,
    *,
    preset: str | None = None,
    like: Mapping[str, object] | None = None,
    preferences: Preferences = _NONE,
) -> None:
    """Put a sentence into `problems` for each value that `resolve` would refuse, whatever the photo's size."""
    _values(given, _Basis(preset, like, preferences), None, problems)


def preferred(preferences: Preferences) -> dict[str, Any]:
    """The settings where nothing is asked for, but for the size, which is the photo's; the others are the table's."""
    return _values_below(_Basis(None, None, preferences), None, None)


class _Basis(NamedTuple):
    """What is below the settings that were given."""

    preset: str | None
    like: Mapping[str, object] | None
    preferences: Preferences


def _values(
    given: Mapping[str, object], basis: _Basis, photo_size: tuple[int, int] | None, problems: Problems
) -> dict[str, Any]:
    if basis.preset is not None:
        problems.parse("preset", OPTIONS["preset"].kind, basis.preset)
    values = _values_below(basis, given.get("model"), photo_size)
    if given.get("scheduler", values.get("scheduler")) == "lcm":
        values["sigmas"] = "karras"  # of which its own levels are some, whatever the preset has for others
    values |= {**_size_beside(given, values), **given}
    if "smooth" not in given and _is_smooth_already(values):
        values["smooth"] = None
    parsed = _parsed(values, problems)
    problems += broken_limits(parsed)
    return parsed


_SIDES = {"width": "height", "height": "width"}


def side_alone(given: Mapping[str, object]) -> tuple[str, str] | None:
    """The side that was chosen without the other, and that other one."""
    return next(((side, other) for side, other in _SIDES.items() if side in given and other not in given), None)


def _size_beside(given: Mapping[str, object], values: Mapping[str, Any]) -> dict[str, int]:
    """The other side of a video of which one was chosen: it keeps its shape, as long as that is not more pixels than it
    would have had, and else their number, as nearly as its range allows."""
    alone = side_alone(given)
    if alone is None or not all(isinstance(values.get(side), int) for side in alone):
        return {}
    side, other = alone
    try:
        chosen = PARAMETERS[side].kind.parse(given[side])
    except ValueError:  # which is said when it is checked
        return {}
    kind, area = PARAMETERS[other].kind, values[side] * values[other]
    found = kind.nearest(min(chosen * values[other] / values[side], area / chosen))
    return {other: found} if isinstance(found, int) else {}


def _values_below(basis: _Basis, model: object, photo_size: tuple[int, int] | None) -> dict[str, Any]:
    """What holds below the given settings, of which `model` is one, or None: of the preferences, of the other video, of
    the preset, and what the model recommends."""
    like, own = dict(basis.like or {}), dict(basis.preferences.settings)
    preset = None if basis.preset is None else named(basis.preset)
    if preset is not None:
        values = own | like | _of_preset(preset, photo_size)
        if model in (None, preset.values.get("model")) and "model" in preset.values:
            return values  # which it has for this model
        if model is None and values.get("model") == own.get("model"):
            model = own.get("model")  # its own steps and sampler go before those that a preset has for any model
    elif "width" in like:
        values = like
    else:
        values = _of_preset(_preferred(basis.preferences), photo_size)
        if model is None:
            values = _for_model(values, own.get("model"))
        # A clip of somebody else's says how it was finished, and of the model nothing.
        values |= _size_beside(own, values) | own | like
    return _for_model(values, model)


def _preferred(preferences: Preferences) -> Preset:
    """Raises BadSettings if it has been deleted since."""
    found = named(preferences.preset)
    if found is None:
        hint = say("Use one of {names}.", names=", ".join(OPTIONS["preset"].kind.words()))  # type: ignore[attr-defined]
        raise BadSettings(say("There is no preset “{name}”.", name=preferences.preset), hint)
    return found


def _of_preset(preset: Preset, photo_size: tuple[int, int] | None) -> dict[str, Any]:
    return dict(preset.values) if photo_size is None else preset.settings_for(photo_size)


def _for_model(values: dict[str, Any], model_id: object) -> dict[str, Any]:
    """With what the model recommends, if there is one of this name."""
    model = MODELS.get(str(model_id))
    return values if model is None else {**_without_another_models(values, model.id), **model.recommended}


def _without_another_models(values: Mapping[str, Any], model_id: str) -> dict[str, Any]:
    """Without what was chosen for the model in them, if it is another: four steps suit hardly any but that."""
    before = MODELS.get(str(values.get("model", model_id)))
    if before is None or before.id == model_id:
        return dict(values)
    return {name: value for name, value in values.items() if before.recommended.get(name) != value}


def _is_smooth_already(values: Mapping[str, object]) -> bool:
    """Whether the model is to make as many frames a second as the preset would have had computed."""
    smooth, fps = values.get("smooth"), str(values.get("fps"))
    return isinstance(smooth, int) and fps.isdecimal() and int(fps) >= smooth


def _parsed(values: Mapping[str, object], problems: Problems) -> dict[str, Any]:
    model_id = values.get("model", DEFAULT_MODEL)
    return {name: problems.parse(name, _kind(name, model_id), raw, list(PARAMETERS)) for name, raw in values.items()}


def _kind(name: str, model_id: object) -> Kind | None:
    return parameter_of(name, model_id).kind if name in PARAMETERS else None
