"""The processes in which a proof does what needs torch: nothing of it stays in memory, and no crash ends all of it.

python -m videoai.upkeep.proof.proof_process make FOLDER BITS STEP SPARE      a model, and the state of a run
python -m videoai.upkeep.proof.proof_process compare FOLDER NETWORK           one network, compared with the CPU

They say how far they are in the lines of system/messages.py; what they have found out lies in FOLDER.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from videoai.events import Notice, OnEvent
from videoai.system import child
from videoai.system.files import whole_file
from videoai.system.machine import Machine
from videoai.upkeep.proof.places import ABOUT, ProofFolder


def main(word: str, folder: str, *more: str) -> int:
    """Do it, and return the exit code."""
    place = ProofFolder(Path(folder))

    def do(on_event: OnEvent) -> None:
        if word == "make":
            bits, step, spare = map(int, more)
            _make(place, bits, step, spare, on_event)
        else:
            _answer(place, more[0], _compare(place, more[0]))

    return child.work(do)


def _answer(place: ProofFolder, name: str, found: dict[str, Any]) -> None:
    with whole_file(place.answer(name), replace=True) as part:
        part.write_text(json.dumps(found, allow_nan=False), "utf-8")


def _make(place: ProofFolder, bits: int, step: int, spare: int, on_event: OnEvent) -> None:
    from videoai.engines.checkpoints import save_checkpoint
    from videoai.engines.svd.engine import ENGINE
    from videoai.history.task import Task, read_photo
    from videoai.memory.estimate import planner_for
    from videoai.memory.processor import this_processor
    from videoai.models.random_model import make_random_model
    from videoai.upkeep.proof.presets import how_long
    from videoai.weights.model_files import ModelFiles

    _answer(place, ABOUT, _about())
    settings = Task.from_dict(json.loads(place.task.read_text("utf-8"))).settings
    on_event(Notice(how_long(settings, settings.steps - step, bits, this_processor())))
    make_random_model(place.model, json.loads(place.networks.read_text("utf-8")), bits, on_event, spare=spare)
    plan = planner_for(settings).make_plan(Machine.now().budget).plan
    files = ModelFiles.in_folder(place.model)
    start = ENGINE.late_start(read_photo(place.path).pixels, settings, step, plan=plan, files=files)
    save_checkpoint(start, place.state)


def _about() -> dict[str, Any]:
    import torch

    from videoai.engines.devices import best_device
    from videoai.memory.numbers import numbers_of
    from videoai.upkeep.processor_info import processor_info

    device = best_device()
    numbers = numbers_of(device)
    info = processor_info(device.computing_in(numbers.best), None)
    return {
        "device": info.name,
        "dtype": info.dtype,
        "numbers": numbers.to_dict(),
        "title": info.title,
        "recommended_bytes": info.recommended,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
    }


def _compare(place: ProofFolder, network: str) -> dict[str, Any]:
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # so that all missing operators are told, not the first
    from videoai.engines.devices import best_device
    from videoai.engines.svd.network_test import compare
    from videoai.memory.numbers import numbers_of
    from videoai.weights.model_files import ModelFiles

    device = best_device()
    device = device.computing_in(numbers_of(device).best)
    return compare(network, ModelFiles.in_folder(place.model), device).to_dict()


if __name__ == "__main__":
    child.leave(main(*sys.argv[1:]))
