"""What a video would need and take on this machine, found out without making it or fetching anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.engines.svd.cost.layers import UNET_NUMBERS
from videoai.engines.svd.plan import Plan
from videoai.memory.nearest import nearest, nearest_that, refusal
from videoai.memory.planner import BITS, Planned, StageEstimate, Weights, make_plan
from videoai.memory.target import target_here
from videoai.settings import GenerationSettings
from videoai.system.machine import look

if TYPE_CHECKING:
    from videoai.catalogue import Model
    from videoai.errors import NotEnoughMemory
    from videoai.request import Request

_DRAFT_BASE = 120 << 20
_DRAFT_BYTES, _DRAFT_SECONDS = 4.5, 0.4e-6
"""The draft engine: measured, per pixel of the whole clip; it has no weights."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The settings, how they would be computed, and what would fit if that does not."""

    settings: GenerationSettings
    planned: Planned
    nearest: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: what “videoai estimate --json” prints."""
        return self.planned.to_dict() | {"nearest": self.nearest, "settings": self.settings.to_dict()}

    def refusal(self) -> NotEnoughMemory | None:
        """The error to raise, if it does not fit."""
        return None if self.planned.fits else refusal(self.planned, self.nearest)


def estimate_for(photo: Path, request: Request, budget: int | None = None) -> Estimate:
    """Of the video that `request` would make of the photo, within `budget` bytes (None: what there is for it now).

    Raises BadPhoto, BadSettings, ModelDamaged and ModelMissing. The first estimate on a machine takes two seconds more.
    """
    from videoai.media.photo import read_photo

    picture = read_photo(photo)
    return estimate(request.settings((picture.width, picture.height)), look().budget if budget is None else budget)


def estimate(settings: GenerationSettings, budget: int, *, weights: Weights | None = None) -> Estimate:
    """Of a video with these settings; `weights` are those of its model, if not as they are here."""
    if settings.model == "draft":
        suggestions = nearest_that(settings, lambda changed: _draft(changed, budget).fits)
        return Estimate(settings, _draft(settings, budget), suggestions)
    weights, target = weights or weights_for(settings.model), target_here()
    planned = make_plan(settings, budget, weights=weights, target=target)
    suggestions = [] if planned.fits else nearest(settings, budget, weights=weights, target=target)
    return Estimate(settings, planned, suggestions)


def weights_for(model: str) -> Weights:
    """How the model's weights are on this machine, or would be once fetched; a path is a checkpoint of the user's."""
    from videoai.catalogue import MODELS

    return _of_catalogue(MODELS[model]) if model in MODELS else _of_path(Path(model))


def _of_catalogue(model: Model) -> Weights:
    """More exact weights than are here are not counted on, unless nothing is: then all can be fetched."""
    from videoai.models import store

    found = store.installed(model)
    if not found:
        return Weights(BITS, plain=True, file_bytes=_file_bytes(model.parts["unet"].size))
    exact = found[0].bits == 16
    size = found[0].files.unet.weights.stat().st_size if exact else 0
    bits = tuple(bits for bits in BITS if bits <= found[0].bits)
    return Weights(bits, plain=exact, file_bytes=_file_bytes(size))


def _of_path(path: Path) -> Weights:
    """The UNet of such a checkpoint may be packed as it is loaded; its other networks stay as they are."""
    from videoai.models import local
    from videoai.weights.opening import open_weights
    from videoai.weights.packed_file import PackedFile
    from videoai.weights.safetensors_file import SafetensorsFile

    file = local.files_of(path).unet.weights
    source = open_weights(file, "unet")
    if isinstance(source, PackedFile):
        return Weights((4 if file.stat().st_size < UNET_NUMBERS * 0.8 else 8,), plain=False)
    plain = isinstance(source, SafetensorsFile)
    size = file.stat().st_size if plain else 0
    return Weights(BITS, plain=plain, file_bytes=_file_bytes(size), others=16)


def _file_bytes(size: int) -> int:
    """Bytes of a number in a UNet's file of that size: AnimateLCM's are of 4."""
    return 4 if size > 3 * UNET_NUMBERS else 2


def _draft(settings: GenerationSettings, budget: int) -> Planned:
    pixels = settings.frames * settings.width * settings.height
    peak, seconds = _DRAFT_BASE + round(_DRAFT_BYTES * pixels), 1 + _DRAFT_SECONDS * pixels
    stages = (StageEstimate("frames", peak, seconds),)
    return Planned(Plan(), 16, stages, peak, seconds, peak <= budget, budget)
