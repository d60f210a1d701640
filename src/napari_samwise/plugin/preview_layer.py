"""Showing masks in the preview layer, rewriting only where they are or were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.label_patch import bounding_box
from napari_samwise.plugin.plane import Plane

if TYPE_CHECKING:
    from napari.layers import Labels

Masks = Mapping[Plane, NDArray[np.bool_]]


class PreviewLayer:
    """The masks that a preview layer shows now.

    Parameters
    ----------
    layer : Labels
        The preview layer; emptied first.
    """

    def __init__(self, layer: Labels) -> None:
        self.layer = layer
        self._shown: dict[Plane, Roi] = {}
        if np.any(layer.data):
            layer.data[:] = 0
            layer.refresh()

    def show(self, masks: Masks, value: int) -> None:
        """Show these masks and nothing else.

        Parameters
        ----------
        masks : mapping of Plane to ndarray
            `(Y, X)` bool for each plane.
        value : int
            The preview value, which selects the colour.
        """
        if not masks and not self._shown:
            return
        data = self.layer.data
        for plane, roi in self._shown.items():
            data[plane.window(roi)] = 0
        self._shown = {}
        for plane, mask in masks.items():
            roi = bounding_box(mask)
            # A view; planes of one object may cross, so only the mask's own pixels are set.
            data[plane.window(roi)][mask[roi.slices]] = value
            self._shown[plane] = roi
        self.layer.refresh(highlight=False, extent=False)
