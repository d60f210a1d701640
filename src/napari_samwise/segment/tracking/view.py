"""One frame as the tracker sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import Intensity, validate_plane
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.planes import read_plane


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An encoded frame.

    Parameters
    ----------
    frame : int
        Its index on the time axis.
    plane : ndarray
        `(Y, X)`, `(Y, X, 3)` or `(Y, X, 4)`, as stored.
    grey : ndarray
        `(Y, X)` float32, 0 to 255, the mean of what the encoder sees.
    embedding : Embedding
        Of the plane.
    """

    frame: int
    plane: NDArray[Any]
    grey: NDArray[np.float32]
    embedding: Embedding

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` of the frame."""
        return self.embedding.image_size


@dataclass(frozen=True, slots=True, eq=False)
class Movie:
    """Planes in time, and what encodes them.

    Parameters
    ----------
    image : array-like
        Anything that is sliced like an array.
    axes : Axes
        T, Y and X, and C if there are channels.
    predictor : Predictor
        Encodes and decodes.
    intensity : Intensity
        One for all frames.
    """

    image: Any
    axes: Axes
    predictor: Predictor
    intensity: Intensity

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(T, Y, X)`, whatever the order of the image's axes."""
        extents = dict(zip(self.axes.names, self.image.shape, strict=True))
        return extents["T"], extents["Y"], extents["X"]

    def view(self, frame: int) -> View:
        """Read and encode one frame, or find it in the predictor's store."""
        plane = read_plane(self.image, self.axes, (frame,))
        seen = self.intensity.apply(validate_plane(plane)[0])
        return View(
            frame,
            plane,
            seen.mean(axis=2, dtype=np.float32),
            self.predictor.encode(plane, intensity=self.intensity),
        )
