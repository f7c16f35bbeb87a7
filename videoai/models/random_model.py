"""A model of random weights, for what can be shown without real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai.catalogue import PARTS, STEMS
from videoai.engines.svd.packing import part_bits, tensor_bits
from videoai.engines.svd.random_weights import RandomWeights
from videoai.engines.svd.tensor_uses import tensor_uses, wanted_shapes
from videoai.events import OnEvent, Stage, Step
from videoai.language import say
from videoai.models.convert import VARIANTS
from videoai.system.files import need_space, whole_file
from videoai.weights.config import CONFIGS
from videoai.weights.writing import ConversionPlan, write

_ORIGIN = "random"


def make_random_model(
    folder: Path, networks: Mapping[str, Mapping[str, Any]], bits: int, on_event: OnEvent, *, spare: int = 0
) -> None:
    """Write a model of random weights into `folder`, in the diffusers layout, packed at `bits`, 8 or 4.

    `networks` are the config.json of each part; `spare` bytes are to be free beside it. Holds one tensor at a
    time. What is written is read back and compared, as when a real model is made smaller. Raises WriteFailed, also
    where there is too little room.
    """
    works = [_work(folder / part, part, networks[part], bits) for part in PARTS]
    need_space(
        folder,
        spare + sum(work.plan.size(work.source) for work in works),
        say("A model of random weights"),
        say("Free some space, or set VIDEOAI_HOME to a folder on another disk."),
    )
    on_event(Stage("make", sum(2 * len(work.plan.bits) for work in works)))
    before = 0
    for work in works:
        write(work.source, work.plan, work.target, lambda done, before=before: on_event(Step(before + done)))  # type: ignore[misc]
        before += 2 * len(work.plan.bits)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One network to be written."""

    source: RandomWeights
    plan: ConversionPlan
    target: Path


def _work(folder: Path, part: str, config: Mapping[str, Any], bits: int) -> _Drawn:
    with whole_file(folder / "config.json", replace=True) as unfinished:
        unfinished.write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    network = CONFIGS[part].read(folder / "config.json")
    source = RandomWeights(wanted_shapes(network))
    uses = tensor_uses(network, source)
    chosen = {name: tensor_bits(part, name, source.shape(name), uses[name], bits) for name in source.names()}
    plan = ConversionPlan(chosen, _ORIGIN)
    return _Drawn(source, plan, folder / f"{STEMS[part]}{VARIANTS[part_bits(part, bits)]}.safetensors")
