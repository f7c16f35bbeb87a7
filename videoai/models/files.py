"""The files of the model that a run asks for, wherever they come from."""

from __future__ import annotations

from pathlib import Path

from videoai.catalogue import MODELS
from videoai.events import OnEvent
from videoai.weights.model_files import ModelFiles


def files_for(
    model: str, bits: int | None, on_event: OnEvent, *, offline: bool = False
) -> tuple[ModelFiles | None, int | None]:
    """The files of a model of the catalogue or of a checkpoint's path, and the precision that they really have.

    None where there are none, and where they stay as they are. Weights that are not here are fetched and converted
    first; nothing ever stands in for them. Offline, raises ModelMissing instead of fetching; raises also what
    manager.py's `pull` raises.
    """
    from videoai.models import local, manager

    known = MODELS.get(model)
    if known is None:
        return local.files_of(Path(model)), None
    if known.builtin:
        return None, None
    found = manager.ready(model, str(bits or "auto"), on_event, offline=offline)
    return found.files, found.bits
