"""What the weights of each network take in memory, by how they are kept: counted from the networks' shapes."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from videoai.engines.svd.cost.layers import (
    CLIP,
    UNET,
    VAE,
    Block,
    Layer,
    Resize,
    decoder_layers,
    encoder_layers,
    shallow_layers,
    unet_layers,
)

PACKED_BYTES = {8: 1 + 1 / 16 + 4 / 512, 4: 1 / 2 + 1 / 16 + 4 / 512}
"""Bytes of a packed weight with its share of a step and of a block's factor: weights/quantise.py."""


@dataclass(frozen=True, slots=True)
class GroupSize:
    """Layers that a pass enters together: how many numbers their large weights have, and how many of those pack."""

    packs: int
    exact: int
    streams: bool = True

    @property
    def numbers(self) -> int:
        return self.packs + self.exact


@dataclass(frozen=True, slots=True)
class WeightSizes:
    """Bytes in memory of each network's weights, as a run keeps them."""

    clip: int
    encoder: int
    unet: int
    decoder: int

    @staticmethod
    @functools.cache
    def of(bits: int, *, streamed: bool = False, file_bytes: int = 2) -> WeightSizes:
        """Of a model with weights of `bits`, 16, 8 or 4. `file_bytes` are those of a number that is not packed.

        A streamed UNet is two buffers of its largest group, and the few weights that belong to none. The VAE is never
        packed to less than 8 bits, and neither is a third of CLIP's attention (docs/quantisation.md).
        """
        unet = list(unet_groups())
        kept = sum(_bytes(group, bits, file_bytes) for group in unet)
        if streamed:
            largest = max(group.numbers for group in unet if group.streams)
            kept = 2 * largest * file_bytes + sum(group.numbers * file_bytes for group in unet if not group.streams)
        return WeightSizes(
            clip=sum(_bytes(group, bits, file_bytes) for group in clip_groups())
            + (_careful(bits) if bits == 4 else 0),  # stays at 8
            encoder=_autoencoder(encoder_layers(), 2 * VAE.latent_channels, VAE.in_channels, bits, file_bytes),
            unet=kept,
            decoder=_autoencoder(decoder_layers(), VAE.latent_channels, VAE.out_channels, bits, file_bytes),
        )


def _bytes(group: GroupSize, bits: int, file_bytes: int) -> int:
    packed = PACKED_BYTES[bits] if bits < 16 else file_bytes
    return round(group.packs * packed + group.exact * file_bytes)


def _careful(bits: int) -> int:
    """What two of CLIP's four attention products take more at 8 bits than at `bits`."""
    return round(2 * CLIP.layers * CLIP.width**2 * (PACKED_BYTES[8] - PACKED_BYTES[bits]))


def clip_groups() -> Iterator[GroupSize]:
    """A layer each; the ends are kept exact and counted with the last."""
    ends = CLIP.channels * CLIP.patch**2 * CLIP.width + (CLIP.size // CLIP.patch) ** 2 * CLIP.width
    for _ in range(CLIP.layers):
        yield GroupSize(4 * CLIP.width**2 + 2 * CLIP.width * CLIP.hidden, 0)
    yield GroupSize(0, ends + CLIP.width * CLIP.projection, streams=False)


def streamed_bytes(file_bytes: int, *, shallow: bool = False) -> int:
    """What a pass of a streamed UNet reads."""
    groups = unet_groups(shallow_layers() if shallow else unet_layers())
    return file_bytes * sum(group.numbers for group in groups if group.streams)


def unet_groups(layers: Iterable[Layer] | None = None) -> Iterator[GroupSize]:
    """In the order of a pass, the ends last. What is folded into constants is read once and not kept."""
    time = 4 * UNET.channels[0]
    for layer in unet_layers() if layers is None else layers:
        if isinstance(layer, Resize):
            size = 9 * layer.channels**2
            from_finest = not layer.up and layer.level == 1
            yield GroupSize(0, size) if from_finest else GroupSize(size, 0)
            continue
        finest = layer.level == 0
        spatial = spatial_weights(layer, time)
        yield GroupSize(0, spatial) if finest else GroupSize(spatial, 0)
        yield GroupSize(6 * layer.outputs**2 + time * layer.outputs, 0)
        if layer.heads:  # the blocks of its transformer, a projection with each
            for products in (16, 28):
                block, end = products * layer.outputs**2, layer.outputs**2
                yield GroupSize(block, end) if finest else GroupSize(block + end, 0)
    ends = 9 * UNET.channels[0] * (UNET.in_channels + UNET.out_channels)
    embeddings = (UNET.channels[0] + UNET.time_ids * UNET.time_id_width + 2 * time) * time
    yield GroupSize(0, ends + embeddings, streams=False)


def quarters_bytes(layers: Iterable[Layer], number_bytes: int) -> int:
    """What the weights of enlargements take more than others where they are kept in the computing type: they are kept
    as what becomes of them, four of 2×2 for one of 3×3."""
    return sum(7 * layer.channels**2 * number_bytes for layer in layers if isinstance(layer, Resize) and layer.up)


def spatial_weights(block: Block, time_width: int) -> int:
    """The numbers in the large weights of a spatial residual block."""
    shortcut = block.inputs * block.outputs if block.inputs != block.outputs else 0
    return 9 * (block.inputs + block.outputs) * block.outputs + shortcut + time_width * block.outputs


def _autoencoder(layers: Iterable[Layer], coarse: int, fine: int, bits: int, file_bytes: int) -> int:
    """Bytes of the layers, and of the ends: one at the coarsest resolution, one at that of the pixels."""
    packed = 0
    for layer in layers:
        if isinstance(layer, Resize):
            packed += 9 * layer.channels**2
        else:
            packed += spatial_weights(layer, 0) + (6 * layer.outputs**2 if layer.temporal else 0)
            packed += 4 * layer.outputs**2 if layer.heads else 0
    ends = 9 * (coarse * VAE.channels[-1] + fine * VAE.channels[0])
    return _bytes(GroupSize(packed, ends), max(bits, 8), file_bytes)
