"""How a run will be computed on this machine: decided, with what it will need and take, before it begins.

A plan changes how a video is computed, never what was asked for. The engine names the ways there are, the best first,
and what each needs; the first that fits is taken. If none does, suggestions.py names settings that would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from videoai.engines.base import AvailableWeights, FrameSource, Plan, Workload
from videoai.engines.numbers import wrong_sentence
from videoai.engines.parts import parts_of
from videoai.engines.processor import Processor
from videoai.engines.registry import engine_of
from videoai.finishing.base import Clip, Finisher
from videoai.finishing.given import Given, reading_bytes
from videoai.finishing.registry import uses_torch, video_clip, wanted_finishers
from videoai.language import say
from videoai.memory.speed import MachineSpeed
from videoai.settings import GenerationSettings


@dataclass(frozen=True, slots=True)
class Planner:
    """What is to be planned: these settings, with the model's weights as they are, on this processor.

    If a clip is `given`, no engine runs: it is finished. The video's file ends in `suffix`. `speeds`, by type of
    number, stand in for what is remembered of this machine.
    """

    settings: GenerationSettings
    weights: AvailableWeights = field(default_factory=AvailableWeights)
    processor: Processor = field(default_factory=Processor)
    speeds: Mapping[str, MachineSpeed] = field(default_factory=dict)
    given: Clip | None = None
    suffix: str = ".mp4"

    @property
    def source(self) -> FrameSource:
        """Of the frames: the engine of the settings' model, or the clip that is given."""
        return engine_of(self.settings.model) if self.given is None else Given(self.given)

    @property
    def parts(self) -> int:
        """How often the engine runs, one run after the other: in the memory of one, but for what waits meanwhile."""
        return len(parts_of(self.settings)) if self.given is None else 1

    @property
    def uses_torch(self) -> bool:
        """Whether the run computes on the best processor, whose speed decides how long it takes."""
        return uses_torch(self.settings, self.given)

    @property
    def remark(self) -> str | None:
        """What a user is to know of the numbers: that those asked for are slow here; or, where the choice was left to
        the program, that this processor is wrong in some, and the video therefore computed in fp32."""
        asked, found = self.settings.compute, self.processor.numbers
        if not self.uses_torch:
            return None
        if asked != "auto":
            slow = say("In {numbers} this computer is far slower than in fp32.", numbers=asked)
            return None if found.suits(asked) else slow
        return wrong_sentence(found.wrong) if found.wrong and found.best == "fp32" else None

    def plans(self, like: Plan | None = None) -> Iterator[Plan]:
        """Every way that the user allows, the best first; those that compute in the same numbers as `like`."""
        settings = self.settings
        if like is not None:
            settings = replace(settings, compute=self.numbers(like))
        return self.source.plans(settings, self.weights, self.processor)

    def peak(self, plan: Plan, stage: str | None = None) -> int:
        """The most memory in bytes that it needs with this plan, of all stages or of one."""
        peaks = self.peaks(plan)
        return peaks[stage] if stage in peaks else max(peaks.values())

    def peaks(self, plan: Plan) -> dict[str, int]:
        """That of each stage, the finishers' after the engine's. While one works, the others hold what they do, and
        frames are encoded, unless they all wait for the last one."""
        peaks = self.source.peaks(plan, self.settings, self.weights, self.processor)
        wanted = list(self._finishing(plan))
        held = [finisher.held_bytes(clip, settings) for finisher, clip, settings in wanted]
        waiting = [bool(finisher.waiting_bytes(clip, settings)) for finisher, clip, settings in wanted]
        *earlier, last = peaks
        peaks[last] += sum(held) + (0 if any(waiting) else self._encoding_more)
        if self.parts > 1:  # from the second on, the frames of those before are on their way
            encoding = 0 if any(waiting) else video_clip(self.settings).encoding_bytes(self.suffix)
            peaks |= {name: peaks[name] + sum(held) + encoding for name in earlier}
        reading = 0 if self.given is None else reading_bytes(self.given)  # which goes on while they work
        for index, (finisher, clip, settings) in enumerate(wanted):
            more = sum(held) - held[index] + (0 if any(waiting[index + 1 :]) else self._encoding_more)
            peaks |= {name: peak + more + reading for name, peak in finisher.peaks(clip, settings).items()}
        return peaks

    @property
    def _encoding_more(self) -> int:
        """What encoding takes more than x264, with which the peaks were measured."""
        video = video_clip(self.settings, self.given)
        return max(0, video.encoding_bytes(self.suffix) - video.encoding_bytes())

    def workloads(self, plan: Plan) -> dict[str, Workload]:
        """What each stage takes in time."""
        works = self.source.workloads(plan, self.settings, self.weights)
        workloads = {name: work.times(self.parts) for name, work in works.items()}
        for finisher, clip, settings in self._finishing(plan):
            workloads |= finisher.workloads(clip, settings)
        return workloads

    def _finishing(self, plan: Plan) -> Iterator[tuple[Finisher, Clip, GenerationSettings]]:
        settings = replace(self.settings, compute=self.numbers(plan))
        for finisher, clip in wanted_finishers(settings, self.given):
            yield finisher, clip, settings

    def best(self, budget: int) -> Plan | None:
        """The best plan within `budget` bytes, or None."""
        return next((plan for plan in self.plans() if self.peak(plan) <= budget), None)

    def planned(self, plan: Plan, budget: int) -> PlannedRun:
        """What a given plan comes to."""
        peaks, workloads = self.peaks(plan), self.workloads(plan)
        speed = self.speed(plan)
        stages = tuple(StageEstimate(name, peaks[name], speed.seconds(workloads[name])) for name in peaks)
        most = max(peaks.values())
        return PlannedRun(plan, stages, most, sum(stage.seconds for stage in stages), most <= budget, budget)

    def make_plan(self, budget: int) -> PlannedRun:
        """The best plan within `budget` bytes; if none fits, the smallest, saying so.

        The first time on a machine, its speed is measured for two seconds, unless the processor brings its own.
        """
        chosen = self.best(budget)
        if chosen is None:
            chosen = min(self.plans(), key=self.peak)
        return self.planned(chosen, budget)

    def smaller(self, plan: Plan, stage: str | None = None) -> Plan | None:
        """The best plan that needs clearly less than `plan`, after a run died of it; None if there is none.

        With the `stage` in which it died, only that stage has to need less. Whatever decides the frames stays while it
        can: a run that goes on from its last step then goes on to the same video, byte for byte.
        """
        limit = _CLEARLY_LESS * self.peak(plan, stage)
        bits = plan.bits or 16
        others = [each for each in self.plans(plan) if (each.bits or 16) <= bits]
        others.sort(key=lambda each: each.frames_key() != plan.frames_key())
        return next((each for each in others if self.peak(each, stage) <= limit), None)

    def numbers(self, plan: Plan) -> str:
        """The type of number that is computed in with a plan: where the engine has none, what the finishers do in."""
        if plan.compute is not None or self.source.uses_torch:
            return self.processor.numbers_in(plan.compute)
        return self.processor.numbers.best if self.settings.compute == "auto" else self.settings.compute

    def speed(self, plan: Plan) -> MachineSpeed:
        """How fast this processor is in the numbers of a plan. Measured for two seconds if nothing is known of it."""
        numbers = self.numbers(plan)
        if numbers in self.speeds:
            return self.speeds[numbers]
        if not self.uses_torch:
            return MachineSpeed(self.processor.device, 1.0)
        return MachineSpeed.of(self.processor, numbers)


_CLEARLY_LESS = 0.95


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """What a stage will need at its peak, and take."""

    name: str
    peak_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A plan and what it will come to. If it does not `fit`, it is the one that comes nearest to it."""

    plan: Plan
    stages: tuple[StageEstimate, ...]
    peak_bytes: int
    seconds: float
    fits: bool
    budget_bytes: int

    @property
    def bits(self) -> int | None:
        """Of the weights; None if there are none."""
        return self.plan.bits

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; docs: the shape of “videoai estimate --json”, but for the nearest settings."""
        return {
            "fits": self.fits,
            "budget_bytes": self.budget_bytes,
            "peak_bytes": self.peak_bytes,
            "seconds": round(self.seconds, 1),
            "stages": [asdict(stage) | {"seconds": round(stage.seconds, 1)} for stage in self.stages],
            "bits": self.bits,
            "plan": self.plan.to_dict(),
        }
