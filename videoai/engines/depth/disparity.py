"""A photo to the map of how near its pixels are, as the network sees it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn

from videoai.engines.depth.network import DepthAnything
from videoai.errors import NotFinite
from videoai.events import Pixels
from videoai.language import say
from videoai.media.resampling import resampled

SIDE = 518
"""Pixels of the side that a photo is brought to, as the network was trained."""

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's colours, by which the pixels are normalised."""


def disparity(photo: Pixels, network: DepthAnything, side: int = SIDE) -> npt.NDArray[np.float32]:
    """How near each pixel of (height, width, 3) is: (height, width), 0 for the furthest, 1 for the nearest.

    A smaller `side` is quicker, and finds less detail. A photo in which nothing is nearer than the rest gives zeros.
    Raises NotFinite if the network's numbers overflow.
    """
    found = network(network_input(photo, side, network.config.patch)).cpu()
    if not bool(found.isfinite().all()):
        raise NotFinite(
            say("The depth of the photo cannot be computed here: a number became infinite."),
            say("Do without learned depth, or fetch its weights again."),
        )
    least, most = torch.aminmax(found)
    near = (found - least) / (most - least) if most > least else torch.zeros_like(found)
    height, width = photo.shape[:2]
    resized = nn.functional.interpolate(near[None, None], (height, width), mode="bicubic", align_corners=False)
    # What cubics do beyond the values that they pass through is no depth.
    result: npt.NDArray[np.float32] = resized[0, 0].clamp_(0, 1).numpy()
    return result


def network_input(photo: Pixels, side: int, patch: int) -> torch.Tensor:
    """The photo (height, width, 3) as the network takes it: (1, 3, height', width'), float32, normalised."""
    height, width = input_size(photo.shape[0], photo.shape[1], side, patch)
    small = np.asarray(resampled(Image.fromarray(photo), (width, height), Image.Resampling.BICUBIC))
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (_MEAN, _DEVIATION))
    return ((torch.tensor(small).permute(2, 0, 1) / 255 - mean) / deviation)[None]


def input_size(height: int, width: int, side: int, patch: int) -> tuple[int, int]:
    """The size, in whole patches, that a photo of (height, width) is brought to: (height, width).

    One of its sides becomes `side`, whichever changes the photo less: of a large photo the shorter, of a small one the
    longer. The other follows, but for what is rounded to patches.
    """
    by_height, by_width = side / height, side / width
    scale = by_width if abs(1 - by_width) < abs(1 - by_height) else by_height
    high, wide = (max(1, round(scale * length / patch)) * patch for length in (height, width))
    return high, wide
