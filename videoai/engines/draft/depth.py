"""A guess at how near each pixel of a photo is, good enough to move a camera through it a little.

Two things are assumed of a photo: what is lower in it is nearer (the ground runs away from the camera), and its
subject stands on that ground, upright and in front of the rest. The result follows the edges of the picture
(guided filter, He et al. 2010), so that what belongs together moves together.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from videoai.engines.draft.subject import Map, subject_mask
from videoai.events import Pixels
from videoai.media.resampling import resampled

SUBJECT = 0.85
"""The disparity of the subject: one value, so that it moves as a rigid thing."""

_GROUND = 0.4
"""The disparity of the lower edge; the upper edge has 0. Linear between them, because a straight line on a plane
of disparity stays straight: a curved ground bends towers and door frames."""

_WORKING_SIDE = 208
"""The guess is made on a picture this large on its longer side; finer detail in it would not be seen."""


def disparity(photo: Pixels) -> Map:
    """How near each pixel is: 0 for far away, about 1 for nearest; a map of the photo's size, with its edges."""
    height, width = photo.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = np.asarray(resampled(Image.fromarray(photo), size))
    return followed(photo, _scene(_standing(subject_mask(small))))


def followed(photo: Pixels, near: Map) -> Map:
    """A smaller map in the photo's size, drawn to the picture's own edges: 0 at least, 1 at most."""
    height, width = photo.shape[:2]
    guide = photo.astype(np.float32).mean(-1) / 255
    ratio = max(1, round(max(height, width) / max(near.shape)))
    enlarged = resampled(Image.fromarray(near), (width, height), Image.Resampling.BILINEAR)
    return np.clip(_guided_filter(guide, np.asarray(enlarged), radius=2 * ratio, epsilon=1e-3), 0, 1)


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
