"""Making a model small: its networks are written anew, with their weights packed, into a folder of our own."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from videoai.catalogue import STEMS
from videoai.engines.svd.packing import part_bits, tensor_bits
from videoai.engines.svd.whole_model import Network, laid_out
from videoai.events import Notice, OnEvent, Stage, Step
from videoai.language import say
from videoai.models import store
from videoai.models.manifest import Manifest
from videoai.system import paths
from videoai.system.files import need_space, whole_file
from videoai.system.locking import locked
from videoai.weights import svd_configs
from videoai.weights.fingerprint import part_exact_fingerprint, part_fingerprint
from videoai.weights.keeping import in_file
from videoai.weights.model_files import ModelFiles, PartFiles
from videoai.weights.packed_file import PackedFile
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.tensor_source import TensorSource
from videoai.weights.writing import ConversionPlan, OnStep, write

VARIANTS = {16: ".fp16", 8: ".8bit", 4: ".4bit"}
"""What the names of the files say of their weights."""


def convert(model_id: str, bits: int, files: ModelFiles, on_event: OnEvent) -> Path:
    """Write the model in `files` with weights of `bits`, 16, 8 or 4, into the model's own folder, and return that.

    Holds one tensor at a time and goes on where an earlier call was stopped. The folder counts as a model once all
    of it was read back and compared. Raises ModelMissing, ModelDamaged and WriteFailed.
    """
    folder = store.own_folder(model_id, bits)
    waiting = Notice(say("Another program is converting {model}; waiting for it to finish.", model=model_id))
    with locked(store.lock_file(model_id), on_wait=lambda: on_event(waiting)):
        if store.is_whole(folder):
            return folder
        works = [_work(part, files.of(part), network, bits, folder) for part, network in laid_out(files).items()]
        size = sum(work.missing_bytes() for work in works)
        need_space(
            folder,
            size,
            say("Converting {model} to {bits} bits", model=model_id, bits=bits),
            say("Free some space, or set VIDEOAI_HOME to a folder on another disk."),
        )
        on_event(Stage("convert", sum(work.steps for work in works)))
        before = 0
        for work in works:
            work.run(lambda done, before=before: on_event(Step(before + done)))  # type: ignore[misc]
            before += work.steps
        if bits == 16:
            _write_others(folder)
        Manifest.of_folder(folder, model_id, bits).write(folder)
    return folder


@dataclass(frozen=True, slots=True)
class _Work:
    """One network to be written."""

    source: TensorSource
    config: str
    plan: ConversionPlan
    target: Path
    original: Path

    @property
    def steps(self) -> int:
        """Each tensor is written, and then read back and compared."""
        return 2 * len(self.plan.bits)

    def missing_bytes(self) -> int:
        return 0 if self.target.exists() else self.plan.size(self.source)

    def run(self, on_step: OnStep) -> None:
        """Leaves alone what an earlier call has finished."""
        if not self.target.exists():
            if twin := self._twin():
                _share(twin, self.target)
            else:
                with in_file(self.original):
                    write(self.source, self.plan, self.target, on_step)
        with whole_file(self.target.parent / "config.json", replace=True) as part:
            part.write_text(self.config, "utf-8")
        on_step(self.steps)

    def _twin(self) -> Path | None:
        """The same file in the folder of another model, if there is one."""
        if isinstance(self.source, PackedFile) and self.plan.is_of(SafetensorsFile(self.original)):
            return self.original
        header = self.plan.header(self.source)
        same_place = f"*/*/{self.target.parent.name}/{self.target.name}"
        return next((path for path in paths.models().glob(same_place) if _begins_with(path, header)), None)


def _begins_with(path: Path, header: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(header)) == header


def _work(part: str, files: PartFiles, network: Network, bits: int, folder: Path) -> _Work:
    chosen = _bits_of_each(part, network, bits)
    plan = ConversionPlan(chosen, part_fingerprint(files), part_exact_fingerprint(files))
    target = folder / part / f"{STEMS[part]}{VARIANTS[part_bits(part, bits)]}.safetensors"
    text = _text(f"{part}/config.json") if files.config is None else files.config.read_text("utf-8")
    return _Work(network.source, text, plan, target, files.weights)


def _text(name: str) -> str:
    """One of the small files, as a checkpoint of the standard networks has it."""
    return json.dumps(svd_configs.FILES[name], indent=2) + "\n"


def _bits_of_each(part: str, network: Network, bits: int) -> dict[str, int]:
    """How each tensor is stored. What decides nothing is left out of packed files, which no other program reads."""
    chosen: dict[str, int] = {}
    for name in network.source.names():
        use = network.uses.get(name, "ignored")
        if use == "ignored" or (use == "unused" and bits < 16):
            continue
        chosen[name] = tensor_bits(part, name, network.source.shape(name), use, bits)
    return chosen


def _share(original: Path, target: Path) -> None:
    """The same file under a second name, or a copy where the disk knows no second names."""
    with whole_file(target, replace=True) as part:
        try:
            os.link(original, part)
        except OSError:
            shutil.copyfile(original, part)


def _write_others(folder: Path) -> None:
    """The small files that other programs look for in a checkpoint."""
    for name in svd_configs.FILES:
        if not (folder / name).exists():
            with whole_file(folder / name, replace=True) as part:
                part.write_text(_text(name), "utf-8")
