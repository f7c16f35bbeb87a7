"""A small picture as patches of like pixels (SLIC, Achanta et al. 2012), and how like each other they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from skimage.color import rgb2lab
from skimage.segmentation import slic

Numbers = npt.NDArray[np.float64]

_COUNT = 260
_CORNER = 0.2
"""Of the lower edge, at either side: people and tables come in between."""
_NOISE = 3.0
"""Difference in Lab between neighbours that is none."""

_SHADE, _SHARED = 12.0, 0.7
"""The difference in Lab that counts as another colour; and how much of its colours a part of a pattern shares with the
rest: bricks and stripes three quarters and more, a person before a wall of their own colours half."""


@dataclass(frozen=True, slots=True)
class Patches:
    """`lab` (height, width, 3) are the pixels' colours, `labels` (height, width) whose they are; for each patch, its
    `area` in pixels, its mean colour, and its middle as parts of the picture's longer side."""

    lab: Numbers
    labels: npt.NDArray[np.intp]
    area: Numbers
    colours: Numbers
    middles: Numbers

    @staticmethod
    def of(pixels: npt.NDArray[np.uint8]) -> Patches:
        """Of a picture about 200 pixels across."""
        lab = rgb2lab(pixels)
        labels = slic(pixels, _COUNT, compactness=12, sigma=0.7, start_label=0)
        count = int(labels.max()) + 1
        area = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
        colours = np.stack([np.bincount(labels.ravel(), lab[..., c].ravel(), count) / area for c in range(3)], 1)
        ys, xs = np.mgrid[0 : labels.shape[0], 0 : labels.shape[1]] / max(labels.shape)
        middles = np.stack([np.bincount(labels.ravel(), axis.ravel(), count) / area for axis in (ys, xs)], 1)
        return Patches(lab, labels, area, colours, middles)

    def mean(self, values: npt.NDArray[np.floating]) -> Numbers:
        """Of a map (height, width), in each patch."""
        found: Numbers = np.bincount(self.labels.ravel(), values.ravel(), len(self.area)) / self.area
        return found

    def edge(self) -> npt.NDArray[np.intp]:
        """Those along the picture's edge, but for the middle of the lower one."""
        return np.unique(np.concatenate([self.labels[0], self.labels[:, 0], self.labels[:, -1], self._corners()]))

    def lower_corners(self) -> npt.NDArray[np.intp]:
        """Those along the ends of the lower edge."""
        return np.unique(self._corners())

    def is_pattern(self, inside: npt.NDArray[np.bool_]) -> bool:
        """Whether a part of the picture is no other thing than the rest, but has its colours: of stripes, of bricks."""
        shades = np.floor(self.lab / _SHADE).astype(np.int64) @ np.array([1 << 20, 1 << 10, 1])
        names, each = np.unique(shades, return_inverse=True)
        each = each.reshape(inside.shape)
        part, rest = (np.bincount(each[of], minlength=len(names)) / max(of.sum(), 1) for of in (inside, ~inside))
        return float(np.minimum(part, rest).sum()) > _SHARED

    def _corners(self) -> npt.NDArray[np.intp]:
        width = max(1, round(_CORNER * self.labels.shape[1]))
        return np.concatenate([self.labels[-1, :width], self.labels[-1, -width:]])

    def apart(
        self, start: npt.NDArray[np.intp], around: npt.NDArray[np.bool_] | None = None, *, through_edge: bool = False
    ) -> Numbers:
        """How much colours change at least on the way from each of some patches to each other one: (start, all).

        The way goes from neighbour to neighbour, `around` the patches that are marked there; with `through_edge` those
        along the edge are neighbours of each other, since the background goes on outside the picture.
        """
        sides = np.concatenate([self.labels[:, :-1].ravel(), self.labels[:-1].ravel()])
        others = np.concatenate([self.labels[:, 1:].ravel(), self.labels[1:].ravel()])
        pairs = np.unique(np.sort(np.stack([sides, others], 1)[sides != others], axis=1), axis=0)
        if through_edge:
            edge = self.edge()
            ring = np.stack([edge, np.roll(edge, 1)], 1)
            pairs = np.concatenate([pairs, ring[ring[:, 0] != ring[:, 1]]])
        if around is not None:
            pairs = pairs[~around[pairs].any(1)]
        steps = np.linalg.norm(self.colours[pairs[:, 0]] - self.colours[pairs[:, 1]], axis=1)
        count = len(self.area)
        graph: csr_array = coo_array((np.maximum(steps - _NOISE, 1e-3), pairs.T), shape=(count, count)).tocsr()
        found: Numbers = dijkstra(graph, directed=False, indices=start)
        return found
