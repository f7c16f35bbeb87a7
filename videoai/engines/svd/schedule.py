"""The noise levels (sigmas) that a sampler steps through, from pure noise down to zero.

They are made in float64 on the CPU and rounded to float32 once: the Metal backend has no float64, and
the CPU's sigmas are then every device's.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from videoai.errors import BadSettings
from videoai.language import say
from videoai.settings import LCM_LEVELS

SIGMA_MIN = 0.002
SIGMA_MAX = 700.0
RHO = 7.0

_AYS = (700.0, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002)
"""Align Your Steps for Stable Video Diffusion: the eleven levels of ten steps (arXiv 2404.14507)."""


def karras(steps: int) -> Tensor:
    """`steps` sigmas from 700 to 0.002, evenly spaced in σ^(1/7), and the final 0; (steps + 1,) float32.

    Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", eq. 5
    (arXiv 2206.00364), with the range that SVD was trained for. Raises BadSettings below one step.
    """
    _check_steps(steps)
    return _ending_in_zero(_karras_at(np.linspace(0.0, 1.0, steps)))


def align_your_steps(steps: int) -> Tensor:
    """The sigmas optimised for SVD, and the final 0; (steps + 1,) float32.

    As the authors publish it: log σ is interpolated linearly over the index of all eleven levels, to `steps` + 1 of
    them, and the last is then set to 0, so that more steps also refine the end. Sabour et al., "Align Your Steps"
    (arXiv 2404.14507). Raises BadSettings below one step.
    """
    _check_steps(steps)
    at = np.linspace(0.0, len(_AYS) - 1, steps + 1)
    sigmas = np.exp(np.interp(at, np.arange(len(_AYS)), np.log(_AYS)))
    return _ending_in_zero(sigmas[:-1])


def animate_lcm(steps: int) -> Tensor:
    """The sigmas that AnimateLCM-SVD was distilled for, and the final 0; (steps + 1,) float32.

    Every ⌊40 / steps⌋-th of 40 Karras levels, from the noisiest on, so unlike `karras` they end well above
    0.002. Wang et al., "AnimateLCM" (arXiv 2402.00769). Raises BadSettings outside 1 to 40 steps.
    """
    _check_steps(steps)
    if steps > LCM_LEVELS:
        raise BadSettings(
            say("The LCM sampler takes at most {most} steps, not {steps}.", most=LCM_LEVELS, steps=steps),
            say("AnimateLCM is made for four to eight steps."),
        )
    stride = LCM_LEVELS // steps
    return _ending_in_zero(_karras_at(np.arange(steps) * stride / (LCM_LEVELS - 1)))


def sigmas_for(sampler: str, name: str, steps: int) -> Tensor:
    """The sigmas for the settings `scheduler`, `sigmas` and `steps`; (steps + 1,) float32.

    LCM works only on its own noise levels, whatever `name` says. Raises BadSettings.
    """
    if sampler == "lcm":
        return animate_lcm(steps)
    if name == "karras":
        return karras(steps)
    if name == "ays":
        return align_your_steps(steps)
    raise BadSettings(say("There are no noise levels called “{name}”.", name=name), say("Use karras or ays."))


def _karras_at(ramp: np.ndarray) -> np.ndarray:
    """σ at `ramp` from 0 (the noisiest) to 1 (the cleanest)."""
    high, low = SIGMA_MAX ** (1 / RHO), SIGMA_MIN ** (1 / RHO)
    return np.asarray((high + ramp * (low - high)) ** RHO, dtype=np.float64)


def _ending_in_zero(sigmas: np.ndarray) -> Tensor:
    return torch.from_numpy(np.append(sigmas, 0.0).astype(np.float32))


def _check_steps(steps: int) -> None:
    if steps < 1:
        raise BadSettings(
            say("A video needs at least one sampling step, not {steps}.", steps=steps), say("Set --steps.")
        )
