"""What a run makes of each preset on this machine, and what the guide says of an M1 with 8 GB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from videoai.engines.base import AvailableWeights, Workload
from videoai.engines.processor import Processor
from videoai.engines.registry import engine_of
from videoai.language import say
from videoai.memory.planner import PlannedRun, Planner
from videoai.memory.speed import MachineSpeed, learn_run, rates_name, rates_of
from videoai.presets import PRESETS
from videoai.resolving import resolve
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine
from videoai.system.units import duration
from videoai.upkeep.proof.run import WatchedRun
from videoai.upkeep.proof.size import LANDSCAPE, ProofSize

GUIDE: Mapping[str, tuple[int, int] | None] = MappingProxyType(
    {"minimum": (90, 90), "safety": (180, 300), "square": (300, 480), "large": None}
)
"""What the guide that this program was made from expects of an M1 with 8 GB: seconds, from and to, by the preset of
each row of its table; None is “may crash”."""

_AROUND_SECONDS = 120.0
"""Of making the model and comparing the networks, on the machine of docs/proof-example.md: no more than a notion."""


def how_long(settings: GenerationSettings, steps: int, bits: int, processor: Processor) -> str:
    """A sentence about the time that a proof takes, whose run does so many steps of a video with these settings."""
    planner = Planner(settings, AvailableWeights((bits,), streamable=False), processor)
    plan = planner.make_plan(Machine.now().budget).plan
    works = _of_last_steps(planner.workloads(plan), steps, settings)
    speed = planner.speed(plan)
    seconds = _AROUND_SECONDS + sum(speed.seconds(work) for work in works.values())
    return say("The proof takes about {time}.", time=duration(seconds))


def _of_last_steps(works: Mapping[str, Workload], steps: int, settings: GenerationSettings) -> dict[str, Workload]:
    """The work that a run really does which denoises in its last steps only."""
    denoise = works["denoise"]
    return {**works, "denoise": replace(denoise, flop=denoise.flop * steps / settings.steps)}


def what_presets_take(size: ProofSize, seen: WatchedRun, processor: Processor) -> list[dict[str, Any]]:
    """Time and memory of each preset with the rates that the run has shown, which estimates begin with from now on.

    Nothing if the run did not end well: then no time is known.
    """
    if seen.error is not None or seen.planned is None:
        return []
    weights = AvailableWeights((size.bits,), streamable=False)
    done = Planner(size.settings, weights, processor)
    plan = engine_of(size.settings.model).read_plan(seen.planned["plan"])
    works = _of_last_steps(done.workloads(plan), size.steps, size.settings)
    rates = rates_of(works, seen.seconds)
    speed = MachineSpeed(processor.device, rates["denoise"], rates)
    numbers = processor.numbers_in(plan.compute)
    learn_run(rates_name(processor.device, numbers), works, seen.seconds)
    budget = Machine.now().budget
    # Not those that finish a video as well: the run has shown nothing of how long that takes.
    clips = [name for name, preset in PRESETS.items() if not preset.whole]
    videos = {name: resolve({}, LANDSCAPE, preset=name) for name in clips}
    planners = {name: replace(done, settings=video, speeds={numbers: speed}) for name, video in videos.items()}
    return [_row(name, planner.make_plan(budget), planner.settings) for name, planner in planners.items()]


def _row(name: str, planned: PlannedRun, settings: GenerationSettings) -> dict[str, Any]:
    guide: Sequence[int] | None = GUIDE.get(name)
    return {
        "preset": name,
        "width": settings.width,
        "height": settings.height,
        "frames": settings.frames,
        "steps": settings.steps,
        "seconds": round(planned.seconds, 1),
        "peak_bytes": planned.peak_bytes,
        "fits": planned.fits,
        "guide_seconds": list(guide) if guide else None,
        "guide_may_crash": name in GUIDE and guide is None,
    }
