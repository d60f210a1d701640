"""Objects that nobody has named: what everything mode sees where no track is."""

from __future__ import annotations

from typing import Any

from napari_samwise.segment.everything.generate import segment_everything
from napari_samwise.segment.tracking.owners import LEAST_FREE, Owners
from napari_samwise.segment.tracking.regions import Region, read_regions
from napari_samwise.segment.tracking.view import Movie


def find_newcomers(movie: Movie, frame: int, owners: Owners) -> list[Region]:
    """Return the objects of a frame that are largely free.

    Parameters
    ----------
    movie : Movie
        Its predictor and intensity are used, and it is asked whether to stop.
    frame : int
        Index of the frame.
    owners : Owners
        Who owns its pixels.

    Raises
    ------
    Cancelled
        If the movie's ``should_stop`` returned True.
    """
    found = segment_everything(
        [
            _OneFrame(level, movie.axes.names.index("T"), frame, movie.shape[0])
            for level in movie.levels
        ],
        movie.predictor,
        movie.axes.names.replace("T", ""),
        intensity=movie.intensity,
        should_stop=movie.should_stop,
    )
    newcomers = []
    for region in read_regions(found, ()).values():
        free = owners.free(region.mask)
        if free.area >= LEAST_FREE * region.area:
            newcomers.append(Region.from_mask(free))
    return newcomers


class _OneFrame:
    """One frame of a movie as an array that is read where it is sliced.

    Parameters
    ----------
    movie : array-like
        Anything that is sliced like an array.
    axis : int
        Which of its axes is time.
    frame : int
        Index of the frame.
    frames : int
        How many there are; a coarser level may have fewer.
    """

    def __init__(self, movie: Any, axis: int, frame: int, frames: int) -> None:
        self._movie = movie
        self._axis = axis
        self._frame = frame * int(movie.shape[axis]) // frames
        shape = tuple(int(extent) for extent in movie.shape)
        self.shape = shape[:axis] + shape[axis + 1 :]
        self.dtype = movie.dtype
        self.ndim = len(self.shape)

    def __getitem__(self, index: Any) -> Any:
        items = list(index) if isinstance(index, tuple) else [index]
        items += [slice(None)] * (self.ndim - len(items))
        items.insert(self._axis, self._frame)
        return self._movie[tuple(items)]
