"""The most that the activations of one network take at once, in bytes: a walk over its layers, as the code allocates.

Each layer is looked at in its phases; of each, what the layer's input, output and temporaries take together, with
the skip connections that wait meanwhile, and with a large weight made dense for it. Chunk sizes decide how much of
a layer's temporaries there are. The maximum over all phases of all layers is the answer. It follows
videoai/engines/svd/{unet,resblocks,transformer,attention,vae}.py line by line: change it with them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from videoai.engines.svd.chunking import WIDE, ChunkSizes, outputs_at_a_time, tiles_at_a_time
from videoai.engines.svd.cost.layers import (
    LATENT,
    UNET,
    VAE,
    Block,
    Layer,
    Resize,
    decoder_layers,
    encoder_layers,
    positions,
    shallow_layers,
    split_layers,
    unet_layers,
)
from videoai.engines.svd.reuse import SHALLOW

_FLOAT32 = 4
_TILE, _POINTS = 16, 36
"""Outputs of a tile of a convolution, and the points that its inputs are transformed to: winograd.py."""
_CACHED_SCORES = 2**21
"""Attention scores held at a time where two products compute them: attention.py."""


@dataclass(frozen=True, slots=True)
class NumberBytes:
    """What a number takes: computed with in `dtype_bytes`; its weights made dense at each use if so, and rearranged.

    A weight that is kept in the computing type is laid out once, in place of what was kept: beside the others of the
    network there is it alone. One that is packed, streamed or in another type becomes dense at each use. On the CPU the
    kernels want it rearranged, either way: kept ones so at their first use.
    """

    dtype_bytes: int
    made_dense: bool = False
    rearranged: bool = False

    def dense(self, numbers: int) -> int:
        """Beside what is kept, while a layer's weight of so many numbers is laid out."""
        return (self.made_dense + self.rearranged) * numbers * self.dtype_bytes

    def convolving(self, inputs: int, outputs: int, tokens: int) -> int:
        """The same of a 3×3 convolution of so many tokens at a time.

        In fp32 their tiles, and then what becomes of them at the points; there, they are multiplied with a part of the
        weight. A small weight is there all the time: winograd.py.
        """
        direct = self.dense(9 * inputs * outputs)
        if self.dtype_bytes < _FLOAT32 or min(inputs, outputs) < WIDE:
            return direct
        tiles = min(-(-tokens // _TILE), tiles_at_a_time(_POINTS, inputs))
        together = outputs_at_a_time(_POINTS, inputs, outputs)
        weight, values, products = together * inputs, tiles * inputs, tiles * together
        made = 2 * values + (weight if together == outputs else 0)
        held = _POINTS * max(made, values + weight + 2 * products)
        return max(direct, _FLOAT32 * (self.made_dense * 9 * inputs * outputs + held))

    def doubling(self, numbers: int) -> int:
        """The same of an enlargement's weight: a quarter of its sums as they are made, or as they are rearranged.

        Where it is kept, all quarters are by then, of which 16/9 of the weight are counted as kept later.
        """
        ninths = 9 + max(3 + 2 + 4 + 4, 4 + 4 * self.rearranged)
        return ninths * numbers * self.dtype_bytes // 9


@functools.cache
def unet_peak(frames: int, height: int, width: int, chunks: ChunkSizes, numbers: NumberBytes, kept: int = 0) -> int:
    """A pass of one branch; height and width are the video's. So many branches keep their deep features."""
    h, w = height // LATENT, width // LATENT
    one = frames * h * w * UNET.channels[0]  # what the first convolution leaves, and as much as the features are

    def walk(layers: Iterable[Layer], waiting: list[int]) -> int:
        return _pass_peak(layers, waiting, frames, h, w, chunks, numbers)

    if not kept:
        return walk(unet_layers(), [one])
    features, waiting = numbers.dtype_bytes * one, [one]
    before, after = split_layers(list(unet_layers()))
    deep = walk(before, waiting) + (kept - 1) * features  # this branch's own were given up
    return max(deep, walk(after, waiting) + kept * features, walk(shallow_layers()[:SHALLOW], [one]) + kept * features)


def _pass_peak(
    layers: Iterable[Layer],
    waiting: list[int],
    frames: int,
    h: int,
    w: int,
    chunks: ChunkSizes,
    numbers: NumberBytes,
) -> int:
    """Of some layers of a pass, h and w being the latents'. `waiting`, which is changed, are the skips there are."""
    size = numbers.dtype_bytes
    x = 0  # the activation, where it is not also the last skip
    peak = 0
    for layer in layers:
        frame_positions = positions(h, w, layer.level)
        if isinstance(layer, Resize):
            out = frames * frame_positions * layer.channels
            chunk = _together(frames, frame_positions, chunks) * layer.channels
            temporary = 3 * chunk if layer.up else chunk
            weight = (numbers.doubling if layer.up else numbers.dense)(9 * layer.channels**2)
            peak = max(peak, size * (sum(waiting) + x + out + temporary) + weight)
            x = out if layer.up else 0
            waiting += [] if layer.up else [out]
            continue
        out = frames * frame_positions * layer.outputs
        chunk, width = _together(frames, frame_positions, chunks), -(-w // 2**layer.level)
        for temporary, weight in _spatial(layer, chunk, width, chunks, numbers):
            peak = max(peak, size * (sum(waiting) + x + out + temporary) + weight)
        if layer.skip:
            waiting.pop()
        for temporary, weights in _temporal_and_transformer(layer, frames, frame_positions, chunks, size):
            peak = max(peak, size * (sum(waiting) + out + temporary) + numbers.dense(weights))
        x = 0 if layer.leaves else out
        waiting += [out] if layer.leaves else []
    return peak


def _together(frames: int, frame_positions: int, chunks: ChunkSizes) -> int:
    """At most how many tokens a spatial layer takes together: whole frames, up to the chunk's size or one."""
    return min(frames * frame_positions, max(frame_positions, chunks.tokens))


def _band(tokens: int, width: int, chunks: ChunkSizes) -> int:
    """At most how many of the tokens are convolved together: all, or rows of a frame with one more on each side."""
    return min(tokens, max(chunks.tokens, width) + 2 * width)


def _spatial(
    block: Block, chunk_tokens: int, width: int, chunks: ChunkSizes, numbers: NumberBytes
) -> Iterator[tuple[int, int]]:
    """Numbers that so many tokens of a spatial residual block hold beside its input and output, and bytes that the
    weight used takes, in either convolution."""
    band = _band(chunk_tokens, width, chunks)
    joined = chunk_tokens * block.inputs if block.skip else 0
    # A band's input, normed and, if it is not all, padded. Of few tokens what each sees is gathered instead, nine times
    # as many: that is no more than the rearranged weight, which it takes the place of.
    given, bands = (2, 1) if band < chunk_tokens else (1, 0)
    first = chunk_tokens * block.outputs + band * (given * block.inputs + bands * block.outputs)
    second = 2 * chunk_tokens * block.outputs + band * (given + bands) * block.outputs
    yield joined + first, numbers.convolving(block.inputs, block.outputs, band)
    yield joined + second, numbers.convolving(block.outputs, block.outputs, band)


def _temporal_and_transformer(
    block: Block, frames: int, frame_positions: int, chunks: ChunkSizes, size: int
) -> Iterator[tuple[int, int]]:
    """Numbers held beside a block's output, and in the weight used, over frames and in the transformer."""
    c, tokens = block.outputs, frames * frame_positions
    across = min(tokens, max(frames, chunks.tokens))
    yield tokens * c + 3 * across * c, 6 * c**2
    if not block.heads:
        return
    chunk_tokens = _together(frames, frame_positions, chunks)
    scores = max(
        _scores(block.heads, frame_positions, chunk_tokens, chunks.scores), min(_CACHED_SCORES, frame_positions**2)
    )
    yield tokens * c + 5 * chunk_tokens * c + (scores if size == 4 else 3 * scores), c**2
    yield tokens * c + chunk_tokens * c + 10 * min(tokens, chunks.rows) * c, 12 * c**2
    yield tokens * c + 9 * across * c, c**2


def _scores(heads: int, frame_positions: int, chunk_tokens: int, limit: int) -> int:
    """At most how many attention scores of `chunk_tokens`, in frames of `frame_positions`, are held.

    Never fewer than a query's.
    """
    return max(heads * frame_positions, min(limit, heads * frame_positions * chunk_tokens))


@functools.cache
def decoder_peak(
    frames: int, height: int, width: int, chunks: ChunkSizes, numbers: NumberBytes, *, offload: bool
) -> int:
    """All frames of a clip; with `offload`, those not worked on are in files and take nothing."""
    size, others = numbers.dtype_bytes, 0 if offload else frames - 1
    one = positions(height, width, len(VAE.channels) - 1) * VAE.channels[-1]  # of a frame, between layers
    peak, upsampled = 0, False
    for layer in decoder_layers():
        frame_positions = positions(height, width, layer.level)
        if isinstance(layer, Resize):
            upsampled = True
            continue
        out = frame_positions * layer.outputs
        work = frame_positions * layer.inputs + _one_frame(layer, frame_positions, -(-width // 2**layer.level), chunks)
        band = _band(frame_positions, -(-width // 2**layer.level), chunks)
        weight = numbers.convolving(max(layer.inputs, layer.outputs), layer.outputs, band)
        if upsampled:
            # The small frame, the enlarged one, a quarter of it as it comes, and both as the kernel rearranges them.
            work = max(work, 2 * frame_positions * layer.inputs)
            weight = max(weight, numbers.doubling(9 * layer.inputs**2))
        left = (
            0 if offload or (layer.inputs == layer.outputs and not upsampled) else _still_allocated(frames, one * size)
        )
        peak = max(peak, left + size * (others * max(one, out) + work) + weight)
        for temporary in _over_frames(layer, frames, frame_positions, chunks, offload=offload):
            peak = max(peak, left + size * (others * out + temporary) + numbers.dense(6 * layer.outputs**2))
        one, upsampled = out, False
    pixels = frames * height * width * VAE.out_channels
    last = one + 3 * min(height * width, chunks.tokens + 2 * width) * VAE.channels[0]
    return max(peak, size * (others * one + last + pixels))


def _still_allocated(frames: int, one: int) -> int:
    """Bytes of the frames before an enlargement that the allocator still keeps after it.

    The C library gives blocks of 32 MiB and more back at once; of smaller ones up to a half could not be used again.
    Larger frames are counted as if they were just smaller: so a larger video never seems to need less.
    """
    return round(0.45 * frames * min(one, _GIVEN_BACK))


_GIVEN_BACK = 32 << 20


def _over_frames(
    block: Block, frames: int, frame_positions: int, chunks: ChunkSizes, *, offload: bool
) -> Iterator[int]:
    """Numbers that one frame, and what the temporal block and the attention hold beside all frames, are."""
    across = min(frames * frame_positions, max(frames, chunks.tokens)) * block.outputs
    # Of frames in files, those parts of the files that were just touched count.
    yield max(frame_positions * block.outputs, 4 * across) if offload else frame_positions * block.outputs + 3 * across
    if block.heads:
        yield 7 * frame_positions * block.outputs + min(frame_positions**2, chunks.scores)


def _one_frame(block: Block, frame_positions: int, width: int, chunks: ChunkSizes) -> int:
    """Numbers that a spatial residual block holds beside its input, of one frame that it may change."""
    band = _band(frame_positions, width, chunks)
    reduced_in_place = block.inputs == block.outputs or (band < frame_positions and block.outputs < block.inputs)
    through = 0 if reduced_in_place else frame_positions * block.outputs
    # A band's input, normed and padded, and its output; the kernel rearranges one and the other.
    first = frame_positions * block.outputs + band * (3 * block.inputs + 2 * block.outputs)
    second = frame_positions * block.outputs + through + band * 5 * block.outputs
    return max(first, second)


@functools.cache
def encoder_peak(height: int, width: int, chunks: ChunkSizes, numbers: NumberBytes) -> int:
    """The photo's way to its latents."""
    size, peak = numbers.dtype_bytes, 0
    for layer in encoder_layers():
        frame_positions = positions(height, width, layer.level)
        if isinstance(layer, Resize):
            peak = max(peak, size * (2 * 4 * frame_positions + 2 * frame_positions) * layer.channels)
            continue
        work = frame_positions * layer.inputs + _one_frame(layer, frame_positions, -(-width // 2**layer.level), chunks)
        band = _band(frame_positions, -(-width // 2**layer.level), chunks)
        peak = max(peak, size * work + numbers.convolving(layer.inputs, layer.outputs, band))
        if layer.heads:
            peak = max(peak, size * (7 * frame_positions * layer.outputs + min(frame_positions**2, chunks.scores)))
    return peak
