"""The keys that are bound on the plugin's own layers, and only there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari.layers import Layer


@dataclass(frozen=True, slots=True)
class KeyAction:
    """One key, what it does, and whether a Shapes layer leaves it free."""

    key: str
    shown: str
    text: str
    act: Callable[[], object]
    on_shapes: bool = True

    def press(self, layer: Layer) -> None:
        """Act; napari hands over the layer on which the key was pressed."""
        self.act()


class KeyMap:
    """All keys of the plugin.

    Parameters
    ----------
    actions : tuple of KeyAction
        What to bind.
    """

    def __init__(self, actions: tuple[KeyAction, ...]) -> None:
        self.actions = actions

    def bind(self, layer: Layer) -> None:
        """Bind the keys on a layer, in front of what napari binds on its class."""
        for action in self._of(layer):
            layer.bind_key(action.key, action.press, overwrite=True)

    def unbind(self, layer: Layer) -> None:
        """Give the keys back."""
        for action in self._of(layer):
            layer.bind_key(action.key, None)

    def _of(self, layer: Layer) -> list[KeyAction]:
        from napari.layers import Shapes

        return [each for each in self.actions if each.on_shapes or not isinstance(layer, Shapes)]
