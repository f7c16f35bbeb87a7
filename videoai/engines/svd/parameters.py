"""Which of the parameters decide what Stable Video Diffusion makes of a photo."""

from __future__ import annotations

from videoai.engines.base import COMMON_PARAMETERS

PARAMETERS = COMMON_PARAMETERS | {
    "steps",
    "motion",
    "scheduler",
    "sigmas",
    "reuse",
    "guidance_min",
    "guidance_max",
    "guidance_interval",
    "noise_aug",
    "precision",
    "compute",
    "decoder",
}
