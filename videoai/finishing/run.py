"""What a run of a model comes to with all that may finish it: its stages, and the parameters that it uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from videoai.catalogue import MODELS
from videoai.engines.registry import engine_of
from videoai.finishing.registry import FINISHERS
from videoai.stages import COMMON, StageKind


def stage_kinds() -> Iterator[StageKind]:
    """All kinds of stage that a run of any model may have."""
    parts = [engine_of(model).stages for model in MODELS] + [finisher.stages for finisher in FINISHERS]
    yield from {stage.name: stage for stage in (*COMMON.values(), *chain(*parts))}.values()


def stage_title(name: str) -> str:
    """What a stage is called; its name, if it is one of another version."""
    return next((stage.title for stage in stage_kinds() if stage.name == name), name)


def parameters_of(model: str) -> frozenset[str]:
    """The names of the parameters that a video of this model uses."""
    return engine_of(model).parameters.union(*(finisher.parameters for finisher in FINISHERS))
