"""From a model to the engine that runs it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from videoai.catalogue import LOCAL_ENGINE, MODELS
from videoai.engines.base import Engine
from videoai.stages import COMMON, StageKind


def engine_of(model: str) -> Engine:
    """The engine of a model of the catalogue, or of a checkpoint's path. It is imported on first use."""
    known = MODELS.get(model)
    engine: Engine = importlib.import_module(known.engine if known else LOCAL_ENGINE).ENGINE
    return engine


def stage_kinds() -> Iterator[StageKind]:
    """All kinds of stage that a run of any model may have."""
    seen = set()
    engines = (engine_of(model).stages for model in MODELS)
    for stage in (*COMMON.values(), *(stage for stages in engines for stage in stages)):
        if stage.name not in seen:
            seen.add(stage.name)
            yield stage


def stage_title(name: str) -> str:
    """What a stage is called; its name, if it is one of another version."""
    return next((stage.title for stage in stage_kinds() if stage.name == name), name)
