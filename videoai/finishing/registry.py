"""The finishers there are, in the order in which a clip passes them, and what a run comes to with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from videoai.catalogue import MODELS
from videoai.engines.registry import engine_of
from videoai.finishing.base import Clip, Finisher
from videoai.finishing.boomerang import Boomerang
from videoai.finishing.crossfade import Crossfade
from videoai.finishing.enlarge import Enlarge
from videoai.finishing.hold import Hold
from videoai.finishing.smooth import Smooth
from videoai.finishing.trim import Trim
from videoai.settings import GenerationSettings
from videoai.stages import COMMON, StageKind

_LOOP = frozenset({"loop"})
FINISHERS: Sequence[Finisher] = [Trim(), Boomerang(), Crossfade(), Smooth(), Enlarge(), Hold()]


def wanted_finishers(settings: GenerationSettings, given: Clip | None = None) -> Iterator[tuple[Finisher, Clip]]:
    """The finishers that these settings ask for, each with the clip that it gets: the first gets what the model makes,
    or a clip that is `given`. One that loops already is not looped again."""
    clip = given or model_clip(settings)
    for finisher in FINISHERS:
        if finisher.is_wanted(settings) and not (clip.loops and finisher.parameters == _LOOP):
            yield finisher, clip
            clip = finisher.clip(clip, settings)


def model_clip(settings: GenerationSettings) -> Clip:
    """What the model makes. If its engine lets a clip come round, and all of it is shown, it loops by itself."""
    loops = settings.loops_whole and engine_of(settings.model).comes_round
    return Clip(settings.width, settings.height, settings.all_frames, settings.fps, loops=loops)


def video_clip(settings: GenerationSettings, given: Clip | None = None) -> Clip:
    """What the video will be, made of the model's clip or of one that is `given`."""
    clip = given or model_clip(settings)
    for finisher, before in wanted_finishers(settings, given):
        clip = finisher.clip(before, settings)
    return clip


def waiting_bytes(settings: GenerationSettings, suffix: str, given: Clip | None = None) -> int:
    """What waits on the disk, in bytes, while a video that ends in `suffix` is finished; a GIF's frames do for its
    palette."""
    waiting = sum(finisher.waiting_bytes(clip, settings) for finisher, clip in wanted_finishers(settings, given))
    return waiting + (video_clip(settings, given).bytes if suffix == ".gif" else 0)


def uses_torch(settings: GenerationSettings, given: Clip | None = None) -> bool:
    """Whether a run computes on the computer's best processor: in its engine, unless a clip is `given`, or in a
    finisher."""
    return (given is None and engine_of(settings.model).uses_torch) or any(
        finisher.uses_torch for finisher, _ in wanted_finishers(settings, given)
    )


def stage_kinds() -> Iterator[StageKind]:
    """All kinds of stage that a run of any model may have."""
    parts = [engine_of(model).stages for model in MODELS] + [finisher.stages for finisher in FINISHERS]
    yield from {stage.name: stage for stage in (*COMMON.values(), *chain(*parts))}.values()


def stage_title(name: str) -> str:
    """What a stage is called; its name, if it is one of another version."""
    return next((stage.title for stage in stage_kinds() if stage.name == name), name)


def finishing_parameters() -> frozenset[str]:
    """The names of the parameters by which a clip that is there can be finished."""
    return frozenset().union(*(finisher.parameters for finisher in FINISHERS))


def parameters_of(model: str) -> frozenset[str]:
    """The names of the parameters that a video of this model uses."""
    return engine_of(model).parameters | finishing_parameters()
