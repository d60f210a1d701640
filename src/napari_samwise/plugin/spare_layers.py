"""Layers that go from one image to the next instead of being made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari_samwise.plugin.roles import Role, unmark

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


class SpareLayers:
    """What the image before has laid down, still in the viewer.

    To make a layer and to remove one takes napari tenths of a second in the GUI thread each: its
    controls, and a program for the graphics card. What holds nothing of its own is kept.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are shown.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._layers: dict[Role, Layer] = {}

    def put(self, role: Role, layer: Any) -> None:
        """Lay an emptied layer down; one that is not in the viewer any more is not kept."""
        unmark(layer)
        if layer in self._viewer.layers:
            self._layers[role] = layer

    def take(self, role: Role, fits: Callable[[Any], bool]) -> Any:
        """Return what was laid down in a role, or None; what does not fit goes at once.

        Were it still there, a new layer would get another name.
        """
        layer = self._layers.pop(role, None)
        if layer is None or layer not in self._viewer.layers:
            return None
        if not fits(layer):
            self._viewer.layers.remove(layer)
            return None
        return layer

    def drop(self) -> None:
        """Take out of the viewer what nobody has taken."""
        for role in list(self._layers):
            self.take(role, lambda layer: False)
