"""What everything mode looks at: a plane as a whole, with or without crops, or in frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.lattice import Frame, Lattice
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.model.proposals import Clicks
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.segment.everything.crops import cover
from napari_samwise.segment.everything.grid import grid_clicks, grid_in_plane
from napari_samwise.segment.everything.options import GRID_POINTS, Search

_EDGE_MARGIN_PX = 20
"""A mask whose box comes so near to an inner edge of its part is taken for cut off."""
_EDGE_MARGIN_SHARE = 0.02
"""... but the margin is no more than this share of the part's side."""
_SEED_MARGIN_PX = 8
"""Seeds so near to a cell are clicked too, because neighbours may see one on different sides of
their border; the masks are the same, and one of them stays."""


FAST_FRAME_PX = 1792
"""Side of the frames of models that encode fast: cells of 1024 pixels with context around."""
_CONTEXT_PX = 384
"""So far a place has a say in what such an encoder makes of another. With less around a cell, the
frame's border would decide between masks that are about as good."""


class View(ABC):
    """One plane in parts that are encoded on their own.

    Attributes
    ----------
    plane_size : tuple of int
        `(Y, X)` in pixels.
    parts : tuple of Frame
        What is encoded.
    """

    plane_size: tuple[int, int]
    parts: tuple[Frame, ...]

    @property
    def part_areas(self) -> NDArray[np.int64] | None:
        """`(parts,)` pixels of each, where parts see the same objects and smaller ones better."""
        return None

    @abstractmethod
    def embedding(self, part: Frame) -> Embedding:
        """Encode a part."""

    @abstractmethod
    def grid(self, part: Frame, search: Search) -> Clicks:
        """Return the clicks of a grid that a part is in charge of, in pixels from its corner."""

    def own(self, part: Frame, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which seeds, (y, x) in pixels from its corner, a part is in charge of."""
        margin = _SEED_MARGIN_PX * part.step
        start = np.array(part.inner.offset) - part.roi.offset - margin
        end = np.array(part.inner.end) - part.roi.offset + margin
        mine = (points >= start) & (points < end)
        return mine[:, 0] & mine[:, 1]

    def least_extent(self, part: Frame) -> float:
        """Return the longest side of a box, in pixels, up to which finer parts see an object."""
        return 0.0

    def cuts(self, part: Frame, box: Roi) -> bool:
        """Tell whether a mask's box ends at an edge of a part which is none of the plane."""
        for axis in (0, 1):
            start, end = part.roi.offset[axis], part.roi.end[axis]
            margin = min(_EDGE_MARGIN_PX * part.step, _EDGE_MARGIN_SHARE * (end - start))
            if start > 0 and box.offset[axis] - start <= margin:
                return True
            if end < self.plane_size[axis] and end - box.end[axis] <= margin:
                return True
        return False


class WholeView(View):
    """A plane that is encoded as one, and crops of it if they are asked for.

    Parameters
    ----------
    predictor : Predictor
        Encodes.
    plane : ndarray
        `(Y, X)`, `(Y, X, 3)` or `(Y, X, 4)` of any real dtype.
    intensity : Intensity or str
        How values become 8 bits.
    search : Search
        Its crops count.

    Raises
    ------
    InputError
        If crops became too small.
    """

    def __init__(
        self,
        predictor: Predictor,
        plane: NDArray[Any],
        intensity: Intensity | str,
        search: Search,
    ) -> None:
        self._predictor = predictor
        self._plane = plane
        self._intensity = intensity
        self.plane_size = (plane.shape[0], plane.shape[1])
        crops = cover(self.plane_size, search.crop_layers, search.crop_overlap)
        self._layers = [crop.layer for crop in crops]
        self.parts = tuple(
            Frame(0, (0, index), crop.roi, crop.roi) for index, crop in enumerate(crops)
        )

    @property
    def part_areas(self) -> NDArray[np.int64] | None:
        """`(crops,)` pixels of each; None where there is no crop."""
        if len(self.parts) == 1:
            return None
        return np.array([int(np.prod(part.roi.shape)) for part in self.parts], dtype=np.int64)

    def embedding(self, part: Frame) -> Embedding:
        """Encode the plane or a crop of it."""
        return self._predictor.encode(self._plane[part.roi.slices], intensity=self._intensity)

    def grid(self, part: Frame, search: Search) -> Clicks:
        """Return a grid over the plane or crop, sparser in deeper layers."""
        points = search.points_per_side or GRID_POINTS
        layer = self._layers[part.index[1]]
        size = (part.roi.shape[0], part.roi.shape[1])
        return grid_clicks(size, max(1, points // search.crop_points_divisor**layer))


class FramedView(View):
    """A plane of any size in frames of all levels; each keeps what its cell owns.

    Parameters
    ----------
    predictor : Predictor
        Encodes.
    source : PlaneSource
        The plane.
    intensity : Intensity
        How values become 8 bits.
    frame_px : int, optional
        Side of a frame in pixels of its level; by default what suits the model.
    """

    def __init__(
        self,
        predictor: Predictor,
        source: PlaneSource,
        intensity: Intensity,
        frame_px: int | None = None,
    ) -> None:
        is_fast = predictor.model.encodes_fast
        if is_fast and frame_px is None:
            frame_px = FAST_FRAME_PX
        self._plane = FramedPlane(_without_memory(predictor), source, intensity, frame_px=frame_px)
        lattice = self._plane.lattice
        self._frame_px = lattice.frame_px
        self.plane_size = source.plane_size
        cut = wide_frames if is_fast else Lattice.frames
        self.parts = tuple(frame for level in range(lattice.count) for frame in cut(lattice, level))

    def embedding(self, part: Frame) -> Embedding:
        """Encode a frame."""
        return self._plane.embedding(part)

    def grid(self, part: Frame, search: Search) -> Clicks:
        """Return the points of the level's grid that lie in the frame's cell."""
        points = search.points_per_side or GRID_POINTS
        clicks = grid_in_plane(part.inner, self._frame_px * part.step / points)
        return Clicks(clicks.points - part.roi.offset)

    def least_extent(self, part: Frame) -> float:
        """Return half a frame of the level below, which is sure to hold such an object whole.

        Not with a model's own seeds: it clicks an object on the level that suits it, and no other.
        """
        if self._plane.predictor.model.has_seeds or not part.level:
            return 0.0
        return self._frame_px * part.step / 4


def wide_frames(lattice: Lattice, level: int) -> Iterator[Frame]:
    """Yield cells that tile a level, as frames that look as far around as the encoder reaches.

    The frames of the lattice serve prompts as well, and slow encoders should not encode twice; a
    fast one rather has fewer and wider frames of its own.

    Parameters
    ----------
    lattice : Lattice
        Of the plane; frames narrower than 1536 pixels get wider than it says.
    level : int
        The level.
    """
    side = max(lattice.frame_px // 2, lattice.frame_px - 2 * _CONTEXT_PX) << level
    context = _CONTEXT_PX << level
    plane = Roi((0, 0), lattice.plane_size)
    rows, columns = (-(-extent // side) for extent in lattice.plane_size)
    for row, column in product(range(rows), range(columns)):
        cell = Roi((row * side, column * side), (side, side)).intersect(plane)
        yield Frame(level, (row, column), cell.grow(context).intersect(plane), cell)


def _without_memory(predictor: Predictor) -> Predictor:
    """Return a predictor that does not fill the memory with frames which are looked at once.

    Where encoding is slow they are worth their place, and the store has its own bound.
    """
    if not predictor.model.encodes_fast:
        return predictor
    store = EmbeddingStore(0, disk=predictor.store.disk, fills_disk=False)
    return Predictor(predictor.model, store=store)
