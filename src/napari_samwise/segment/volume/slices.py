"""The slices of a volume, opened one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.planes import Position, label_plane, read_plane
from napari_samwise.segment.volume.opened_slice import FramedSlice, Slice, WholeSlice


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
