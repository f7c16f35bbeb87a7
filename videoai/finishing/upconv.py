"""waifu2x's photo network “upconv_7”: a picture in twice its size.

Written after its published shape (github.com/nagadomi/waifu2x, MIT licence, © 2015 nagadomi); its weights are in
weights/. Seven 3×3 convolutions without padding, the last of which gives the four pixels that come of each: so a pixel
is made of the 15×15 around it, and a part of a picture that is given with 7 more pixels on each side comes out as it
does in the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import nn

from videoai.engines.devices import Device
from videoai.engines.svd.layers import Conv
from videoai.engines.svd.weights import Weights
from videoai.events import Pixels
from videoai.finishing.upconv_shape import CHANNELS, REACH, tiles
from videoai.weights.opening import open_file

WEIGHTS = Path(__file__).with_name("weights") / "upconv_7_photo.safetensors"

_SLOPE = 0.1
"""Of the leaky ReLU."""


class Upconv:
    """(n, height, width, 3), sRGB in 0 to 1, to twice the size."""

    def __init__(self, weights: Weights) -> None:
        """Raises ModelDamaged if they are another network's."""
        self.device, self.dtype = weights.device, weights.dtype
        self._layers = [
            Conv(weights, str(number), inputs, outputs, padding=0)
            for number, (inputs, outputs) in enumerate(pairwise(CHANNELS), start=1)
        ]
        weights.finish()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(n, h + 2·REACH, w + 2·REACH, 3) to (n, 2h, 2w, 3)."""
        *hidden, last = self._layers
        for layer in hidden:
            x = nn.functional.leaky_relu_(layer(x), _SLOPE)
        x = last(x)
        n, height, width, _ = x.shape
        quarters = x.view(n, height, width, 2, 2, 3)
        return quarters.transpose(2, 3).reshape(n, 2 * height, 2 * width, 3)


def load(device: Device) -> Upconv:
    """The network on a processor, in its numbers. Raises ModelMissing, ModelDamaged."""
    source = open_file(WEIGHTS)
    return Upconv(Weights(source, device=device.name, dtype=device.dtype, storage_dtype=device.dtype))


class Enlarger:
    """Frames of any size to twice or four times it, in tiles that leave no seam."""

    def __init__(self, device: Device, on_tile: Callable[[], None] = lambda: None) -> None:
        """`on_tile` is called after each tile, a fraction of a second's work. Raises ModelMissing, ModelDamaged."""
        self.network = load(device)
        self._on_tile = on_tile

    def __call__(self, frame: Pixels, times: int) -> Pixels:
        """(height, width, 3) to twice (2) or four times (4) that."""
        x = torch.tensor(frame, device=self.network.device)[None].to(self.network.dtype) / 255
        while times > 2:
            x, times = self._doubled(x, x.dtype), times // 2
        enlarged: Pixels = self._doubled(x, torch.uint8)[0].cpu().numpy()
        return enlarged

    @torch.inference_mode()
    def _doubled(self, x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """(1, height, width, 3) to twice that: in 0 to 1, or as levels in whole numbers."""
        _, height, width, _ = x.shape
        out = x.new_empty((1, 2 * height, 2 * width, 3), dtype=dtype)
        # Beyond its edges the picture goes on with their pixels.
        rows, columns = (
            torch.arange(-REACH, side + REACH, device=x.device).clamp_(0, side - 1) for side in x.shape[1:3]
        )
        for row in tiles(height):
            band = x[:, rows[row.start : row.stop + 2 * REACH]]
            for column in tiles(width):
                made = self.network(band[:, :, columns[column.start : column.stop + 2 * REACH]])
                made = made.float().mul_(255).round_() if dtype == torch.uint8 else made
                made = made.clamp_(0, 255 if dtype == torch.uint8 else 1)
                out[:, 2 * row.start : 2 * row.stop, 2 * column.start : 2 * column.stop] = made
                self._on_tile()
        return out
