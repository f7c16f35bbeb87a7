"""What a file of weights is, where it is not Stable Video Diffusion: its cousins have the same names of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from videoai.errors import ModelDamaged
from videoai.language import say

if TYPE_CHECKING:
    from videoai.weights.tensor_source import TensorSource  # with torch

WANTED = say(
    "Use a Stable Video Diffusion checkpoint: svd.safetensors or svd_xt.safetensors, a file from "
    "its diffusers folder, or a GGUF file of it."
)

IN, OUT, TIME_IDS = 8, 4, 3
"""Of the UNet: noisy latents with those of the photo; noise to take away; fps, motion, noise."""

OTHERS = (
    (("lora_", ".lora_", "lora."), say("a LoRA, which changes a model but is not one itself")),
    (("control_model.", "controlnet_", "input_hint_block."), say("a ControlNet")),
    (("motion_modules.",), say("an AnimateDiff motion module")),
    (("double_blocks.",), say("a Flux model")),
    (("joint_blocks.",), say("a Stable Diffusion 3 model")),
    (("conditioner.embedders.1.model.",), say("a Stable Diffusion XL checkpoint")),
    (("cond_stage_model.model.",), say("a Stable Diffusion 2 checkpoint")),
    (("cond_stage_model.",), say("a Stable Diffusion 1 checkpoint")),
    (("input_blocks.", "down_blocks.0.resnets.", "down_blocks.0.attentions."), say("a network for still images")),
    (("decoder.1.weight",), say("the tiny decoder, which is no model: choose it with --decoder tiny")),
    (("neck.reassemble_stage.",), say("the depth network, which is no model: drafts use it by themselves")),
    (("decoder.up_blocks.", "decoder.mid."), say("an autoencoder for still images")),
    (("text_model.", "token_embedding.", "transformer.resblocks."), say("a text encoder")),
)
"""What a file with such names seems to be; the first that fits."""

_TIME_ID_WIDTH = 256

_SHAPES: Mapping[str, tuple[str, int]] = {
    "input_blocks.0.0.weight": ("in", 1),
    "conv_in.weight": ("in", 1),
    "out.2.weight": ("out", 0),
    "conv_out.weight": ("out", 0),
    "label_emb.0.0.weight": ("time_ids", 1),
    "add_embedding.linear_1.weight": ("time_ids", 1),
}
"""Of which tensor which side says which number, under the original's names and diffusers'."""


def check_unet(path: Path, source: TensorSource, prefix: str, time_id_width: int | None) -> None:
    """Raises ModelDamaged, saying what it is, if the UNet below `prefix` is not one of Stable Video Diffusion.

    Without `time_id_width`, of its configuration, those numbers are looked at if it is as wide as real ones are.
    """
    names, numbers = frozenset(source.names()), dict[str, int]()
    for name, (what, side) in _SHAPES.items():
        if prefix + name in names and len(shape := source.shape(prefix + name)) > side:
            numbers[what] = shape[side]
    if time_id_width is None and numbers.get("time_ids", 1) % _TIME_ID_WIDTH == 0:
        time_id_width = _TIME_ID_WIDTH
    time_ids = numbers["time_ids"] / time_id_width if time_id_width and "time_ids" in numbers else TIME_IDS
    check_numbers(path, numbers.get("in", IN), numbers.get("out", OUT), time_ids)


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
