"""A guess at how near each pixel of a photo is, good enough to move a camera through it a little.

Three things are assumed of a photo: what is lower in it is nearer; where there is ground, it runs away from the camera;
and its subject stands on that ground, upright and in front of the rest. The result follows the edges of the picture
(guided filter, He et al. 2010), so that what belongs together moves together.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter, uniform_filter

from videoai.engines.draft.camera import SUBJECT
from videoai.engines.draft.ground import ground_mask, horizon
from videoai.engines.draft.patches import Patches
from videoai.engines.draft.subject import subject_mask
from videoai.events import Map, Pixels
from videoai.media.resampling import resampled

_ABOVE, _BELOW = 0.1, 0.3
"""The disparity of the upper and the lower edge of what is behind. Linear between them, because a straight line on a
plane of disparity stays straight: towers and door frames are not bent."""

_FEET = 0.8
"""The disparity of the ground where the subject stands: all but its own, so that it does not slide."""

_WORKING_SIDE = 208
"""The guess is made on a picture this large on its longer side; finer detail in it would not be seen."""


def disparity(photo: Pixels) -> Map:
    """How near each pixel is: 0 for far away, about 1 for nearest; a map of the photo's size, with its edges."""
    height, width = photo.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = np.asarray(resampled(Image.fromarray(photo), size))
    patches = Patches.of(small)
    # A little wider than it is: rather does it take a rim of what is behind it along than leave its own there.
    subject = np.clip(1.5 * maximum_filter(subject_mask(small, patches), 5) - 0.25, 0, 1)
    behind = _behind(subject, ground_mask(patches, subject))
    return followed(photo, behind + subject * (SUBJECT - behind))


def calibrated(near: Map) -> Map:
    """A map that was measured in the terms of one that is guessed: 0 for the furthest, SUBJECT for what is nearest
    about the middle, where the subject is."""
    height, width = near.shape
    middle = near[height // 4 : height - height // 4, width // 4 : width - width // 4]
    far, subject = float(np.percentile(near, 2)), float(np.percentile(middle, 80))
    found: Map = (SUBJECT * (near - far) / max(subject - far, 0.05)).clip(0, 1.1)
    return found


def _behind(subject: Map, ground: Map) -> Map:
    """A plane that leans away, and the ground before it: level with it where it begins, at the subject's feet near."""
    down = np.linspace(0, 1, subject.shape[0], dtype=np.float32)[:, None]
    plane = _ABOVE + (_BELOW - _ABOVE) * down + np.zeros_like(subject)
    begins = horizon(ground)
    if begins is None:
        return plane
    start, standing = float(down[begins, 0]), np.flatnonzero((subject > 0.5).any(1))
    feet = float(down[standing[-1], 0]) if len(standing) else 1.0
    level = float(plane[begins, 0])
    floor = level + (_FEET - level) * np.clip((down - start) / max(feet - start, 0.15), 0, 1.2)
    found: Map = plane + ground * (floor - plane)
    return found


def followed(photo: Pixels, near: Map) -> Map:
    """A smaller map in the photo's size, drawn to the picture's own edges: 0 at least, 1 at most."""
    height, width = photo.shape[:2]
    guide = photo.astype(np.float32).mean(-1) / 255
    ratio = max(1, round(max(height, width) / max(near.shape)))
    enlarged = resampled(Image.fromarray(near), (width, height), Image.Resampling.BILINEAR)
    drawn: Map = np.clip(_guided_filter(guide, np.asarray(enlarged), radius=2 * ratio, epsilon=1e-3), 0, 1)
    return drawn


def _guided_filter(guide: Map, values: Map, radius: int, epsilon: float) -> Map:
    """`values` smoothed over (2·radius + 1)² windows, but not across the edges of `guide`."""

    def mean(of: Map) -> Map:
        result: Map = uniform_filter(of, 2 * radius + 1, mode="nearest")
        return result

    guide_mean, values_mean = mean(guide), mean(values)
    slope = (mean(guide * values) - guide_mean * values_mean) / (mean(guide * guide) - guide_mean**2 + epsilon)
    return mean(slope) * guide + mean(values_mean - slope * guide_mean)
