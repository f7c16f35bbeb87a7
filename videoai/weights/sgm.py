"""The original single files (svd.safetensors, svd_xt.safetensors, …), read under diffusers' names.

Such a file holds all three networks below prefixes of its own, and more. The autoencoder is in two places: the
first stage decodes, and the encoder that conditions the denoiser is a whole second autoencoder in the conditioner,
the only one with a `quant_conv` (configs/inference/svd.yaml in Stability-AI/generative-models: AutoencodingEngine
and AutoencoderKLModeOnly). diffusers' autoencoder is the decoder of the one and the encoder of the other. ComfyUI
saves the first stage alone; its encoder has no `quant_conv` and needs none, which is what an identity says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch

from videoai.errors import ModelDamaged
from videoai.language import say, several
from videoai.weights.config import Config
from videoai.weights.sgm_names import tensor_origins
from videoai.weights.tensor_source import PackedTensor, TensorSource, unpacked

UNET = "model.diffusion_model."
FIRST_STAGE = "first_stage_model."
CONDITIONER = "conditioner."
SECOND_AUTOENCODER = "conditioner.embedders.3.encoder."
IMAGE_ENCODER = "conditioner.embedders.0.open_clip.model.visual."

LEFTOVERS = (
    # open_clip's text half, of which the conditioner deletes the transformer only.
    *(
        f"conditioner.embedders.0.open_clip.model.{name}"
        for name in (
            "attn_mask",
            "ln_final.",
            "logit_scale",
            "positional_embedding",
            "text_projection",
            "token_embedding.",
        )
    ),
    # The second autoencoder's way back.
    f"{SECOND_AUTOENCODER}decoder.",
    f"{SECOND_AUTOENCODER}post_quant_conv.",
    # Of training: averages of the weights, and what the loss and the noise schedule remember.
    "model_ema.",
    "loss_fn.",
    "denoiser.",
)
"""What real files hold besides the three networks."""

_PLACES = {
    "unet": (UNET, ""),
    "vae": (FIRST_STAGE, ""),
    "image_encoder": (IMAGE_ENCODER, ""),
}
_SIGNS = {
    "unet": "middle_block.0.time_mixer.mix_factor",
    "vae": "decoder.mid.block_1.mix_factor",
    "image_encoder": "transformer.resblocks.0.attn.in_proj_weight",
}
"""A tensor that the same networks for still pictures, or for text, do not have there."""
_TERRITORY = {
    "unet": (UNET,),
    "vae": (FIRST_STAGE, "conditioner.embedders.3."),
    "image_encoder": ("conditioner.embedders.0.",),
}
_QUANT_CONV = "quant_conv."
_SHOWN = 8
_HINT = say("Use the complete original file of a Stable Video Diffusion checkpoint, or download it again.")


class SgmSource:
    """One network of a file with the original names, under diffusers' names. It is a TensorSource."""

    def __init__(self, file: TensorSource, part: str, config: Config) -> None:
        """`part` is "unet", "vae" or "image_encoder" and `config` that network's; the file may also hold it alone.

        Raises ModelDamaged naming what is missing, wrongly shaped, or neither this network's nor another's.
        """
        self._file = file
        names = frozenset(file.names())
        prefix = place(names, part)
        self._rows = {
            name: replace(row, original=prefix + row.original) for name, row in tensor_origins(config).items()
        }
        self._made: dict[str, torch.Tensor] = {}
        if part == "vae":
            self._settle_encoder(names, prefix)
        self._check(names, part)

    def _settle_encoder(self, names: frozenset[str], prefix: str) -> None:
        """Prefer the conditioner's encoder: it is the one that the denoiser was trained with."""
        home = SECOND_AUTOENCODER if f"{SECOND_AUTOENCODER}encoder.conv_in.weight" in names else prefix
        for name, row in self._rows.items():
            if not name.startswith("decoder."):
                self._rows[name] = replace(row, original=home + row.original.removeprefix(prefix))
        if home == prefix and not any(name.startswith(prefix + _QUANT_CONV) for name in names):
            channels = self._rows["quant_conv.weight"].shape[0]
            self._made["quant_conv.weight"] = torch.eye(channels).reshape(channels, channels, 1, 1)
            self._made["quant_conv.bias"] = torch.zeros(channels)
            for name in self._made:
                del self._rows[name]

    def _check(self, names: frozenset[str], part: str) -> None:
        wanted = {row.original: row.original_shape for row in self._rows.values()}
        problems = [say("{name} is missing", name=name) for name in wanted if name not in names]
        for name, shape in wanted.items():
            if name in names and self._file.shape(name) != shape:
                found = _by(self._file.shape(name))
                problems.append(say("{name} is {found}, not {wanted}", name=name, found=found, wanted=_by(shape)))
        for name in sorted(names - wanted.keys()):
            if self._surplus(name, part):
                problems.append(say("{name} does not belong there", name=_shown(name)))
        if problems:
            raise ModelDamaged(say("The weights are damaged: {problems}.", problems=several(problems, _SHOWN)), _HINT)

    def _surplus(self, name: str, part: str) -> bool:
        if name.startswith(LEFTOVERS):
            return False
        if name.startswith(_TERRITORY[part]):
            second = self._rows.get("encoder.conv_in.weight")
            spare = second is not None and second.original.startswith(SECOND_AUTOENCODER)
            return not (spare and name.startswith(f"{FIRST_STAGE}encoder."))
        return not name.startswith((UNET, FIRST_STAGE, CONDITIONER))

    def names(self) -> Iterable[str]:
        return (*self._rows, *self._made)

    def shape(self, name: str) -> torch.Size:
        """Raises KeyError."""
        return self._made[name].shape if name in self._made else self._rows[name].shape

    def read(self, name: str) -> torch.Tensor | PackedTensor:
        """One tensor, in the file's own precision. Raises KeyError and ModelDamaged."""
        if name in self._made:
            return self._made[name]
        row = self._rows[name]
        return row.taken_from(unpacked(self._file.read(row.original)))


def place(names: Iterable[str], part: str) -> str:
    """The prefix below which a file with the original names has a network: "" if it holds that network alone."""
    whole, alone = _PLACES[part]
    return whole if any(name.startswith(whole) for name in names) else alone


def holds(names: Iterable[str], part: str) -> bool:
    """Whether a file seems to have a network under its original names."""
    known = frozenset(names)
    prefix = place(known, part)
    return prefix + _SIGNS[part] in known and (part != "image_encoder" or f"{prefix}class_embedding" in known)


def original_shapes(names: Iterable[str], part: str, config: Config) -> Mapping[str, torch.Size]:
    """The shapes that the tensors of a file with these names should have, as far as they are that network's."""
    prefix = place(names, part)
    shapes = {prefix + row.original: row.original_shape for row in tensor_origins(config).values()}
    if part == "vae":
        shapes |= {SECOND_AUTOENCODER + row.original: row.original_shape for row in tensor_origins(config).values()}
    return shapes


def _shown(name: str) -> str:
    """A name out of a file, fit for a terminal."""
    return name[:120] if name.isprintable() else ascii(name[:120])


def _by(shape: torch.Size) -> str:
    return "×".join(map(str, shape)) or say("a single number")
