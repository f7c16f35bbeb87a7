"""A saved state near the end of a run that never was: for a run that does the last steps only."""

from __future__ import annotations

from videoai.engines.svd.noise import initial_latents
from videoai.engines.svd.sampler import State
from videoai.engines.svd.schedule import sigmas_for
from videoai.engines.svd.state import Origin, to_checkpoint
from videoai.events import Checkpoint, Pixels
from videoai.settings import GenerationSettings
from videoai.weights.fingerprint import fingerprint
from videoai.weights.model_files import ModelFiles


def late_start(photo: Pixels, settings: GenerationSettings, files: ModelFiles, bits: int, step: int) -> Checkpoint:
    """What a run of `photo` with these settings goes on from after `step` steps: noise of that level, and no more.

    `bits` are those of the plan that the run will have.
    """
    sigmas = sigmas_for(settings.scheduler, settings.sigmas, settings.steps)
    shape = (settings.frames, 4, settings.height // 8, settings.width // 8)
    latents = initial_latents(settings.seed, shape, float(sigmas[step]))
    return to_checkpoint(State(step, latents, latents), settings, Origin.of(photo, fingerprint(files), bits))
