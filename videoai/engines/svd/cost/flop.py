"""How much arithmetic each stage of a run is, in FLOP: a multiplication and an addition are two.

Counted is the reference's arithmetic, as the benches do: what the engine folds away (cross-attention with its one
token, enlarged pixels that repeat) makes it faster, not the work less. So rates of different settings compare.
Sources: docs/benchmarks.md and torch's own count of diffusers' networks, 44.7 TFLOP a pass at 14 frames of 1024×576.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from videoai.engines.svd.cost.layers import (
    CLIP,
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
    unet_layers,
)
from videoai.engines.svd.cost.tiny import tiny_flop
from videoai.settings import GenerationSettings

EFFICIENCY = {"condition": 0.60, "denoise": 0.72, "decode": 0.75}
"""The share of a matrix product's rate that each stage reaches, measured on a CPU with AVX-512 (bench.plan). The
reference's arithmetic is counted, so work that is folded away counts as speed."""


def condition_flop(height: int, width: int) -> float:
    """FLOP of describing the photo and of encoding it: the same however many frames there are."""
    tokens = (CLIP.size // CLIP.patch) ** 2 + 1
    layer = 2 * tokens * (4 * CLIP.width**2 + 2 * CLIP.width * CLIP.hidden) + 4 * tokens**2 * CLIP.width
    encoder = _convolutions(encoder_layers(), 1, height, width, time_width=0)
    ends = 2 * 9 * positions(height, width, 0) * VAE.in_channels * VAE.channels[0]
    return CLIP.layers * layer + encoder + ends


def unet_pass_flop(frames: int, height: int, width: int, *, shallow: bool = False) -> float:
    """FLOP of one pass of one branch."""
    h, w = height // LATENT, width // LATENT
    ends = 2 * 9 * frames * h * w * UNET.channels[0] * (UNET.in_channels + UNET.out_channels)
    layers = shallow_layers() if shallow else unet_layers()
    return ends + _convolutions(layers, frames, h, w, time_width=4 * UNET.channels[0])


def decode_flop(frames: int, height: int, width: int) -> float:
    """FLOP of decoding all frames."""
    ends = 2 * 9 * frames * height * width * VAE.out_channels * VAE.channels[0]
    return ends + _convolutions(decoder_layers(), frames, height, width, time_width=0)


class Passes(NamedTuple):
    """How many times the UNet runs, as a whole and without its deep layers."""

    whole: int
    shallow: int


def unet_passes(settings: GenerationSettings) -> Passes:
    """Those of a run: two a step with guidance, one where it would change nothing.

    Each branch has one whole pass wherever it runs in `reuse` steps.
    """
    branches = [range(settings.steps), guided_steps(settings)]
    whole = sum(len({step // settings.reuse for step in steps}) for steps in branches)
    return Passes(whole, sum(map(len, branches)) - whole)


def guided_steps(settings: GenerationSettings) -> Sequence[int]:
    """The steps, from 0, in which both branches run."""
    if settings.guidance_min == 1 and settings.guidance_max == 1:
        return ()
    if settings.guidance_interval is None:
        return range(settings.steps)
    from videoai.engines.svd.schedule import sigmas_for  # with torch, which nothing else here needs

    low, high = settings.guidance_interval
    levels = [float(sigma) for sigma in sigmas_for(settings.scheduler, settings.sigmas, settings.steps)]
    return [step for step, sigma in enumerate(levels[:-1]) if low <= sigma <= high]


def run_flop(settings: GenerationSettings) -> dict[str, float]:
    """FLOP of each stage of a run: condition, denoise, decode."""
    size = settings.frames, settings.height, settings.width
    passes = unet_passes(settings)
    return {
        "condition": condition_flop(settings.height, settings.width),
        "denoise": passes.whole * unet_pass_flop(*size) + passes.shallow * unet_pass_flop(*size, shallow=True),
        "decode": tiny_flop(*size) if settings.decoder == "tiny" else decode_flop(*size),
    }


def _convolutions(layers: Iterable[Layer], frames: int, height: int, width: int, *, time_width: int) -> float:
    """FLOP of the layers; height and width are those of level 0. Without `time_width` it is the autoencoder's."""
    total = 0.0
    for layer in layers:
        frame_positions = positions(height, width, layer.level)
        if isinstance(layer, Resize):
            total += 2 * 9 * frames * frame_positions * layer.channels**2
            continue
        total += _residual(layer, frames * frame_positions, time_width)
        if layer.heads and time_width:
            total += _transformer(layer, frames, frame_positions)
        elif layer.heads:
            total += frames * (8 * frame_positions * layer.outputs**2 + 4 * frame_positions**2 * layer.outputs)
    return total


def _residual(block: Block, tokens: int, time_width: int) -> float:
    spatial = 9 * (block.inputs + block.outputs) * block.outputs
    shortcut = block.inputs * block.outputs if block.inputs != block.outputs else 0
    temporal = 6 * block.outputs**2 if block.temporal else 0
    return 2 * tokens * (spatial + shortcut + temporal) + 4 * time_width * block.outputs


def _transformer(block: Block, frames: int, frame_positions: int) -> float:
    """Projections in and out; attention, cross-attention to one token and a gated feed-forward; in space, in time."""
    c, tokens = block.outputs, frames * frame_positions
    linear = 2 * c**2 + (4 + 2 + 12) * c**2 + (12 + 4 + 2 + 12) * c**2
    return 2 * tokens * linear + 4 * tokens * frame_positions * c + 4 * tokens * frames * c
