"""Clicks that ``nano`` gives itself: the deepest points of what its dense heads see.

On every level of the pyramid the heads say of each place whether it belongs to an object, how
deep inside, and how large that object is (``nano_heads.py``). The deepest points are the seeds.
An object shows on several levels; it is clicked on the level where its size suits a window, or on
two where it lies between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from scipy.spatial import cKDTree
from skimage.morphology import local_maxima, reconstruction
from torch import Tensor

from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.model.proposals import Clicks

BEST_SIZE_PX = 40.0
"""Size of an object that suits a window best: the middle, by ratio, of what training shows."""

_STRIDE = 4
_UNIT_PX = 32.0
_PROMINENCE = 0.15
_OWN_SHARE = 0.4
"""Share of an object's size around its seed in which there is no other; half of it is its edge."""
_TOLERANCE = 0.85
"""Factors of two by which an object's size may differ from the best one. Half of one would do if
neighbouring levels agreed on sizes; what both take is decoded twice, and the better mask stays."""


@dataclass(frozen=True, slots=True, eq=False)
class LevelClicks(Clicks):
    """Clicks that are decoded on the level where they were found.

    Parameters
    ----------
    levels : ndarray, optional
        `(N,)` int64; by default the level that suits each size.
    """

    levels: NDArray[np.int64] | None = None

    def part(self, start: int, stop: int) -> LevelClicks:
        """Return the clicks ``start <= index < stop``."""
        plain = Clicks(self.points, self.sizes).part(start, stop)
        levels = None if self.levels is None else self.levels[start:stop]
        return LevelClicks(plain.points, plain.sizes, levels)


def suited_level(sizes: NDArray[np.float64], pyramid: Pyramid) -> NDArray[np.int64]:
    """Return the level on which objects are nearest to the best size for a window.

    Parameters
    ----------
    sizes : ndarray
        `(N,)` float64, square roots of areas in pixels of the plane.
    pyramid : Pyramid
        The pyramid of the plane.
    """
    steps = np.log2(np.maximum(sizes * _mean_scale(pyramid, 0), 1.0) / BEST_SIZE_PX)
    return np.rint(steps).clip(0, pyramid.count - 1).astype(np.int64)


def find_seeds(dense: Sequence[Tensor], pyramid: Pyramid, min_confidence: float) -> LevelClicks:
    """Return a click for every object that the dense heads see, on each level that suits it.

    No level knows of another, so a level gives the same clicks alone or among others, and in a
    frame the same as in the whole plane.

    Parameters
    ----------
    dense : sequence of Tensor
        `(3, h, w)` float32 of every level, at stride 4: foreground logit, depth, log size.
    pyramid : Pyramid
        The pyramid of the plane or frame.
    min_confidence : float
        0 to 1, of foreground probability times relative depth.

    Returns
    -------
    LevelClicks
        With sizes; the finest level first, on each the surest first.
    """
    points, sizes, levels = [], [], []
    for level, maps in enumerate(dense):
        scale = np.array(pyramid.scale(level))
        height, width = (-(-side // _STRIDE) for side in pyramid.size(level))
        cells, confidence, size = _peaks(maps[:, :height, :width], min_confidence)
        place = (cells + 0.5) * _STRIDE / scale - 0.5
        place = place.clip(0, np.array(pyramid.image_size) - 1.0)
        extent = size / _mean_scale(pyramid, level)
        chosen = _thin_out(place, extent, confidence)
        chosen = chosen[_suits(size[chosen], level, pyramid)]
        points.append(place[chosen])
        sizes.append(extent[chosen])
        levels.append(np.full(len(chosen), level))
    return LevelClicks(np.concatenate(points), np.concatenate(sizes), np.concatenate(levels))


def _suits(sizes: NDArray[np.float64], level: int, pyramid: Pyramid) -> NDArray[np.bool_]:
    """Tell which sizes, in pixels of the level, are near enough to the best one for a window.

    Nothing is too small where no level is finer, or too large where none is coarser.
    """
    octaves = np.log2(sizes / BEST_SIZE_PX)
    is_finest = level == 0 and pyramid.frame_step in (None, 1)
    is_coarsest = max(pyramid.size(level)) <= WINDOW_PX
    suited: NDArray[np.bool_] = (octaves >= -_TOLERANCE) | is_finest
    suited &= (octaves <= _TOLERANCE) | is_coarsest
    return suited


def _mean_scale(pyramid: Pyramid, level: int) -> float:
    """Return pixels of a level per pixel of the plane; they differ by rounding along y and x."""
    y, x = pyramid.scale(level)
    return float(np.sqrt(y * x))


def _peaks(
    maps: Tensor, min_confidence: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the cells `(N, 2)` of one level's peaks, their confidence, and size in px.

    A peak rises by ``_PROMINENCE`` above the pass to any higher one (h-maxima; Soille 2003,
    section 6.3), so that an oblong object has one and two that touch have two.
    """
    # In double precision in memory only: Apple's GPUs don't have it.
    confidence = (maps[0].sigmoid() * maps[1].clamp(0, 1)).cpu().double().numpy()
    flooded = reconstruction(confidence - _PROMINENCE, confidence)
    summits, count = ndi.label(
        local_maxima(flooded) & (confidence >= min_confidence), np.ones((3, 3))
    )
    places = ndi.maximum_position(confidence, summits, range(1, count + 1))
    cells = np.array(places, dtype=np.int64).reshape(-1, 2)
    y, x = cells.T
    size = _UNIT_PX * maps[2].clamp(-4, 4).exp2().cpu().double().numpy()[y, x]
    return cells, confidence[y, x], size


def _thin_out(
    points: NDArray[np.float64], sizes: NDArray[np.float64], worth: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Choose the seeds that are worth most, and none within another one's own share."""
    order = np.lexsort((points[:, 1], points[:, 0], -worth))
    free = np.ones(len(points), dtype=bool)
    chosen = []
    tree = cKDTree(points) if len(points) else None
    for index in order.tolist():
        if tree is None or not free[index]:
            continue
        chosen.append(index)
        near = np.array(tree.query_ball_point(points[index], _OWN_SHARE * sizes[index]))
        away = np.hypot(*(points[near] - points[index]).T)
        free[near[away <= _OWN_SHARE * np.minimum(sizes[near], sizes[index])]] = False
    return np.array(chosen, dtype=np.int64)
