"""Where the subject of a photo is, without any trained weights: a soft mask.

Patches of like pixels are weighed by how much they stand out from what touches the edges of
the picture (saliency from robust background detection, Zhu et al. 2014); the surest ones seed a random walker
(Grady 2006), which finds the subject's outline.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, binary_erosion, binary_opening, binary_propagation, label
from scipy.spatial.distance import cdist
from skimage.filters import threshold_otsu
from skimage.segmentation import random_walker

from videoai.engines.draft.inpainting import spread
from videoai.engines.draft.patches import Patches
from videoai.events import Map

_COLOUR_SIGMA = 10.0
"""Distance in Lab over which two regions count as alike (the paper's)."""

_SMALLEST_THING = 0.4
"""Patches that weigh less than this part of the heaviest are not the subject."""

_BRIDGE = 2

_CLOSE, _OTHER = 8, 14.0
"""Pixels around the subject that may be its own, and from which difference in Lab on they are not what is behind."""


def guessed_mask(patches: Patches) -> Map:
    """How surely each pixel of a small picture (about 200 pixels across) belongs to its subject, 0–1."""
    found = _outline(patches.lab, _saliency(patches)[patches.labels])
    return np.zeros_like(found) if patches.is_pattern(found > 0.5) else _whole(patches.lab, found)


def _saliency(patches: Patches) -> npt.NDArray[np.float64]:
    """How much each patch stands out from the background, 0–1."""
    background = _background(patches)
    apart = cdist(patches.colours, patches.colours)
    near = np.exp(-(cdist(patches.middles, patches.middles) ** 2) / (2 * 0.4**2))
    contrast = (apart * near * background).sum(1) * (1 - background)
    # Photographers put subjects towards the middle; a mild preference settles ties.
    height, width = patches.labels.shape
    offset = (patches.middles - [height / max(height, width) / 2, width / max(height, width) / 2]) ** 2
    contrast *= np.exp(-offset.sum(1) / (2 * 0.35**2))
    low, high = np.percentile(contrast, [5, 97])
    # The root, because a face is nearer in colour to a wall than a jacket is, and belongs to the subject too.
    result: npt.NDArray[np.float64] = np.sqrt(np.clip((contrast - low) / max(high - low, 1e-9), 0, 1))
    return result


def _background(patches: Patches) -> npt.NDArray[np.float64]:
    """How surely each patch is background: how much of its colour's region runs along the picture's edge."""
    everywhere = np.arange(len(patches.area))
    alike = np.exp(-(patches.apart(everywhere, through_edge=True) ** 2) / (2 * _COLOUR_SIGMA**2))
    connectivity = alike[:, patches.edge()].sum(1) / np.sqrt(alike.sum(1))
    result: npt.NDArray[np.float64] = 1 - np.exp(-(connectivity**2) / 2)
    return result


def _outline(lab: npt.NDArray[np.float64], saliency: npt.NDArray[np.float64]) -> Map:
    """The saliency drawn to the picture's own edges, by a random walk from its surest pixels."""
    level = threshold_otsu(saliency)
    seeds = np.zeros(saliency.shape, np.int32)
    seeds[saliency >= level + 0.25 * (saliency.max() - level)] = 1
    seeds[saliency <= 0.6 * level] = 2
    if {0, 1, 2} != set(np.unique(seeds)):  # nothing to walk from, or nowhere to
        return saliency.astype(np.float32)
    # A coarse solution is enough: what it leaves outside 0–1 is clipped, and not worth a warning (prob_tol).
    walked = random_walker(
        lab / 100, seeds, beta=130, mode="cg_j", tol=1e-3, prob_tol=1, channel_axis=-1, return_full_prob=True
    )
    return _largest_things(np.clip(walked[0], 0, 1).astype(np.float32))


def _whole(lab: npt.NDArray[np.float64], mask: Map) -> Map:
    """With what is close around it, hangs together with it and has not the colours of what is behind: thin ends,
    which the walk leaves out, as a head that is cut off is what everybody sees."""
    sure = mask > 0.5
    around = binary_dilation(sure, iterations=_CLOSE)
    if not sure.any() or around.all():
        return mask
    behind = spread(lab, (~around).astype(np.float64)[..., None])
    other = around & (np.linalg.norm(lab - behind, axis=-1) > _OTHER)
    joined = binary_propagation(sure, mask=sure | binary_opening(other | sure))
    found: Map = np.maximum(mask, joined).astype(np.float32)
    return found


def _largest_things(mask: Map) -> Map:
    """`mask` without the small patches beside the subject (lamps, reflections), which would bend what they lie on.

    Patches hang together by thin bridges, so they are told apart once two pixels are taken off all around.
    """
    things, count = label(binary_erosion(mask > 0.5, iterations=_BRIDGE, border_value=1))
    if count < 2:
        return mask
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in mask.shape)
    middle = np.exp(-2 * (y[:, None] ** 2 + x[None, :] ** 2))
    weights = np.bincount(things.ravel(), middle.ravel())[1:]
    large = 1 + np.flatnonzero(weights >= _SMALLEST_THING * weights.max())
    kept = binary_dilation(np.isin(things, large), iterations=2 * _BRIDGE)
    return np.where(kept, mask, 0).astype(np.float32)
