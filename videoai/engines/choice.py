"""From the name of a model to the engine that runs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from videoai.catalogue import MODELS
from videoai.engines.base import Engine
from videoai.engines.svd.plan import Plan
from videoai.events import OnEvent
from videoai.settings import GenerationSettings
from videoai.system import environment


def engine_for(
    settings: GenerationSettings,
    on_event: OnEvent,
    *,
    plan: Plan | None = None,
    offline: bool = False,
    scratch: Path | None = None,
) -> tuple[Engine, GenerationSettings]:
    """The engine for the settings' model, and the settings with the precision that its weights really have.

    Weights that are not here are fetched and converted first; nothing ever stands in for them. Without a `plan`
    everything is in memory. Frames that are to wait in files do so in `scratch`. Offline, raises ModelMissing instead
    of fetching; raises also what models/manager.py's `pull` raises.
    """
    if settings.model == "draft":
        from videoai.engines.draft.engine import DraftEngine

        return DraftEngine(), settings
    environment.prepare()
    from videoai.engines.svd.engine import SVDEngine
    from videoai.models import local, manager

    plan = plan or Plan(None if settings.precision == "auto" else int(settings.precision))
    if settings.model not in MODELS:
        return SVDEngine(local.files_of(Path(settings.model)), plan=plan, scratch=scratch), settings
    found = manager.ready(settings.model, str(plan.bits or "auto"), on_event, offline=offline)
    engine = SVDEngine(found.files, plan=replace(plan, bits=found.bits), scratch=scratch)
    return engine, replace(settings, precision=str(found.bits))
