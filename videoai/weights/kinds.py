"""What a file of weights is, where it is not Stable Video Diffusion: its cousins have the same names of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from videoai.language import say
from videoai.weights.relatives import IN, OUT, TIME_IDS, check_numbers
from videoai.weights.source import Source

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


def check_unet(path: Path, source: Source, prefix: str, time_id_width: int | None) -> None:
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
