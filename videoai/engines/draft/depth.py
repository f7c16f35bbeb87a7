"""A guess at how near each pixel of a photo is, good enough to move a camera through it a little.

Two things are assumed of a photo: what is lower in it is nearer (the ground runs away from the camera), and its
subject stands on that ground, upright and in front of the rest. The result follows the edges of the picture
(guided filter, He et al. 2010), so that what belongs together moves together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter, maximum_filter, uniform_filter

from videoai.engines.draft.subject import Map, subject_mask
from videoai.media.resampling import resampled

SUBJECT = 0.85
"""The disparity of the subject: one value, so that it moves as a rigid thing."""

_GROUND = 0.4
"""The disparity of the lower edge; the upper edge has 0. Linear between them, because a straight line on a plane
of disparity stays straight: a curved ground bends towers and door frames."""

_WORKING_SIDE = 208
"""The guess is made on a picture this large on its longer side; finer detail in it would not be seen."""


def disparity(photo: npt.NDArray[np.uint8], softness: float) -> Map:
    """How near each pixel is: 0 for far away, about 1 for nearest; a map of the photo's size.

    `softness` is the standard deviation in pixels of the blur that depth gets: the larger the camera's move, the
    softer the depth must be for a warp by it to stay free of folds. Near things are first widened by twice as
    much, so that the softening bends their surroundings and not them.
    """
    height, width = photo.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = np.asarray(resampled(Image.fromarray(photo), size))
    subject = _standing(subject_mask(small))
    guide = small.astype(np.float32).mean(-1) / 255
    near = np.clip(_guided_filter(guide, _scene(subject), radius=4, epsilon=1e-3), 0, SUBJECT)
    return _soft(near, width, height, scale, softness)


def softened(near: Map, softness: float) -> Map:
    """A map of the photo's size that is known, 0 for the furthest, 1 for the nearest, as `disparity` gives one."""
    height, width = near.shape
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = np.asarray(resampled(Image.fromarray(SUBJECT * near), size))
    return _soft(small, width, height, scale, softness)


def _soft(near: Map, width: int, height: int, scale: float, softness: float) -> Map:
    """A small map widened, softened and brought to the photo's size."""
    sigma = max(softness * scale, 1.0)
    near = gaussian_filter(maximum_filter(near, size=1 + 2 * round(2 * sigma)), sigma, mode="nearest")
    enlarged = resampled(Image.fromarray(near), (width, height), Image.Resampling.BICUBIC)
    # What the enlargement leaves of the small map's grid would show as a ripple in straight lines.
    smooth: Map = gaussian_filter(np.asarray(enlarged), sigma=0.5 / scale, mode="nearest")
    return smooth


def _standing(subject: Map) -> Map:
    """A subject goes on below itself: heads have shoulders, cups stand on saucers."""
    below: Map = np.maximum.accumulate(subject, axis=0)
    standing: Map = np.maximum(subject, 0.7 * below)
    return standing


def _scene(subject: Map) -> Map:
    """The subject set upright on a ground plane."""
    ground = np.linspace(0, _GROUND, subject.shape[0], dtype=np.float32)[:, None]
    scene: Map = ground + subject * (SUBJECT - ground)
    return scene


def _guided_filter(guide: Map, values: Map, radius: int, epsilon: float) -> Map:
    """`values` smoothed over (2·radius + 1)² windows, but not across the edges of `guide`."""

    def mean(of: Map) -> Map:
        result: Map = uniform_filter(of, 2 * radius + 1, mode="nearest")
        return result

    guide_mean, values_mean = mean(guide), mean(values)
    slope = (mean(guide * values) - guide_mean * values_mean) / (mean(guide * guide) - guide_mean**2 + epsilon)
    return mean(slope) * guide + mean(values_mean - slope * guide_mean)
