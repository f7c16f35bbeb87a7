"""The state after a step as a checkpoint: what a stopped video goes on from, bit for bit."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import numpy as np
import torch

from videoai.engines.checkpoints import START_AGAIN
from videoai.engines.svd.parameters import PARAMETERS
from videoai.engines.svd.reuse import can_begin_at
from videoai.engines.svd.sampler import State
from videoai.errors import CheckpointUnusable
from videoai.events import Checkpoint, Pixels
from videoai.language import say
from videoai.resolving import recorded
from videoai.settings import GenerationSettings
from videoai.weights.fingerprint import exact_fingerprint, fingerprint
from videoai.weights.model_files import ModelFiles


@dataclass(frozen=True, slots=True)
class Origin:
    """What a video is made of beside its settings: digests of its photo and of the model's weights, their bits, and
    the type of number that layers compute in.

    `exact` is a digest of the weights as they were before they had so few bits, "" if that is not known.
    """

    photo: str
    weights: str
    bits: int
    exact: str = ""
    compute: str = "fp32"

    @staticmethod
    def of(photo: Pixels, files: ModelFiles, bits: int | None, compute: str = "fp32") -> Origin:
        """`photo` is (height, width, 3), as the engine gets it."""
        digest = hashlib.sha256(f"{photo.shape}".encode() + np.ascontiguousarray(photo).tobytes())
        return Origin(digest.hexdigest(), fingerprint(files), bits or 16, exact_fingerprint(files), compute)


def to_checkpoint(state: State, settings: GenerationSettings, origin: Origin) -> Checkpoint:
    """`state` of the video with these settings, on the CPU; `from_checkpoint` is the inverse."""
    arrays = {"latents": state.latents.detach().cpu().numpy()}
    if state.denoised is not None:
        arrays["denoised"] = state.denoised.detach().cpu().numpy()
    return Checkpoint(arrays, {"step": state.step, "settings": settings.to_dict(), "origin": asdict(origin)})


def from_checkpoint(checkpoint: Checkpoint, settings: GenerationSettings, origin: Origin) -> State:
    """The state to go on from, float32 on the CPU.

    Raises CheckpointUnusable when the checkpoint is not one of a video with these settings, of this photo and these
    weights. The same with fewer bits are taken: a run that died for want of memory may have to go on with them.
    """
    values, arrays = checkpoint.values, checkpoint.arrays
    _check_origin(values.get("origin"), origin)
    if _what_counts(values.get("settings")) != _what_counts(settings.to_dict()):
        raise CheckpointUnusable(say("The saved state belongs to a video with other settings."), START_AGAIN)
    step = values.get("step")
    if (
        type(step) is not int
        or not 0 <= step <= settings.steps
        or not can_begin_at(step, reuse=settings.reuse, steps=settings.steps)
    ):
        raise CheckpointUnusable(
            say("The saved state is for step {step}, which this video doesn't have.", step=step), START_AGAIN
        )
    shape = (settings.frames, 4, settings.height // 8, settings.width // 8)
    if "latents" not in arrays or not arrays.keys() <= {"latents", "denoised"}:
        raise CheckpointUnusable(
            say("The saved state has the wrong arrays: {arrays}.", arrays=", ".join(arrays)), START_AGAIN
        )
    for name, array in arrays.items():
        if array.shape != shape or array.dtype != np.float32:
            raise CheckpointUnusable(
                say(
                    "The saved {name} are {dtype} {shape}; they must be float32 {wanted}.",
                    name=name,
                    dtype=array.dtype,
                    shape=array.shape,
                    wanted=shape,
                ),
                START_AGAIN,
            )
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    return State(step, tensors["latents"], tensors.get("denoised"))


def has_fewer_bits(checkpoint: Checkpoint, origin: Origin) -> bool:
    """Whether the run goes on with less exact weights than it began with."""
    saved = checkpoint.values.get("origin")
    return isinstance(saved, dict) and isinstance(saved.get("bits"), int) and origin.bits < saved["bits"]


def has_other_numbers(checkpoint: Checkpoint, origin: Origin) -> bool:
    """Whether the run goes on in another type of number than it began with: on another computer it may have to."""
    saved = checkpoint.values.get("origin")
    return isinstance(saved, dict) and "compute" in saved and saved["compute"] != origin.compute


def _check_origin(saved: object, origin: Origin) -> None:
    if not isinstance(saved, dict) or saved.get("photo") != origin.photo:
        raise CheckpointUnusable(say("The saved state belongs to another photo."), START_AGAIN)
    if not _are_its_weights(saved, origin):
        raise CheckpointUnusable(say("The model's weights have changed since this video began."), START_AGAIN)


def _are_its_weights(saved: dict[str, object], origin: Origin) -> bool:
    bits = saved.get("bits")
    if not isinstance(bits, int) or bits < origin.bits:
        return False
    if bits == origin.bits:
        return saved.get("weights") == origin.weights
    return not origin.exact or saved.get("exact") in (origin.exact, "", None)


def _what_counts(settings: object) -> object:
    """Of the settings what this engine uses, but for those of the plan: a run may go on with another than it had.

    What the version that saved them did not know is as it was then, the table's default.
    """
    if not isinstance(settings, dict):
        return None
    whole = recorded(settings).to_dict()
    return {name: value for name, value in whole.items() if name in PARAMETERS - {"precision", "compute"}}
