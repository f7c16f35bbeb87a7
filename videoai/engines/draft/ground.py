"""The ground that a subject stands on: what goes on from the lower corners, and is not what is above."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videoai.engines.draft.patches import Patches
from videoai.events import Map

_SURE = 20.0
"""How much more colours must change on the way to what is above, in Lab, for ground to be sure."""
_ABOVE = 0.25
"""Of the picture, what is surely no ground."""
_LEAST = 0.15
"""Part of a row that must be ground for the ground to begin there."""


def ground_mask(patches: Patches, subject: Map) -> Map:
    """How surely each pixel is ground, 0–1: nothing of a subject, or of a wall that fills the picture."""
    barred = patches.mean(subject) > 0.5
    below = patches.lower_corners()
    above = np.unique(patches.labels[: max(1, int(_ABOVE * subject.shape[0]))])
    from_below, from_above = (patches.apart(start, barred).min(0) for start in (below, above))
    with np.errstate(invalid="ignore"):  # of what nothing leads to
        sure = np.nan_to_num(np.clip((from_above - from_below) / _SURE, 0, 1)) * ~barred
    found: Map = sure[patches.labels].astype(np.float32)
    return np.zeros_like(found) if patches.is_pattern(found > 0.5) else found


def horizon(ground: Map) -> int | None:
    """The row (of a ground mask) in which the ground begins; None where there is none to speak of."""
    rows: npt.NDArray[np.intp] = np.flatnonzero((ground > 0.5).mean(1) > _LEAST)
    height = len(ground)
    return int(rows[0]) if len(rows) and _ABOVE * height < rows[0] < height - 3 else None
