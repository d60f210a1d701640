"""Objects that nobody has named: what everything mode sees where no track is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.generate import segment_everything
from napari_samwise.segment.tracking.contest import LEAST_FREE, free_part
from napari_samwise.segment.tracking.regions import Region, regions_of
from napari_samwise.segment.tracking.view import Movie, View


def find_newcomers(movie: Movie, view: View, plane: NDArray[np.int32]) -> list[Region]:
    """Return the objects of a frame that are largely free.

    Parameters
    ----------
    movie : Movie
        Its predictor and intensity are used.
    view : View
        The frame.
    plane : ndarray
        `(Y, X)` int32, who owns its pixels.
    """
    axes = "YX" if view.plane.ndim == 2 else "YXC"
    found = segment_everything(view.plane, movie.predictor, axes, intensity=movie.intensity)
    newcomers = []
    for region in regions_of(found).values():
        free = free_part(region.mask, plane)
        if free.area >= LEAST_FREE * region.area:
            newcomers.append(Region.from_mask(free))
    return newcomers
