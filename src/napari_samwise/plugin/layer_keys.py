"""Keys that stay on the layers of the image in work, whichever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.keys import KeyMap

if TYPE_CHECKING:
    from napari.layers import Layer


class LayerKeys:
    """Binds keys on the layers of the open workspace, and on no others any more.

    Parameters
    ----------
    keys : KeyMap
        What to bind.
    desk : Desk
        Knows the workspace.
    """

    def __init__(self, keys: KeyMap, desk: Desk) -> None:
        self._keys = keys
        self._desk = desk
        self._bound: list[Layer] = []
        desk.workspace_changed.connect(self._follow)
        self._follow()

    def close(self) -> None:
        """Give all keys back."""
        self._desk.workspace_changed.disconnect(self._follow)
        self._bind([])

    def _follow(self) -> None:
        workspace = self._desk.workspace
        self._bind([] if workspace is None else list(workspace.layers))

    def _bind(self, layers: list[Layer]) -> None:
        for layer in self._bound:
            self._keys.unbind(layer)
        for layer in layers:
            self._keys.bind(layer)
        self._bound = layers
