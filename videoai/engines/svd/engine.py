"""Stable Video Diffusion as an engine: what it uses and takes, and the run itself (generation.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from videoai.catalogue import TINY_DECODER
from videoai.engines.base import AvailableWeights, Plan, Workload
from videoai.engines.kept import KeepableNetwork, KeptNetworks
from videoai.engines.processor import Processor
from videoai.engines.svd.cost.flop import EFFICIENCY, run_flop, unet_passes
from videoai.engines.svd.cost.peaks import keepable, stage_peaks
from videoai.engines.svd.cost.tiny import TINY_EFFICIENCY
from videoai.engines.svd.cost.weight_sizes import WeightSizes, streamed_bytes
from videoai.engines.svd.parameters import PARAMETERS
from videoai.engines.svd.plan import SVDPlan, plans
from videoai.events import Checkpoint, Event, Map, Pixels
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.stages import StageKind
from videoai.weights.model_files import ExtraFiles, ModelFiles


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
    goes_on = False
    comes_round = False

    def plans(self, settings: GenerationSettings, weights: AvailableWeights, processor: Processor) -> Iterator[Plan]:
        yield from plans(settings, weights, processor)

    def peaks(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> dict[str, int]:
        return stage_peaks(_ours(plan), settings, weights, processor)

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

    def keepable(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> Sequence[KeepableNetwork]:
        return keepable(_ours(plan), weights, processor)

    def run(
        self,
        photo: Pixels,
        settings: GenerationSettings,
        *,
        plan: Plan,
        files: ModelFiles | ExtraFiles | None = None,
        scratch: Path | None = None,
        resume: Checkpoint | None = None,
        networks: KeptNetworks | None = None,
        near: Map | None = None,
    ) -> Iterator[Event]:
        from videoai.engines.svd.generation import Generation  # with torch

        if not isinstance(files, ModelFiles):
            raise ValueError("This engine has weights.")
        generation = Generation(files, plan=_ours(plan), scratch=scratch, networks=networks or KeptNetworks())
        yield from generation.run(photo, settings, resume)

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
