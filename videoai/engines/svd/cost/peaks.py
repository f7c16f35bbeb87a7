"""The memory that each stage of a run needs at its peak, for the whole process.

A stage's peak is what Python and torch take, its network's weights as they are kept, and the most that its
activations take at once. `bench.plan` compares it with what processes really used, over sizes, clips, precisions and
plans (docs/benchmarks.md). On an accelerator with memory of its own this is more than its share; with the unified
memory of a Mac it is all of it. There it is computed, not measured: none was at hand.
"""

from __future__ import annotations

from dataclasses import replace

from videoai.engines.base import AvailableWeights
from videoai.engines.kept import KeepableNetwork
from videoai.engines.numbers import NUMBER_BYTES
from videoai.engines.processor import Processor
from videoai.engines.svd.chunking import VAE_CHUNKS
from videoai.engines.svd.cost.activations import NumberBytes, decoder_peak, encoder_peak, unet_peak
from videoai.engines.svd.cost.flop import guided_steps
from videoai.engines.svd.cost.layers import CLIP, LATENT, decoder_layers, unet_layers
from videoai.engines.svd.cost.tiny import TINY_NUMBERS, tiny_peak
from videoai.engines.svd.cost.weight_sizes import WeightSizes, quarters_bytes
from videoai.engines.svd.plan import SVDPlan
from videoai.engines.svd.recent import RECENT_BYTES
from videoai.settings import GenerationSettings
from videoai.system.machine import TORCH_BYTES

_MIB = 1 << 20

_HALF_KERNELS = 32 * _MIB
"""What oneDNN makes for the many shapes of the UNet or the decoder in half types, beside fp32's: measured, 20 to 35
MiB."""

_SLACK = 1.15
"""Of a pass of the UNet, with what the allocator keeps of freed blocks: measured, 1.02 to 1.25."""

_DECODER_KEEPS = 30 * _MIB
"""The same of the decoder, whose temporaries are as large whatever the clip: measured, 10 to 60 MiB."""

_FLOAT32 = 4


def stage_peaks(
    plan: SVDPlan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
) -> dict[str, int]:
    """Of the stages condition, denoise and decode, in bytes. See `Engine.peaks` of videoai/engines/base.py.

    With guidance, the first branch's prediction waits for the second's. If deep features are used again, each branch
    keeps its own.
    """
    size = settings.frames, settings.height, settings.width
    on_cpu, number_bytes = processor.device == "cpu", NUMBER_BYTES[processor.numbers_in(plan.compute)]
    in_unet, own, full, kept = _used_and_kept(plan, weights, number_bytes, on_cpu=on_cpu)
    clip = kept.clip + own.dense(CLIP.width * CLIP.hidden) + _clip_tokens(number_bytes)
    encoder = kept.encoder + encoder_peak(settings.height, settings.width, VAE_CHUNKS, full)
    guided = bool(guided_steps(settings))
    latents = settings.frames * (settings.height // LATENT) * (settings.width // LATENT) * 4 * _FLOAT32
    features = (2 if guided else 1) if settings.reuse > 1 else 0
    unet = kept.unet + _SLACK * unet_peak(*size, plan.unet, in_unet, features) + (4 if guided else 3) * latents
    decoder = _DECODER_KEEPS + (
        tiny_peak(settings.height, settings.width, number_bytes) + TINY_NUMBERS * _FLOAT32
        if plan.tiny
        else decoder_peak(*size, plan.vae, own, offload=plan.offload) + kept.decoder
    )
    kernels = _HALF_KERNELS if number_bytes < _FLOAT32 and on_cpu else 0
    peaks = {"condition": max(clip, encoder), "denoise": kernels + unet, "decode": kernels + decoder}
    return {name: TORCH_BYTES + round(peak) for name, peak in peaks.items()}


def keepable(plan: SVDPlan, weights: AvailableWeights, processor: Processor) -> list[KeepableNetwork]:
    """The networks in the order of a run. One that is streamed, or tiny, is loaded again as fast."""
    number_bytes = NUMBER_BYTES[processor.numbers_in(plan.compute)]
    *_, kept = _used_and_kept(plan, weights, number_bytes, on_cpu=processor.device == "cpu")
    found = [
        KeepableNetwork("image_encoder", "condition", kept.clip),
        KeepableNetwork("vae_encoder", "condition", kept.encoder),
    ]
    if not plan.streamed:
        found.append(KeepableNetwork("unet", "denoise", kept.unet))
    if not plan.tiny:
        found.append(KeepableNetwork("vae_decoder", "decode", kept.decoder))
    return found


def _used_and_kept(
    plan: SVDPlan, weights: AvailableWeights, number_bytes: int, *, on_cpu: bool
) -> tuple[NumberBytes, NumberBytes, NumberBytes, WeightSizes]:
    """How the UNet, the networks that compute in the plan's numbers, and the encoder use their weights; and what is
    kept of them."""
    weight_bytes = _weight_bytes(plan, weights, number_bytes)
    packed = plan.bits in (8, 4)
    in_unet, own, full = (
        _laid_out(numbers, weight_bytes, made=made, on_cpu=on_cpu)
        for numbers, made in ((number_bytes, packed or plan.streamed), (number_bytes, packed), (_FLOAT32, packed))
    )
    return in_unet, own, full, _kept_weights(plan, weight_bytes, in_unet, own)


def _weight_bytes(plan: SVDPlan, weights: AvailableWeights, number_bytes: int) -> int:
    """Of a weight that is not packed: as in its file where it stays so, else 2."""
    as_filed = plan.streamed or (plan.bits is None and number_bytes == _FLOAT32)
    return weights.file_bytes if as_filed else 2


def _kept_weights(plan: SVDPlan, weight_bytes: int, in_unet: NumberBytes, own: NumberBytes) -> WeightSizes:
    """What the plan keeps of each network's weights; `in_unet` and `own` are how the UNet and the others use them."""
    sizes = WeightSizes.of(plan.bits or 16)
    unet = WeightSizes.of(plan.bits or 16, streamed=plan.streamed, file_bytes=weight_bytes).unet
    # Dense copies that an accelerator keeps between the parts of a layer; plain weights need none.
    recent = RECENT_BYTES if (plan.bits in (8, 4) or plan.streamed) and not own.rearranged else 0
    quarters = (
        0 if each.made_dense else quarters_bytes(layers, each.dtype_bytes)
        for each, layers in ((in_unet, unet_layers()), (own, decoder_layers()))
    )
    more_unet, more_decoder = (recent + more for more in quarters)
    return replace(sizes, clip=sizes.clip + recent, unet=unet + more_unet, decoder=sizes.decoder + more_decoder)


def _laid_out(dtype_bytes: int, weight_bytes: int, *, made: bool, on_cpu: bool) -> NumberBytes:
    """Weights that are `made` dense whatever they are kept in, or only where that is another type."""
    return NumberBytes(dtype_bytes, made or dtype_bytes != weight_bytes, on_cpu or dtype_bytes == _FLOAT32)


def _clip_tokens(dtype_bytes: int) -> int:
    """A layer's tokens: normed, queries, keys, values, the hidden ones of the perceptron."""
    tokens = (CLIP.size // CLIP.patch) ** 2 + 1
    return dtype_bytes * tokens * (6 * CLIP.width + CLIP.hidden)
