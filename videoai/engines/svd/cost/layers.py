"""What the networks are made of, as plain numbers: the layers of a pass, in order, without torch and without weights.

What a run needs (peaks.py), what it computes (flop.py) and what its weights take (weight_sizes.py) are sums over
these layers. They follow videoai/engines/svd/{unet,vae,clip}.py; tests compare the weights' count with the networks'
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from videoai.engines.svd.reuse import SHALLOW
from videoai.weights.config import CLIPVisionConfig, UNetConfig, VAEConfig

UNET = UNetConfig.standard()
VAE = VAEConfig.standard()
CLIP = CLIPVisionConfig.standard()

LATENT = 8
"""A latent stands for so many pixels in each direction."""

TINY_BLOCKS = (3, 3, 3, 1)
"""How many blocks the tiny decoder has at each resolution, from the latents' on; between two the size is doubled."""
TINY_CHANNELS = 64
TINY_ENDS = (4, 3)
"""The channels of what it is given and of what it gives."""


@dataclass(frozen=True, slots=True)
class Block:
    """A residual block, temporal unless the encoder's, and, if it has `heads`, what attends after it.

    `level` counts how often the resolution was halved from the network's finest. `skip` of the `inputs` are a skip
    connection's; a block that `leaves` one keeps its output for later.
    """

    level: int
    inputs: int
    outputs: int
    heads: int = 0
    skip: int = 0
    leaves: bool = False
    temporal: bool = True


@dataclass(frozen=True, slots=True)
class Resize:
    """A convolution to half the resolution, `level` being the new one, or (`up`) after an enlargement to twice it."""

    level: int
    channels: int
    up: bool


Layer = Block | Resize


def unet_layers(config: UNetConfig = UNET) -> Iterator[Layer]:
    """The layers of a pass between the first convolution, whose output is a skip too, and the last norm."""
    channels, last = config.channels[0], len(config.channels) - 1
    skips = [channels]
    for level, outputs in enumerate(config.channels):
        for _ in range(config.layers[level]):
            heads = config.heads[level] if config.down_attention[level] else 0
            yield Block(level, channels, outputs, heads, leaves=True)
            channels = outputs
            skips.append(channels)
        if level < last:
            yield Resize(level + 1, channels, up=False)
            skips.append(channels)
    yield Block(last, channels, channels, config.heads[last])
    yield Block(last, channels, channels)
    for index, attends in enumerate(config.up_attention):
        level = last - index
        for _ in range(config.layers[level] + 1):
            skip, outputs = skips.pop(), config.channels[level]
            yield Block(level, channels + skip, outputs, config.heads[level] if attends else 0, skip)
            channels = outputs
        if level:
            yield Resize(level - 1, channels, up=True)


def shallow_layers(config: UNetConfig = UNET) -> list[Layer]:
    """Those of them that a shallow pass has."""
    first, last = split_layers(list(unet_layers(config)))
    return first[:SHALLOW] + last


def split_layers(layers: list[Layer]) -> tuple[list[Layer], list[Layer]]:
    """Those before the deep features, and those after."""
    return layers[: -SHALLOW - 1], layers[-SHALLOW - 1 :]


def decoder_layers(config: VAEConfig = VAE) -> Iterator[Layer]:
    """The decoder's, between its first convolution and its last norm; level 0 is that of the pixels."""
    channels, last = config.channels[-1], len(config.channels) - 1
    yield Block(last, channels, channels, heads=1)
    if config.layers > 1:
        yield Block(last, channels, channels)
    for level in range(last, -1, -1):
        for _ in range(config.layers + 1):
            yield Block(level, channels, config.channels[level])
            channels = config.channels[level]
        if level:
            yield Resize(level - 1, channels, up=True)


def encoder_layers(config: VAEConfig = VAE) -> Iterator[Layer]:
    """The encoder's, between its first convolution and its last norm."""
    channels, last = config.channels[0], len(config.channels) - 1
    for level, outputs in enumerate(config.channels):
        for _ in range(config.layers):
            yield Block(level, channels, outputs, temporal=False)
            channels = outputs
        if level < last:
            yield Resize(level + 1, channels, up=False)
    yield Block(last, channels, channels, heads=1, temporal=False)
    yield Block(last, channels, channels, temporal=False)


def positions(height: int, width: int, level: int) -> int:
    """The pixels that are left of height × width after halving both `level` times, rounding up."""
    step = 1 << level
    return -(-height // step) * -(-width // step)
