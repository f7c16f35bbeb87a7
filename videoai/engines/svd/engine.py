"""Stable Video Diffusion as an engine: what it uses and takes, and the run itself (generation.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from videoai.catalogue import TINY_DECODER
from videoai.engines.base import AvailableWeights, Plan, Workload
from videoai.engines.numbers import NUMBER_BYTES, usual
from videoai.engines.svd.cost.flop import EFFICIENCY, guided_steps, run_flop, unet_passes
from videoai.engines.svd.cost.peaks import stage_peaks
from videoai.engines.svd.cost.tiny import TINY_EFFICIENCY
from videoai.engines.svd.cost.weight_sizes import WeightSizes, streamed_bytes
from videoai.engines.svd.parameters import PARAMETERS
from videoai.engines.svd.plan import SVDPlan, plans
from videoai.events import Checkpoint, Event, Pixels
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.stages import StageKind
from videoai.weights.model_files import ModelFiles


class SVDEngine:
    """See videoai.engines.base.Engine."""

    parameters = PARAMETERS
    stages = (
        StageKind("condition", say("Analysing the photo")),
        StageKind("load", say("Loading the model")),
        StageKind("denoise", say("Denoising"), "main"),
        StageKind("decode", say("Decoding the frames"), "after"),
    )
    uses_torch = True

    def plans(self, settings: GenerationSettings, weights: AvailableWeights, best: str) -> Iterator[Plan]:
        yield from plans(settings, weights, best)

    def peaks(self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, device: str) -> dict[str, int]:
        plan = _ours(plan)
        bits, dtype_bytes = plan.bits or 16, NUMBER_BYTES[plan.compute or usual(device)]
        as_filed = plan.streamed or (plan.bits is None and dtype_bytes == 4)
        file_bytes = weights.file_bytes if as_filed else 2
        unet = WeightSizes.of(bits, streamed=plan.streamed, file_bytes=file_bytes).unet
        found = stage_peaks(
            settings.frames,
            settings.height,
            settings.width,
            plan,
            weights=replace(WeightSizes.of(bits), unet=unet),
            dtype_bytes=dtype_bytes,
            guided=bool(guided_steps(settings)),
            reuses=settings.reuse > 1,
            weight_bytes=file_bytes,
            device=device,
        )
        return {stage.name: stage.peak_bytes for stage in found}

    def workloads(self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights) -> dict[str, Workload]:
        plan = _ours(plan)
        sizes = WeightSizes.of(plan.bits or 16)
        whole, shallow = (streamed_bytes(weights.file_bytes, shallow=shallow) for shallow in (False, True))
        passes = unet_passes(settings)
        reads = {
            "condition": sizes.clip + sizes.encoder,
            "denoise": 0 if plan.streamed else sizes.unet,
            "decode": TINY_DECODER.size if plan.tiny else sizes.decoder,
        }
        flop = run_flop(settings)
        return {
            name: Workload(
                name,
                flop[name],
                reads[name],
                passes.whole * whole + passes.shallow * shallow if plan.streamed and name == "denoise" else 0,
                TINY_EFFICIENCY if name == "decode" and plan.tiny else EFFICIENCY[name],
                loads_apart=name == "denoise",
            )
            for name in reads
        }

    def read_plan(self, values: Mapping[str, Any]) -> Plan:
        return SVDPlan.from_dict(values)

    def run(
        self,
        photo: Pixels,
        settings: GenerationSettings,
        *,
        plan: Plan,
        files: ModelFiles | None = None,
        scratch: Path | None = None,
        resume: Checkpoint | None = None,
    ) -> Iterator[Event]:
        from videoai.engines.svd.generation import Generation  # with torch

        if files is None:
            raise ValueError("This engine has weights.")
        yield from Generation(files, plan=_ours(plan), scratch=scratch).run(photo, settings, resume)

    def late_start(
        self, photo: Pixels, settings: GenerationSettings, step: int, *, plan: Plan, files: ModelFiles
    ) -> Checkpoint:
        """What `run` goes on from after so many steps, though none were done: for a proof, which does the last only."""
        from videoai.engines.svd.generation import Generation  # with torch

        return Generation(files, plan=_ours(plan)).late_start(photo, settings, step)


def _ours(plan: Plan) -> SVDPlan:
    if not isinstance(plan, SVDPlan):
        raise TypeError(f"no plan of this engine: {plan!r}")
    return plan


ENGINE = SVDEngine()
