"""The slices of a volume, read and encoded one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.prediction import Prediction
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import Position, label_plane, read_plane


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One slice, ready to be decoded.

    Parameters
    ----------
    grey : ndarray
        `(Y, X)` float32, 0 to 255, what the encoder saw, its channels averaged.
    embedding : Embedding
        Its features.
    predictor : Predictor
        What decodes them.
    """

    grey: NDArray[np.float32]
    embedding: Embedding
    predictor: Predictor

    def decode(self, prompts: Prompts, keep: int | None = None) -> Prediction:
        """Decode prompts of one object on this slice."""
        return self.predictor.decode(self.embedding, prompts, keep=keep)


@dataclass(frozen=True, slots=True, eq=False)
class SliceStack:
    """A volume as slices along one axis; only one of them is in memory at a time.

    Parameters
    ----------
    image : array-like
        Anything that is sliced like an array.
    axes : Axes
        With the planes of Y and X as slices (``turn_axes``).
    step_axis : int
        Index of the axis from slice to slice among ``axes.leading``.
    predictor : Predictor
        Encodes, and keeps what it encoded.
    intensity : Intensity
        The same for all slices.
    """

    image: Any
    axes: Axes
    step_axis: int
    predictor: Predictor
    intensity: Intensity

    @property
    def spatial_shape(self) -> tuple[int, ...]:
        """Extents of the spatial axes."""
        return self.axes.spatial_shape(self.image.shape)

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
        """Read and encode one slice; what was encoded before comes from the store."""
        plane = read_plane(self.image, self.axes, self.position(rest, index))
        embedding = self.predictor.encode(plane, intensity=self.intensity)
        grey = self.intensity.apply(plane).mean(axis=-1, dtype=np.float32)
        return Slice(grey, embedding, self.predictor)

    def part_of(self, labels: NDArray[np.int32], rest: Position, index: int) -> NDArray[np.int32]:
        """Return the writable view `(Y, X)` of one slice of the labels."""
        return label_plane(labels, self.axes, self.position(rest, index))

    def position(self, rest: Position, index: int) -> Position:
        """Return the position on all axes to step through."""
        return (*rest[: self.step_axis], index, *rest[self.step_axis :])
