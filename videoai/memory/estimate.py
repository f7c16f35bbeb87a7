"""What a video would need and take on this machine, found out without making it or fetching anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psutil

from videoai.engines.base import AvailableWeights
from videoai.errors import BadSettings
from videoai.finishing.base import Clip
from videoai.finishing.registry import video_clip
from videoai.language import say
from videoai.memory.planner import PlannedRun, Planner
from videoai.memory.processor import known_processor, this_processor
from videoai.memory.suggestions import refusal, suggest
from videoai.models.availability import available_weights
from videoai.settings import GenerationSettings
from videoai.system.machine import SHARE

if TYPE_CHECKING:
    from videoai.errors import NotEnoughMemory

_TIGHT = 0.9
"""The share of what may be used from which a run just fits."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The settings, how they would be computed, and what would fit if that does not; `remark` is what else to know.

    Where a clip is `given`, that is what would be finished.
    """

    settings: GenerationSettings
    planned: PlannedRun
    suggestions: list[dict[str, Any]]
    remark: str | None = None
    given: Clip | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: what “videoai estimate --json” prints."""
        return self.planned.to_dict() | {
            "nearest": self.suggestions,
            "remark": self.remark,
            "settings": self.settings.to_dict(),
            "video": video_clip(self.settings, self.given).to_dict(),
        }

    @property
    def level(self) -> str:
        """How well it fits: green, yellow for just, red for not at all."""
        if not self.planned.fits:
            return "red"
        return "yellow" if self.planned.peak_bytes > _TIGHT * self.planned.budget_bytes else "green"

    def refusal(self) -> NotEnoughMemory | None:
        """The error to raise, if it does not fit."""
        if self.planned.fits:
            return None
        return refusal(self.settings, self.planned, self.suggestions, given=self.given is not None)


def estimate(
    settings: GenerationSettings,
    budget: int,
    *,
    weights: AvailableWeights | None = None,
    given: Clip | None = None,
    suffix: str = ".mp4",
) -> Estimate:
    """Of a video with these settings that ends in `suffix`; `weights` are those of its model, if not as they are here;
    a clip may be `given`.

    Raises ModelDamaged and ModelMissing. The first estimate on a machine takes a few seconds more.
    """
    planner = planner_for(settings, weights, given, suffix)
    planned = planner.make_plan(budget)
    return Estimate(settings, planned, [] if planned.fits else suggest(planner, budget), planner.remark, given)


def planner_for(
    settings: GenerationSettings,
    weights: AvailableWeights | None = None,
    given: Clip | None = None,
    suffix: str = ".mp4",
) -> Planner:
    """What is to be planned on this machine; with a clip that is `given`, no model is looked for.

    Raises ModelDamaged, ModelMissing, and BadSettings where the processor is wrong in the numbers asked for.
    """
    if weights is None:
        weights = available_weights(settings.model) if given is None else AvailableWeights()
    planner = Planner(settings, weights, given=given, suffix=suffix)
    if not planner.uses_torch:
        return replace(planner, processor=known_processor())
    planner = replace(planner, processor=this_processor())
    if settings.compute in planner.processor.numbers.wrong:
        raise BadSettings(
            say("This computer computes wrongly in {numbers} with this version of torch.", numbers=settings.compute),
            say("Let VideoAi choose others: --compute auto"),
        )
    return planner


def model_fits(bits: int) -> bool:
    """Whether a model with weights of `bits` runs here at the safety preset, when little else does."""
    return _safety(bits).best(int(psutil.virtual_memory().total * SHARE)) is not None


def least_bytes(bits: int) -> int:
    """The fewest bytes that the safety preset runs in with weights of `bits`."""
    planner = _safety(bits)
    return min(map(planner.peak, planner.plans()))


def _safety(bits: int) -> Planner:
    return Planner(replace(GenerationSettings(), precision=str(bits)), AvailableWeights((bits,), streamable=bits == 16))
