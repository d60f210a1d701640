"""What is done to the layers of the image in work, whichever that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari_samwise.plugin.desk import Desk

if TYPE_CHECKING:
    from napari.layers import Layer


class OwnLayers:
    """Attaches something to the layers of the open workspace, and to no others any more.

    Parameters
    ----------
    desk : Desk
        Knows the workspace.
    attach, detach : callable
        Called with each of the layers.
    """

    def __init__(
        self, desk: Desk, attach: Callable[[Layer], Any], detach: Callable[[Layer], Any]
    ) -> None:
        self._desk = desk
        self._attach, self._detach = attach, detach
        self._attached: list[Layer] = []
        desk.workspace_changed.connect(self._follow)
        self._follow()

    def close(self) -> None:
        """Detach it from all."""
        self._desk.workspace_changed.disconnect(self._follow)
        self._exchange([])

    def _follow(self) -> None:
        workspace = self._desk.workspace
        self._exchange([] if workspace is None else list(workspace.layers))

    def _exchange(self, layers: list[Layer]) -> None:
        for layer in self._attached:
            self._detach(layer)
        for layer in layers:
            self._attach(layer)
        self._attached = layers
