"""The table of parameters, the presets, and the settings of one generation.

Each field of GenerationSettings carries its row of the table. Flags, validation, metadata and
documentation are made from those rows, so that a parameter is described here and nowhere else.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from videoai.catalogue import DEFAULT_MODEL, MODELS, meant_model
from videoai.errors import BadSettings
from videoai.formats import ENCODERS
from videoai.language import joined, printable, say
from videoai.parameters import Choice, IdOrPath, Kind, Number, Parameter, Point, Seed, Span, Text, Whole, closest_word


def _parameter(
    default: Any,
    kind: Kind,
    help: str,
    unit: str = "",
    default_text: str | None = None,
) -> Any:
    """A dataclass field that carries its row of the table. A callable `default` is called for each use."""
    factory: Callable[[], Any] = default if callable(default) else lambda: default
    text = f"{default:g}" if isinstance(default, float) else str(default)
    text = text if default_text is None else default_text
    return dataclasses.field(
        default_factory=factory,
        metadata={"kind": kind, "default_text": text, "unit": unit, "help": help},
    )


_SEEDS = Seed(0, 999_999_999)


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """Everything that decides what the video shows. The defaults are the `safety` preset."""

    width: int = _parameter(640, Whole(256, 1024, 64), say("Video width (multiples of 64)"), "px")
    height: int = _parameter(384, Whole(256, 1024, 64), say("Video height (multiples of 64)"), "px")
    steps: int = _parameter(20, Whole(5, 50), say("Sampling steps"))
    motion: int = _parameter(100, Whole(1, 255), say("Amount of movement"))
    fps: int = _parameter(6, Whole(2, 30), say("Frames per second"), "fps")
    frames: int = _parameter(14, Whole(4, 25), say("Number of frames"))
    seed: int = _parameter(
        _SEEDS.draw,
        _SEEDS,
        say("Seed: the same one gives the same video"),
        default_text="random",
    )
    model: str = _parameter(
        DEFAULT_MODEL,
        IdOrPath(tuple(MODELS), say("a model"), meant_model),
        say("Model that makes the video"),
    )
    scheduler: str = _parameter(
        "euler-a",
        Choice(("euler-a", "euler", "dpmpp-2m", "lcm")),
        say("Sampler of the denoising steps"),
    )
    sigmas: str = _parameter(
        "karras",
        Choice(("karras", "ays")),
        say("Noise levels of the steps: Karras or Align Your Steps"),
    )
    guidance_min: float = _parameter(
        1.0,
        Number(1, 10),
        say("Guidance at the first frame: how closely the photo is followed"),
    )
    guidance_max: float = _parameter(
        3.0,
        Number(1, 10),
        say("Guidance at the last frame; 1 and 1 need half the time"),
    )
    guidance_interval: tuple[float, float] | None = _parameter(
        None,
        Span(0, 700),
        say("Noise levels LOW,HIGH outside which guidance is left out"),
        default_text="off",
    )
    noise_aug: float = _parameter(
        0.02,
        Number(0, 1),
        say("Noise added to the photo: more leaves the video freer of it"),
    )
    precision: str = _parameter(
        "auto",
        Choice(("auto", "16", "8", "4")),
        say("Bits of the model's weights; fewer need less memory"),
    )
    focus: tuple[float, float] = _parameter(
        (0.5, 0.5),
        Point(),
        say("What a crop keeps in view, as fractions X,Y of the photo"),
        default_text="0.5,0.5",
    )
    fit: str = _parameter(
        "crop",
        Choice(("crop", "pad")),
        say("Crop the photo to the video's shape, or keep all of it and pad"),
    )

    loop: str = _parameter(
        "off",
        Choice(("off", "boomerang")),
        say("How the video ends: boomerang plays it there and back, without a jump"),
    )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the inverse of `resolve(settings.to_dict(), …)`."""
        return {
            f.name: list(value) if isinstance(value := getattr(self, f.name), tuple) else value
            for f in dataclasses.fields(self)
        }


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        f.name: Parameter(
            name=f.name,
            kind=f.metadata["kind"],
            default=f.default_factory,  # type: ignore[arg-type]  # every field has one
            default_text=f.metadata["default_text"],
            unit=f.metadata["unit"],
            help=f.metadata["help"],
        )
        for f in dataclasses.fields(GenerationSettings)
    }
)


FINISHING = ("loop",)

_NEARLY_SQUARE = 1.125
"""A photo whose sides differ by no more than this factor gets a square video."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name. `long` and `short` are the sides of its oblong video, in pixels."""

    name: str
    help: str
    long: int
    short: int
    values: Mapping[str, Any]

    def size_for(self, photo_width: int, photo_height: int) -> tuple[int, int]:
        """Width and height of the video: landscape, portrait or square, as the photo is."""
        if max(photo_width, photo_height) <= _NEARLY_SQUARE * min(photo_width, photo_height):
            side = round(math.sqrt(self.long * self.short) / 64) * 64
            return side, side
        return (self.long, self.short) if photo_width > photo_height else (self.short, self.long)


def _preset(name: str, help: str, size: tuple[int, int], **values: Any) -> Preset:
    return Preset(name, help, size[0], size[1], MappingProxyType(values))


_SAFETY: dict[str, Any] = {"frames": 14, "steps": 20, "motion": 100, "fps": 6, "scheduler": "euler-a"}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset("safety", say("Safe on 8 GB"), (640, 384), **_SAFETY),
            _preset("minimum", say("The least memory"), (448, 256), frames=10, steps=15),
            _preset("square", say("Square"), (512, 512), frames=14, steps=25),
            _preset("large", say("Larger and longer"), (768, 512), frames=20, steps=30),
            _preset("native", say("The model's own size"), (1024, 576), frames=25, steps=25),
            _preset(
                "balanced",
                say("As safety, in half the time"),
                (640, 384),
                **(_SAFETY | {"steps": 10, "sigmas": "ays"}),
            ),
            _preset(
                "fast",
                say("AnimateLCM: four steps"),
                (640, 384),
                **(_SAFETY | {"model": "animatelcm-svd-xt"} | dict(MODELS["animatelcm-svd-xt"].recommended)),
            ),
        )
    }
)

DEFAULT_PRESET = "safety"

OPTIONS: Mapping[str, Parameter] = MappingProxyType(
    {
        option.name: option
        for option in (
            Parameter("output", Text(say("path")), lambda: None, "auto", "", say("Path of the video")),
            Parameter(
                "preset",
                Choice(tuple(PRESETS)),
                lambda: None,
                DEFAULT_PRESET,
                "",
                say("Settings under one name; those given beside it win"),
            ),
            Parameter(
                "encoder",
                Choice(ENCODERS),
                lambda: "software",
                "software",
                "",
                say("H.264 by x264, or by the Mac's own hardware: faster, a little larger"),
            ),
        )
    }
)
"""What can be asked of a run beside its settings: nothing that changes what the video shows."""


def known(found: Mapping[str, object]) -> dict[str, object]:
    """What a video says of its settings, without those that a newer version has written and this one does not know."""
    return {name: value for name, value in found.items() if name in PARAMETERS}


def resolve(
    given: Mapping[str, object],
    photo_size: tuple[int, int],
    *,
    preset: str | None = None,
    like: Mapping[str, object] | None = None,
    encoder: str | None = None,
) -> GenerationSettings:
    """The settings of one generation, from what was asked for.

    From weakest to strongest: the table's defaults, `like` (another video's settings), the preset with the
    shape that suits a photo of `photo_size` (width, height), what the given model recommends, `given`.
    `encoder` changes no setting, but is checked with the rest: BadSettings names every wrong value at once.
    """
    problems: list[str] = []
    for name, raw in (("preset", preset), ("encoder", encoder)):
        if raw is not None:
            _check(OPTIONS[name].kind, name, raw, problems)
    values = dict(like or {})
    if preset in PRESETS or not like:
        values |= _preset_values(PRESETS.get(preset or "", PRESETS[DEFAULT_PRESET]), photo_size)
    model = MODELS.get(str(given.get("model", "")))
    if model is not None:
        values |= model.recommended
    values |= given
    checked = {name: _check(_kind_of(name, values), name, raw, problems) for name, raw in values.items()}
    if problems:
        raise BadSettings(joined(" ", problems), say("Correct what is named above; --help lists all ranges."))
    return GenerationSettings(**checked)


def _preset_values(preset: Preset, photo_size: tuple[int, int]) -> dict[str, Any]:
    width, height = preset.size_for(*photo_size)
    return {"width": width, "height": height} | dict(preset.values)


def _check(kind: Kind | None, name: str, raw: object, problems: list[str]) -> Any:
    """The parsed value; or None, and a sentence more in `problems`. Without a kind there is no such parameter."""
    if kind is None:
        meant = closest_word(name, PARAMETERS)
        problems.append(
            say("There is no parameter “{name}”; did you mean {meant}?", name=_shown(name), meant=meant)
            if meant
            else say("There is no parameter “{name}”.", name=_shown(name))
        )
        return None
    try:
        return kind.parse(raw)
    except ValueError:
        nearest = kind.nearest(raw)
        said = {"name": name, "value": _shown(raw), "allowed": kind.describe()}
        problems.append(
            say("{name} is “{value}”, and must be {allowed}.", **said)
            if nearest is None
            else say(
                "{name} is “{value}”, and must be {allowed}; the nearest is {nearest}.", **said, nearest=str(nearest)
            )
        )
        return None


def _kind_of(name: str, values: Mapping[str, object]) -> Kind | None:
    """The parameter's kind; a model made for few steps allows fewer than the table does."""
    if name not in PARAMETERS:
        return None
    kind = PARAMETERS[name].kind
    model = MODELS.get(str(values.get("model", DEFAULT_MODEL)))
    if name == "steps" and isinstance(kind, Whole) and model is not None:
        return dataclasses.replace(kind, minimum=model.min_steps)
    return kind


def _shown(raw: object) -> str:
    """`raw` fit for a sentence: one line, not too long."""
    text = printable(" ".join(str(raw).split()))
    return text if len(text) <= 60 else text[:57] + "…"
