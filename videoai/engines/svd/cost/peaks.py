"""The memory that each stage of a run needs at its peak, for the whole process.

A stage's peak is what Python and torch take, its network's weights as they are kept, and the most that its
activations take at once. `bench.plan` compares it with what processes really used, over sizes, clips, precisions and
plans (docs/benchmarks.md). On an accelerator with memory of its own this is more than its share; with the unified
memory of a Mac it is all of it. There it is computed, not measured: none was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from videoai.engines.svd.chunking import VAE_CHUNKS
from videoai.engines.svd.cost.activations import NumberBytes, decoder_peak, encoder_peak, unet_peak
from videoai.engines.svd.cost.layers import CLIP, decoder_layers, unet_layers
from videoai.engines.svd.cost.tiny import TINY_NUMBERS, tiny_peak
from videoai.engines.svd.cost.weight_sizes import WeightSizes, quarters_bytes
from videoai.engines.svd.plan import SVDPlan
from videoai.engines.svd.recent import RECENT_BYTES

_MIB = 1 << 20

BASE_BYTES = 320 * _MIB
"""Python, torch and the kernels it loads with its first layers: measured, on Linux."""

_HALF_KERNELS = 32 * _MIB
"""What oneDNN makes for the many shapes of the UNet or the decoder in half types, beside fp32's: measured, 20 to 35
MiB."""

_SLACK = 1.15
"""Of a pass of the UNet, with what the allocator keeps of freed blocks: measured, 1.02 to 1.25."""

_DECODER_KEEPS = 30 * _MIB
"""The same of the decoder, whose temporaries are as large whatever the clip: measured, 10 to 60 MiB."""

_FLOAT32 = 4


@dataclass(frozen=True, slots=True)
class StagePeak:
    """The most memory that the process has in use during a stage."""

    name: str
    peak_bytes: int


def stage_peaks(
    frames: int,
    height: int,
    width: int,
    plan: SVDPlan,
    *,
    weights: WeightSizes,
    dtype_bytes: int,
    guided: bool,
    reuses: bool = False,
    weight_bytes: int = 2,
    device: str = "cpu",
) -> list[StagePeak]:
    """Of the stages condition, denoise and decode, of a video of height × width pixels.

    `weights` are those the plan keeps, `weight_bytes` a number of theirs where it is not packed; layers compute in
    numbers of `dtype_bytes`. With guidance, the first branch's prediction waits for the second's. If it `reuses` its
    deep features, each branch keeps its own.
    """
    packed = plan.bits in (8, 4)
    in_unet, own, full = (
        _laid_out(size, weight_bytes, made=made, device=device)
        for size, made in ((dtype_bytes, packed or plan.streamed), (dtype_bytes, packed), (_FLOAT32, packed))
    )
    # Dense copies that are kept between the parts of a layer; plain weights need none.
    recent = RECENT_BYTES if (packed or plan.streamed) and dtype_bytes < _FLOAT32 and device != "cpu" else 0
    weights = replace(
        weights,
        clip=weights.clip + recent,
        unet=weights.unet + recent + (0 if in_unet.made_dense else quarters_bytes(unet_layers(), dtype_bytes)),
        decoder=weights.decoder + recent + (0 if own.made_dense else quarters_bytes(decoder_layers(), dtype_bytes)),
    )
    clip = weights.clip + own.dense(CLIP.width * CLIP.hidden) + _clip_tokens(dtype_bytes)
    encoder = weights.encoder + encoder_peak(height, width, VAE_CHUNKS, full)
    latents = frames * (height // 8) * (width // 8) * 4 * _FLOAT32
    kept = (2 if guided else 1) if reuses else 0
    activations = unet_peak(frames, height, width, plan.unet, in_unet, kept)
    unet = weights.unet + _SLACK * activations + (4 if guided else 3) * latents
    decoder = _DECODER_KEEPS + (
        tiny_peak(height, width, dtype_bytes) + TINY_NUMBERS * _FLOAT32
        if plan.tiny
        else decoder_peak(frames, height, width, plan.vae, own, offload=plan.offload) + weights.decoder
    )
    kernels = _HALF_KERNELS if dtype_bytes < _FLOAT32 and device == "cpu" else 0
    peaks = {
        "condition": max(clip, encoder),
        "denoise": kernels + unet,
        "decode": kernels + decoder,
    }
    return [StagePeak(name, BASE_BYTES + round(peak)) for name, peak in peaks.items()]


def _laid_out(dtype_bytes: int, weight_bytes: int, *, made: bool, device: str) -> NumberBytes:
    """Weights that are `made` dense whatever they are kept in, or only where that is another type."""
    return NumberBytes(dtype_bytes, made or dtype_bytes != weight_bytes, device == "cpu" or dtype_bytes == _FLOAT32)


def _clip_tokens(dtype_bytes: int) -> int:
    """A layer's tokens: normed, queries, keys, values, the hidden ones of the perceptron."""
    tokens = (CLIP.size // CLIP.patch) ** 2 + 1
    return dtype_bytes * tokens * (6 * CLIP.width + CLIP.hidden)
