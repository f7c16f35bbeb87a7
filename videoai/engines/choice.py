"""From the name of a model to the engine that runs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from videoai.engines import environment
from videoai.engines.base import Engine
from videoai.events import OnEvent
from videoai.memory.plan import Plan
from videoai.models.catalogue import MODELS
from videoai.settings import GenerationSettings


def engine_for(
    settings: GenerationSettings, on_event: OnEvent, *, offline: bool = False
) -> tuple[Engine, GenerationSettings]:
    """The engine for the settings' model, and the settings with the precision that its weights really have.

    Weights that are not here are fetched and converted first; nothing ever stands in for them. Offline, raises
    ModelMissing instead; raises also what models/manager.py's `pull` raises.
    """
    if settings.model == "draft":
        from videoai.engines.draft.engine import DraftEngine

        return DraftEngine(), settings
    environment.prepare()
    from videoai.engines.svd.engine import SVDEngine
    from videoai.models import local, manager

    if settings.model not in MODELS:
        bits = None if settings.precision == "auto" else int(settings.precision)
        return SVDEngine(local.files_of(Path(settings.model)), plan=Plan(bits)), settings
    found = manager.ready(settings.model, settings.precision, on_event, offline=offline)
    return SVDEngine(found.files, plan=Plan(found.bits)), replace(settings, precision=str(found.bits))
