"""The most that the activations of one network take at once, in bytes: a walk over its layers, as the code allocates.

Each layer is looked at in its phases; of each, what the layer's input, output and temporaries take together, with
the skip connections that wait meanwhile, and with a large weight made dense for it. Chunk sizes decide how much of
a layer's temporaries there are. The maximum over all phases of all layers is the answer. It follows
videoai/engines/svd/{unet,resblocks,transformer,attention,vae}.py line by line: change it with them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from videoai.engines.svd.chunking import Chunks
from videoai.engines.svd.cost.layers import (
    LATENT,
    UNET,
    VAE,
    Block,
    Resize,
    decoder_rows,
    encoder_rows,
    positions,
    unet_rows,
)

_CACHED_SCORES = 2**21
"""Attention scores held at a time where two products compute them: attention.py."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a number takes: computed with in `dtype_bytes`; its weights made dense for use in `dense_copies` copies.

    A kept weight that is in the computing type already is used as it is; one that is packed, streamed or in another
    type becomes dense first. On the CPU, either way, the kernels rearrange one more copy of it for themselves.
    """

    dtype_bytes: int
    dense_copies: int

    def dense(self, numbers: int) -> int:
        return self.dense_copies * numbers * self.dtype_bytes


@functools.cache
def unet_peak(frames: int, height: int, width: int, chunks: Chunks, numbers: Numbers) -> int:
    """A pass of one branch; height and width are the video's."""
    h, w, size = height // LATENT, width // LATENT, numbers.dtype_bytes
    waiting = [frames * h * w * UNET.channels[0]]  # the skips
    x = 0  # the activation, where it is not also the last skip
    peak = 0
    for row in unet_rows():
        each = positions(h, w, row.level)
        if isinstance(row, Resize):
            out = frames * each * row.channels
            some = _together(frames, each, chunks) * row.channels
            temporary = 3 * some if row.up else some
            peak = max(peak, size * (sum(waiting) + x + out + temporary) + numbers.dense(9 * row.channels**2))
            x = out if row.up else 0
            waiting += [] if row.up else [out]
            continue
        out = frames * each * row.outputs
        spatial = out + _spatial(row, _together(frames, each, chunks), -(-w // 2**row.level), chunks)
        peak = max(peak, size * (sum(waiting) + x + spatial) + numbers.dense(9 * row.inputs * row.outputs))
        if row.skip:
            waiting.pop()
        for temporary, weights in _later(row, frames, each, chunks, size):
            peak = max(peak, size * (sum(waiting) + out + temporary) + numbers.dense(weights))
        x = 0 if row.leaves else out
        waiting += [out] if row.leaves else []
    return peak


def _together(frames: int, each: int, chunks: Chunks) -> int:
    """At most how many tokens a spatial layer takes together: whole frames, up to the chunk's size or one."""
    return min(frames * each, max(each, chunks.tokens))


def _band(tokens: int, width: int, chunks: Chunks) -> int:
    """At most how many of the tokens are convolved together: all, or rows of a frame with one more on each side."""
    return min(tokens, max(chunks.tokens, width) + 2 * width)


def _spatial(block: Block, some: int, width: int, chunks: Chunks) -> int:
    """Numbers that so many tokens of a spatial residual block hold beside its input and output."""
    band = _band(some, width, chunks)
    joined = some * block.inputs if block.skip else 0
    first = some * block.outputs + band * (2 * block.inputs + block.outputs)
    second = 2 * some * block.outputs + band * 3 * block.outputs
    return joined + max(first, second)


def _later(block: Block, frames: int, each: int, chunks: Chunks, size: int) -> Iterator[tuple[int, int]]:
    """Numbers held beside a block's output, and in the weight used, over frames and in the transformer."""
    c, tokens = block.outputs, frames * each
    across = min(tokens, max(frames, chunks.tokens))
    yield tokens * c + 3 * across * c, 6 * c**2
    if not block.heads:
        return
    some = _together(frames, each, chunks)
    scores = max(_scores(block.heads, each, some, chunks.scores), min(_CACHED_SCORES, each**2))
    yield tokens * c + 5 * some * c + (scores if size == 4 else 3 * scores), c**2
    yield tokens * c + some * c + 10 * min(tokens, chunks.rows) * c, 12 * c**2
    yield tokens * c + 9 * across * c, c**2


def _scores(heads: int, each: int, some: int, limit: int) -> int:
    """At most how many attention scores of `some` tokens, in frames of `each`, are held: never fewer than a query's."""
    return max(heads * each, min(limit, heads * each * some))


@functools.cache
def decoder_peak(frames: int, height: int, width: int, chunks: Chunks, numbers: Numbers, *, offload: bool) -> int:
    """All frames of a clip; with `offload`, those not worked on are in files and take nothing."""
    size, others = numbers.dtype_bytes, 0 if offload else frames - 1
    one = positions(height, width, len(VAE.channels) - 1) * VAE.channels[-1]  # of a frame, between layers
    peak, enlarged = 0, False
    for row in decoder_rows():
        each = positions(height, width, row.level)
        if isinstance(row, Resize):
            enlarged = True
            continue
        out = each * row.outputs
        work = each * row.inputs + _one_frame(row, each, -(-width // 2**row.level), chunks)
        if enlarged:
            # The small frame, the enlarged one, a quarter of it as it comes, and both as the kernel rearranges them.
            work = max(work, 2 * each * row.inputs)
        left = 0 if offload or (row.inputs == row.outputs and not enlarged) else _left_by(frames, one * size)
        peak = max(peak, left + size * (others * max(one, out) + work) + numbers.dense(9 * row.inputs * row.outputs))
        for temporary in _over_frames(row, frames, each, chunks, offload=offload):
            peak = max(peak, left + size * (others * out + temporary) + numbers.dense(6 * row.outputs**2))
        one, enlarged = out, False
    pixels = frames * height * width * VAE.out_channels
    last = one + 3 * min(height * width, chunks.tokens + 2 * width) * VAE.channels[0]
    return max(peak, size * (others * one + last + pixels))


def _left_by(frames: int, one: int) -> int:
    """Bytes of the frames before an enlargement that the allocator still keeps after it.

    The C library gives blocks of 32 MiB and more back at once; of smaller ones up to a half could not be used again.
    Larger frames are counted as if they were just smaller: so a larger video never seems to need less.
    """
    return round(0.45 * frames * min(one, _GIVEN_BACK))


_GIVEN_BACK = 32 << 20


def _over_frames(block: Block, frames: int, each: int, chunks: Chunks, *, offload: bool) -> Iterator[int]:
    """Numbers that one frame, and what the temporal block and the attention hold beside all frames, are."""
    across = min(frames * each, max(frames, chunks.tokens)) * block.outputs
    # Of frames in files, those parts of the files that were just touched count.
    yield max(each * block.outputs, 4 * across) if offload else each * block.outputs + 3 * across
    if block.heads:
        yield 7 * each * block.outputs + min(each**2, chunks.scores)


def _one_frame(block: Block, each: int, width: int, chunks: Chunks) -> int:
    """Numbers that a spatial residual block holds beside its input, of one frame that it may change."""
    band = _band(each, width, chunks)
    reduced_in_place = block.inputs == block.outputs or (band < each and block.outputs < block.inputs)
    through = 0 if reduced_in_place else each * block.outputs
    # A band's input, normed and padded, and its output; the kernel rearranges one and the other.
    first = each * block.outputs + band * (3 * block.inputs + 2 * block.outputs)
    second = each * block.outputs + through + band * 5 * block.outputs
    return max(first, second)


@functools.cache
def encoder_peak(height: int, width: int, chunks: Chunks, numbers: Numbers) -> int:
    """The photo's way to its latents."""
    size, peak = numbers.dtype_bytes, 0
    for row in encoder_rows():
        each = positions(height, width, row.level)
        if isinstance(row, Resize):
            peak = max(peak, size * (2 * 4 * each + 2 * each) * row.channels)
            continue
        work = each * row.inputs + _one_frame(row, each, -(-width // 2**row.level), chunks)
        peak = max(peak, size * work + numbers.dense(9 * row.inputs * row.outputs))
        if row.heads:
            peak = max(peak, size * (7 * each * row.outputs + min(each**2, chunks.scores)))
    return peak
