"""From the name of a model to the engine that runs it."""

from __future__ import annotations

from pathlib import Path

from videoai.engines import environment
from videoai.engines.base import Engine
from videoai.errors import ModelMissing
from videoai.models.catalogue import MODELS
from videoai.settings import GenerationSettings


def engine_for(settings: GenerationSettings) -> Engine:
    """The engine for the settings' model. Raises ModelMissing if its weights are not here: nothing stands in."""
    model = settings.model
    if model == "draft":
        from videoai.engines.draft.engine import DraftEngine

        return DraftEngine()
    if model not in MODELS:
        environment.prepare()
        from videoai.engines.svd.engine import SVDEngine

        return SVDEngine(Path(model).expanduser())
    raise ModelMissing(
        f"The model {model} is not on this machine, and this version cannot fetch it yet.",
        "Try --model draft, an instant camera move with no model at all; or give --model the folder of a checkpoint.",
    )
