"""From a model to the engine that runs it."""

from __future__ import annotations

import importlib

from videoai.catalogue import LOCAL_ENGINE, MODELS
from videoai.engines.base import Engine


def engine_of(model: str) -> Engine:
    """The engine of a model of the catalogue, or of a checkpoint's path. It is imported on first use."""
    known = MODELS.get(model)
    engine: Engine = importlib.import_module(known.engine if known else LOCAL_ENGINE).ENGINE
    return engine
