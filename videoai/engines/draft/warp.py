"""Drawing a frame from the photo: each pixel is fetched from where it comes from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates, spline_filter


class Warp:
    """A photo ready to be sampled anywhere, by cubic splines.

    Cubic, because linear sampling blurs a picture by how far it is from whole pixels: a slow move would pulse
    between sharp and soft.
    """

    def __init__(self, photo: npt.NDArray[np.uint8]) -> None:
        planes = np.moveaxis(photo.astype(np.float32), -1, 0)
        self._splines = [spline_filter(plane, order=3, mode="mirror", output=np.float32) for plane in planes]

    def __call__(self, coordinates: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        """The frame whose pixels lie at `coordinates` (2, height, width) in the photo: (height, width, 3)."""
        planes = [
            map_coordinates(plane, coordinates, order=3, mode="mirror", prefilter=False, output=np.float32)
            for plane in self._splines
        ]
        frame: npt.NDArray[np.uint8] = np.clip(np.rint(np.stack(planes, -1)), 0, 255).astype(np.uint8)
        return frame
