"""Everything mode without clicks: what the model's instance decoder sees of a plane, as labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.watershed import label_distances


def label_by_distances(
    plane: NDArray[Any],
    predictor: Predictor,
    *,
    intensity: Intensity | str,
    options: EverythingOptions,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> NDArray[np.int32]:
    """Label one plane by the distances that the model predicts.

    Parameters
    ----------
    plane : ndarray
        `(Y, X)`, `(Y, X, 3)` or `(Y, X, 4)` of any real dtype.
    predictor : Predictor
        Of a model that ``has_distances``.
    intensity : Intensity or str
        How values become 8 bits.
    options : EverythingOptions
        Its ``watershed`` and ``min_area`` count, nothing else.
    progress : callable, optional
        Called with (done, total).
    should_stop : callable, optional
        Asked before the plane is encoded and before it is decoded.

    Returns
    -------
    ndarray
        `(Y, X)` int32, 0 is background.

    Raises
    ------
    ImageError
        If this is no plane.
    Cancelled
        If ``should_stop`` returned True.
    """
    steps = 2
    _check_stop(should_stop)
    embedding = predictor.encode(plane, intensity=intensity)
    if progress is not None:
        progress(1, steps)
    _check_stop(should_stop)
    with torch.inference_mode():
        found = predictor.model.find_distances(embedding.features, embedding.image_size)
    maps = (found.foreground, found.centre, found.boundary)
    foreground, centre, boundary = (each.float().cpu().numpy() for each in maps)
    labels = label_distances(foreground, centre, boundary, options.watershed, options.min_area)
    if progress is not None:
        progress(steps, steps)
    return labels


def _check_stop(should_stop: Callable[[], bool] | None) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled("Everything mode was stopped; the encoded planes are kept.")
