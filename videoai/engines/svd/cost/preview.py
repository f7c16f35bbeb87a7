"""How many frames of a preview the tiny decoder may draw, so that nobody waits for previews."""

from __future__ import annotations

from videoai.engines.svd.cost.activations import NumberBytes, unet_peak
from videoai.engines.svd.cost.flop import EFFICIENCY, run_flop
from videoai.engines.svd.cost.tiny import TINY_EFFICIENCY, tiny_flop, tiny_peak
from videoai.engines.svd.plan import SVDPlan
from videoai.settings import GenerationSettings

SHARE = 0.03
"""What previews may add to the time of a step."""


def preview_frames(settings: GenerationSettings, plan: SVDPlan, dtype_bytes: int) -> int:
    """As many as its share of a step allows, at most all; none where one takes more memory than a pass of the UNet,
    which leaves its own free between two steps."""
    height, width = settings.height, settings.width
    pass_bytes = unet_peak(settings.frames, height, width, plan.unet, NumberBytes(dtype_bytes))
    if tiny_peak(height, width, dtype_bytes, alone=True) > pass_bytes:
        return 0
    step = run_flop(settings)["denoise"] / settings.steps / EFFICIENCY["denoise"]
    frame = tiny_flop(1, height, width, alone=True) / TINY_EFFICIENCY
    return min(settings.frames, int(SHARE * step / frame))
