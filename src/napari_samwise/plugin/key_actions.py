"""What keys do on the plugin's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_samwise.plugin.keys import KeyAction

if TYPE_CHECKING:
    from napari_samwise.plugin.controller import Controller


def key_actions(controller: Controller) -> tuple[KeyAction, ...]:
    """Return the keys that annotate one plane."""
    return (
        KeyAction("C", "C", "keep the mask as an object", controller.commit),
        KeyAction("Shift-C", "Shift+C", "clear the prompts", controller.clear),
        KeyAction("Tab", "Tab", "next candidate", controller.next_candidate),
        # T draws paths on a Shapes layer.
        KeyAction("T", "T", "include / exclude", controller.toggle_label, on_shapes=False),
        KeyAction("Control-Z", "Ctrl+Z", "undo", controller.undo),
        KeyAction("Control-Shift-Z", "Ctrl+Shift+Z", "redo", controller.redo),
    )
