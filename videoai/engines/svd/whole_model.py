"""The three networks of a model, laid out before any of them computes: each is whole, and they fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch

from videoai.engines.svd.conditioning import CLIP_SIZE
from videoai.engines.svd.tensor_uses import tensor_uses
from videoai.engines.svd.weights import Use
from videoai.errors import ModelDamaged
from videoai.language import say, several
from videoai.weights.config import CONFIGS, CLIPVisionConfig, Config, UNetConfig, VAEConfig
from videoai.weights.keeping import check_numbers, in_file
from videoai.weights.model_files import COMPLETE_FOLDER, ModelFiles, PartFiles
from videoai.weights.opening import open_part
from videoai.weights.tensor_source import TensorSource, unpacked

_COLOURS, _SHRINKING = 3, 8
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Network:
    """One of them: its tensors, and what each is used for."""

    source: TensorSource
    uses: Mapping[str, Use]


def laid_out(files: ModelFiles) -> dict[str, Network]:
    """The networks by their parts; of their files only configurations and tables of contents are read.

    Raises ModelMissing, and ModelDamaged naming what is missing, unexpected or wrongly shaped in one of them, or what
    in one of them does not fit the others.
    """
    clip, clip_source = open_part(files.image_encoder, CLIPVisionConfig)
    vae, vae_source = open_part(files.vae, VAEConfig)
    unet, unet_source = open_part(files.unet, UNetConfig)
    _check_together(clip, vae, unet)
    return {
        "image_encoder": Network(clip_source, _uses(files.image_encoder, clip, clip_source)),
        "vae": Network(vae_source, _uses(files.vae, vae, vae_source)),
        "unet": Network(unet_source, _uses(files.unet, unet, unet_source)),
    }


def check_weights(files: PartFiles, part: str, bits: int | None) -> None:
    """Read every number that a network uses: seconds, for when something has overflowed.

    Raises ModelDamaged naming the file and the first tensor with one that is infinite, or none, at these bits.
    """
    config, source = open_part(files, CONFIGS[part])
    largest = torch.finfo(torch.float32 if bits is None else torch.float16).max
    for name, use in _uses(files, config, source).items():
        if use in ("exact", "packable", "folded"):
            numbers = unpacked(source.read(name))
            with in_file(files.weights):
                check_numbers(name, numbers, largest)


def _uses(files: PartFiles, config: Config, source: TensorSource) -> Mapping[str, Use]:
    with in_file(files.weights):
        return tensor_uses(config, source)


def _check_together(clip: CLIPVisionConfig, vae: VAEConfig, unet: UNetConfig) -> None:
    problems = [*_of_clip(clip), *_of_vae(vae), *_of_unet(unet, clip, vae)]
    if problems:
        raise ModelDamaged(
            say("The networks of this model don't fit together: {problems}.", problems=several(problems, _SHOWN)),
            COMPLETE_FOLDER,
        )


def _of_clip(clip: CLIPVisionConfig) -> Iterator[str]:
    if (clip.size, clip.channels) != (CLIP_SIZE, _COLOURS):
        yield say(
            "the image encoder takes {found} pixels of {channels} colours, not {wanted} of {colours}",
            found=f"{clip.size}×{clip.size}",
            channels=clip.channels,
            wanted=f"{CLIP_SIZE}×{CLIP_SIZE}",
            colours=_COLOURS,
        )


def _of_vae(vae: VAEConfig) -> Iterator[str]:
    if (vae.in_channels, vae.out_channels) != (_COLOURS, _COLOURS):
        yield say(
            "the autoencoder makes {outputs} colours of {inputs}, not {colours} of {colours}",
            outputs=vae.out_channels,
            inputs=vae.in_channels,
            colours=_COLOURS,
        )
    shrinking = 2 ** (len(vae.channels) - 1)
    if shrinking != _SHRINKING:
        yield say(
            "the autoencoder makes a photo {found} times smaller, not {wanted}", found=shrinking, wanted=_SHRINKING
        )


def _of_unet(unet: UNetConfig, clip: CLIPVisionConfig, vae: VAEConfig) -> Iterator[str]:
    if unet.out_channels != vae.latent_channels:
        yield say(
            "the UNet makes latents of {found} channels, and the autoencoder takes {wanted}",
            found=unet.out_channels,
            wanted=vae.latent_channels,
        )
    if unet.in_channels != unet.out_channels + vae.latent_channels:
        yield say(
            "the UNet takes {found} channels, and its own latents and the photo's have {wanted}",
            found=unet.in_channels,
            wanted=unet.out_channels + vae.latent_channels,
        )
    attends = zip(unet.cross_attention_dim, unet.down_attention, reversed(unet.up_attention), strict=True)
    widths = {width for width, down, up in attends if down or up} | {unet.cross_attention_dim[-1]}
    for width in sorted(widths - {clip.projection}):
        yield say(
            "the UNet takes {found} numbers of the photo's description, and the image encoder gives {wanted}",
            found=width,
            wanted=clip.projection,
        )
