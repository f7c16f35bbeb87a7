"""Where the subject of a photo is: a soft mask, from whoever on this computer knows best."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from videoai.events import Map, Pixels

if TYPE_CHECKING:
    from videoai.engines.draft.patches import Patches


def subject_mask(pixels: Pixels, patches: Patches | None = None) -> Map:
    """How surely each pixel of a small picture (about 200 pixels across) belongs to its subject, 0–1.

    Its `patches` are used if it is in some already.

    On a Mac the system is asked, if the extra “vision” is installed. What it does not know is guessed, as elsewhere.
    """
    found = None
    if sys.platform == "darwin":
        from videoai.engines.draft import vision

        found = vision.subject_mask(pixels)
    if found is None:
        # With scikit-image.
        from videoai.engines.draft.guessed_subject import guessed_mask
        from videoai.engines.draft.patches import Patches

        found = guessed_mask(patches or Patches.of(pixels))
    return found
