"""The files that a run asks for, wherever they come from: those of its model, and the extras that it uses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from videoai.catalogue import DEPTH, MODELS, TINY_DECODER, Extra, Model
from videoai.engines.registry import engine_of
from videoai.errors import ModelDamaged
from videoai.events import Notice, OnEvent
from videoai.language import joined, say
from videoai.models import extras
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ExtraFiles, ModelFiles, PartFiles


def files_for(
    settings: GenerationSettings, bits: int | None, on_event: OnEvent, *, offline: bool = False
) -> tuple[ModelFiles | ExtraFiles | None, int | None]:
    """The files of a model of the catalogue or of a checkpoint's path, and the precision that they really have; of a
    model without any, the extras that it may use.

    None where there are none, and where they stay as they are. Weights that are not here are fetched and converted
    first; nothing ever stands in for them. Offline, raises ModelMissing instead of fetching; raises also what
    manager.py's `pull` raises.
    """
    from videoai.models import local, manager

    known = MODELS.get(settings.model)
    if known is not None and known.builtin:
        return _depth_network(settings, on_event), None
    tiny = _tiny_decoder(settings, on_event, offline=offline)  # first: a refusal comes before gigabytes do
    if known is None:
        return replace(local.files_of(Path(settings.model)), tiny_decoder=tiny), None
    found = manager.ready(settings.model, str(bits or "auto"), on_event, offline=offline)
    return replace(found.files, tiny_decoder=tiny), found.bits


def to_fetch(settings: GenerationSettings) -> list[Model | Extra]:
    """What `files_for` would download before a video with these settings can be made. Raises ModelDamaged."""
    from videoai.models import manager

    model, extra = MODELS.get(settings.model), extras.wanted_by(settings)
    found: list[Model | Extra] = [] if extra is None or extras.find(extra) else [extra]
    if model is not None and not model.builtin and not manager.can_be_had(model, settings.precision):
        found.append(model)
    return found


def _tiny_decoder(settings: GenerationSettings, on_event: OnEvent, *, offline: bool) -> PartFiles | None:
    """Fetched if the video needs it; for previews it is used if it is here."""
    if wanted := extras.wanted_by(settings):
        return PartFiles(extras.ready(wanted, on_event, offline=offline))
    found = _if_sound(TINY_DECODER, say("The previews are rough without it."), on_event)
    return None if found is None else PartFiles(found)


def _depth_network(settings: GenerationSettings, on_event: OnEvent) -> ExtraFiles | None:
    """Used if the engine does and it is here; never fetched without being asked for."""
    if settings.depth != "auto" or "depth" not in engine_of(settings.model).parameters:
        return None
    found = _if_sound(DEPTH, DEPTH.without, on_event)
    return None if found is None else ExtraFiles(found)


def _if_sound(extra: Extra, without: str, on_event: OnEvent) -> Path | None:
    """The file of one that a video can do without, if it is here; of a damaged one is told what is missing `without`
    it."""
    try:
        return extras.find(extra)
    except ModelDamaged as error:
        on_event(Notice(joined(" ", [error.message, without])))
        return None
