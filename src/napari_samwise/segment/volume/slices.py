"""The slices of a volume, opened one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.cut import cut_plane
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.intensity.plane import MIN_SIDE
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.planes import Position, label_plane, read_plane
from napari_samwise.segment.volume.opened_slice import FramedSlice, Slice, WholeSlice
from napari_samwise.segment.volume.orientation import turn_axes


@dataclass(frozen=True, slots=True, eq=False)
class SliceStack:
    """A volume as slices along one axis; at most one of them is in memory at a time.

    Slices too large for the model to see at once are opened in frames.

    Parameters
    ----------
    levels : sequence of array
        Anything that is sliced like an array, the finest first; the coarser ones, if any, only
        serve slices in frames.
    axes : Axes
        With the planes of Y and X as slices (``turn_axes``).
    step_axis : int
        Index of the axis from slice to slice among ``axes.leading``.
    predictor : Predictor
        Encodes, and keeps what it encoded.
    intensity : Intensity
        The same for all slices.
    grey_intensity : Intensity
        Of the grey values in frames; with limits, so that all regions can be compared.
    should_stop : callable, optional
        Asked before each frame.
    """

    levels: Sequence[Any]
    axes: Axes
    step_axis: int
    predictor: Predictor
    intensity: Intensity
    grey_intensity: Intensity
    should_stop: Callable[[], bool] | None = None

    @property
    def spatial_shape(self) -> tuple[int, ...]:
        """Extents of the spatial axes."""
        return self.axes.spatial_shape(self.levels[0].shape)

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.spatial_shape[self.axes.leading[self.step_axis]]

    @property
    def slice_size(self) -> tuple[int, int]:
        """`(Y, X)` of a slice."""
        y, x = self.axes.plane
        return self.spatial_shape[y], self.spatial_shape[x]

    def load(self, rest: Position, index: int) -> Slice:
        """Open one slice; what was encoded before comes from the store."""
        position = self.position(rest, index)
        if max(self.slice_size) > self.predictor.model.whole_px:
            return self._in_frames(position)
        plane = read_plane(self.levels[0], self.axes, position)
        embedding = self.predictor.encode(plane, intensity=self.intensity)
        grey = self.intensity.apply(plane).mean(axis=-1, dtype=np.float32)
        return WholeSlice(grey, embedding, self.predictor)

    def encode_side(self, rest: Position, axis: int, at: int, rows: range) -> Embedding | None:
        """Encode a plane across the slices.

        Parameters
        ----------
        rest : tuple of int
            Position on the axes to step through other than the one across the slices.
        axis : {0, 1}
            The plane lies at one y (0) or at one x (1) of the slices.
        at : int
            That y or x.
        rows : range
            Slices that it cuts.

        Returns
        -------
        Embedding or None
            Of `(slices, pixels)`; None where slices are no third dimension of space, are opened in
            frames, or are too few.
        """
        spatial = self.axes.spatial
        step = self.axes.leading[self.step_axis]
        sides = (len(rows), self.slice_size[1 - axis])
        longest = max(*sides, *self.slice_size)
        if min(sides) < MIN_SIDE or longest > self.predictor.model.whole_px or spatial[step] != "Z":
            return None
        turned = turn_axes(self.axes, "YX"[axis])
        index = dict(zip(self.axes.leading, self.position(rest, 0), strict=True))
        index[self.axes.plane[axis]] = at
        roi = Roi((rows.start, 0), sides)
        position = tuple(index[across] for across in turned.leading)
        plane = cut_plane(self.levels[0], turned, position, roi)
        return self.predictor.encode(plane, intensity=self.intensity)

    def part_of(self, labels: NDArray[np.int32], rest: Position, index: int) -> NDArray[np.int32]:
        """Return the writable view `(Y, X)` of one slice of the labels."""
        return label_plane(labels, self.axes, self.position(rest, index))

    def position(self, rest: Position, index: int) -> Position:
        """Return the position on all axes to step through."""
        return (*rest[: self.step_axis], index, *rest[self.step_axis :])

    def _in_frames(self, position: Position) -> FramedSlice:
        source = PlaneSource(self.levels, self.axes, position)
        plane = FramedPlane(self.predictor, source, self.intensity)
        return FramedSlice(plane, self.grey_intensity, self.should_stop)
