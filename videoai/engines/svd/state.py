"""The state after a step, as a checkpoint and as a file: what a stopped video goes on from, bit for bit.

A file is safetensors (arrays) with JSON in its metadata (values, and a digest of the arrays): nothing
in it is executed on reading, and a damaged one is told from a whole one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from videoai.engines.svd.sampler import State
from videoai.errors import CheckpointUnusable
from videoai.events import Checkpoint, Pixels
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.system.files import whole_file
from videoai.system.stored import read_json

_FORMAT = "videoai-checkpoint-2"
_START_AGAIN = say("Start the video again from the photo; with the same seed it comes out the same.")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a video is made of beside its settings: digests of its photo and of the model's weights, and their bits."""

    photo: str
    weights: str
    bits: int

    @staticmethod
    def of(photo: Pixels, weights: str, bits: int | None) -> Origin:
        """`photo` is (height, width, 3), as the engine gets it; `weights` as weights/fingerprint.py has it."""
        digest = hashlib.sha256(f"{photo.shape}".encode() + np.ascontiguousarray(photo).tobytes())
        return Origin(digest.hexdigest(), weights, bits or 16)


def to_checkpoint(state: State, settings: GenerationSettings, origin: Origin) -> Checkpoint:
    """`state` of the video with these settings, on the CPU; `from_checkpoint` is the inverse."""
    arrays = {"latents": state.latents.detach().cpu().numpy()}
    if state.denoised is not None:
        arrays["denoised"] = state.denoised.detach().cpu().numpy()
    return Checkpoint(arrays, {"step": state.step, "settings": settings.to_dict(), "origin": asdict(origin)})


def from_checkpoint(checkpoint: Checkpoint, settings: GenerationSettings, origin: Origin) -> State:
    """The state to go on from, float32 on the CPU.

    Raises CheckpointUnusable when the checkpoint is not one of a video with these settings, of this photo and these
    weights. Weights of fewer bits are taken: a run that died for want of memory may have to go on with them.
    """
    values, arrays = checkpoint.values, checkpoint.arrays
    _check_origin(values.get("origin"), origin)
    if _what_counts(values.get("settings")) != _what_counts(settings.to_dict()):
        raise CheckpointUnusable(say("The saved state was made with other settings than this video's."), _START_AGAIN)
    step = values.get("step")
    if type(step) is not int or not 0 <= step <= settings.steps:
        raise CheckpointUnusable(
            say("The saved state is of no step that this video has: {step}.", step=step), _START_AGAIN
        )
    shape = (settings.frames, 4, settings.height // 8, settings.width // 8)
    if "latents" not in arrays or not arrays.keys() <= {"latents", "denoised"}:
        raise CheckpointUnusable(
            say("The saved state has the wrong arrays: {arrays}.", arrays=", ".join(arrays)), _START_AGAIN
        )
    for name, array in arrays.items():
        if array.shape != shape or array.dtype != np.float32:
            raise CheckpointUnusable(
                say(
                    "The saved {name} are {dtype} {shape}, and must be float32 {wanted}.",
                    name=name,
                    dtype=array.dtype,
                    shape=array.shape,
                    wanted=shape,
                ),
                _START_AGAIN,
            )
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    return State(step, tensors["latents"], tensors.get("denoised"))


def has_fewer_bits(checkpoint: Checkpoint, origin: Origin) -> bool:
    """Whether the run goes on with less exact weights than it began with."""
    saved = checkpoint.values.get("origin")
    return isinstance(saved, dict) and isinstance(saved.get("bits"), int) and origin.bits < saved["bits"]


def _check_origin(saved: object, origin: Origin) -> None:
    if not isinstance(saved, dict) or saved.get("photo") != origin.photo:
        raise CheckpointUnusable(say("The saved state is of another photo."), _START_AGAIN)
    bits = saved.get("bits")
    if (
        not isinstance(bits, int)
        or bits < origin.bits
        or (bits == origin.bits and saved.get("weights") != origin.weights)
    ):
        raise CheckpointUnusable(
            say("The model's weights are not those any more that this video began with."), _START_AGAIN
        )


def _what_counts(settings: object) -> object:
    """The settings but for the precision of the weights: a run may go on with a smaller plan than it began with."""
    return {name: v for name, v in settings.items() if name != "precision"} if isinstance(settings, dict) else None


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write it so that at any moment, a power cut included, `path` is the old file or the new, whole.

    Raises WriteFailed when the disk is full or refuses.
    """
    metadata = {
        "format": _FORMAT,
        "values": json.dumps(checkpoint.values, allow_nan=False),
        "sha256": _digest(checkpoint.arrays),
    }
    arrays = {name: np.ascontiguousarray(array) for name, array in checkpoint.arrays.items()}
    with whole_file(path, replace=True) as part:
        part.write_bytes(save(arrays, metadata))


def load_checkpoint(path: Path) -> Checkpoint:
    """What `save_checkpoint` wrote. Raises CheckpointUnusable if it is missing, damaged or something else."""
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    except (OSError, SafetensorError) as error:
        raise CheckpointUnusable(
            say("The saved state {name} cannot be read: {error}.", name=path.name, error=error), _START_AGAIN
        ) from error
    if metadata.get("format") != _FORMAT:
        raise CheckpointUnusable(
            say("{name} is not a saved state that this version reads.", name=path.name), _START_AGAIN
        )
    try:
        values: Any = read_json(metadata.get("values", ""))
    except ValueError as error:
        raise CheckpointUnusable(say("The saved state {name} is damaged.", name=path.name), _START_AGAIN) from error
    if not isinstance(values, dict) or metadata.get("sha256") != _digest(arrays):
        raise CheckpointUnusable(say("The saved state {name} is damaged.", name=path.name), _START_AGAIN)
    return Checkpoint(arrays, values)


def _digest(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    """SHA-256 over names, types, shapes and bytes."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
