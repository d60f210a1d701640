"""A predictor that tells which part of a large plane it is at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.lattice import Frame
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.predictor import Predictor


class WatchedPredictor(Predictor):
    """Encodes as any predictor.

    Attributes
    ----------
    part : Frame or None
        What is being encoded now, if it is a part of a large plane; read from any thread.
    """

    part: Frame | None = None

    def encode_frame(
        self, picture: NDArray[np.uint8] | NDArray[np.float32], frame: Frame
    ) -> Embedding:
        """Return the embedding of a frame of a larger plane, see :class:`Predictor`."""
        self.part = frame
        try:
            return super().encode_frame(picture, frame)
        finally:
            self.part = None
