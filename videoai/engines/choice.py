"""From the name of a model to the engine that runs it."""

from __future__ import annotations

from videoai.engines.base import Engine
from videoai.errors import ModelMissing


def engine_for(model: str) -> Engine:
    """The engine of a model. Raises ModelMissing if its weights are not here; nothing stands in for them."""
    if model == "draft":
        from videoai.engines.draft.engine import DraftEngine

        return DraftEngine()
    raise ModelMissing(
        f"The model {model} is not on this machine, and this version cannot fetch it yet.",
        "Try --model draft: an instant camera move through the photo, with no model at all.",
    )
