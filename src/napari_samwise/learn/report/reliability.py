"""Calibration curves: true IoU against what the models promised."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from napari_samwise.learn.calibration import Calibration
from napari_samwise.learn.report.canvas import (
    INK,
    LEFT_PX,
    Panel,
    colour_of,
    line_y,
    new_picture,
    panels_size,
)

_WHOLE: tuple[float, float] = (0.0, 1.0)
_LARGEST_DOT_PX = 12
_SMALLEST_DOT_PX = 2


def draw_calibrations(models: Mapping[str, Mapping[str, Calibration]]) -> NDArray[np.uint8]:
    """Draw one panel a kind of prompt; a model that keeps its promise lies on the diagonal.

    The area of a dot is the share of objects whose predicted IoU lies in that tenth.

    Parameters
    ----------
    models : mapping of str to mapping of str to Calibration
        By model and kind of prompt, of which all models have the same.

    Returns
    -------
    ndarray
        `(Y, X, 3)` uint8.
    """
    titles = list(next(iter(models.values())))
    picture, pen = new_picture(*panels_size(len(titles), len(models)))
    for place, title in enumerate(titles):
        panel = Panel(pen, place, _WHOLE, _WHOLE)
        panel.draw_frame(f"{title}: true IoU by predicted IoU")
        panel.draw_curve([(0, 0), (1, 1)], INK)
        for index, found in enumerate(models.values()):
            _draw_bins(panel, found[title], index)
    for index, (name, found) in enumerate(models.items()):
        numbers = ", ".join(
            f"{title}: error {one.error:.3f}, r {one.correlation:.2f}"
            for title, one in found.items()
        )
        pen.text((LEFT_PX, line_y(index)), f"{name}   {numbers}", fill=colour_of(index))
    return np.asarray(picture)


def _draw_bins(panel: Panel, found: Calibration, index: int) -> None:
    """Draw one model into one panel."""
    filled = [one for one in found.bins if one.objects]
    # A model that promises more than 1 is drawn at the rim.
    places = [(min(max(one.predicted, 0.0), 1.0), one.true) for one in filled]
    if len(places) > 1:
        panel.draw_curve(places, colour_of(index))
    for one, place in zip(filled, places, strict=True):
        share = one.objects / found.objects
        radius = max(_SMALLEST_DOT_PX, _LARGEST_DOT_PX * share**0.5)
        panel.draw_dot(place, colour_of(index), radius)
