"""What a UNet's numbers say of it: cousins of Stable Video Diffusion are built of the same blocks."""

from __future__ import annotations

from videoai.errors import ModelDamaged
from videoai.language import say

WANTED = say(
    "Use a Stable Video Diffusion checkpoint: svd.safetensors or svd_xt.safetensors, a file from "
    "its diffusers folder, or a GGUF file of it."
)

IN, OUT, TIME_IDS = 8, 4, 3
"""Of the UNet: noisy latents with those of the photo; noise to take away; fps, motion, noise."""


def check_numbers(path: object, channels_in: int, channels_out: int, time_ids: float) -> None:
    """Raises ModelDamaged, saying what a UNet with these numbers is, if it is not one of Stable Video Diffusion."""
    if (channels_in, channels_out, time_ids) == (IN, OUT, TIME_IDS):
        return
    if time_ids in (1, 5) and channels_in == IN:
        name = "SV3D_u" if time_ids == 1 else "SV3D_p"
        what = say("{name}, which turns an object around instead of making a picture move", name=name)
    elif channels_in == OUT:
        what = say("a video model that starts from text or noise, not from a photo")
    else:
        what = say(
            "another video model: it takes {channels} channels and {numbers} numbers, and this one takes "
            "{wanted} and {ids}",
            channels=channels_in,
            numbers=f"{time_ids:g}",
            wanted=IN,
            ids=TIME_IDS,
        )
    raise ModelDamaged(say("{path} is {what}.", path=path, what=what), WANTED)
