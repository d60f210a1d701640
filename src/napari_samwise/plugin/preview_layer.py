"""Showing masks in the preview layer, rewriting only where they are or were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.candidates import Mask
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.preview_levels import PreviewLevels

if TYPE_CHECKING:
    from napari.layers import Labels

Masks = Mapping[Plane, Mask]


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
        self._levels: PreviewLevels | None = None
        if layer.multiscale:
            self._levels = layer.data[0].owner
            self._levels.show({}, 0)
            layer.refresh()
        elif layer.data.any():
            layer.data[:] = 0
            layer.refresh()

    def show(self, masks: Masks, value: int) -> None:
        """Show these masks and nothing else.

        Parameters
        ----------
        masks : mapping of Plane to Mask
            One for each plane.
        value : int
            The preview value, which selects the colour.
        """
        if not masks and not self._shown:
            return
        if self._levels is None:
            self._write(masks, value)
        else:
            self._levels.show(masks, value)
        self._shown = {plane: mask.roi for plane, mask in masks.items()}
        self.layer.refresh(highlight=False, extent=False)

    def _write(self, masks: Masks, value: int) -> None:
        data = self.layer.data
        for plane, roi in self._shown.items():
            data[plane.window(roi)] = 0
        for plane, mask in masks.items():
            # A view; planes of one object may cross, so only the mask's own pixels are set.
            data[plane.window(mask.roi)][mask.cut(mask.roi)] = value
