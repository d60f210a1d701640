"""What a click on the canvas does: which of the plugin's layers is active, and in which mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.status import Mode
from napari_samwise.prompts import EXCLUDE, INCLUDE

if TYPE_CHECKING:
    from napari.components import ViewerModel

    from napari_samwise.plugin.workspace import Workspace

_LABELS = {Mode.INCLUDE: INCLUDE, Mode.EXCLUDE: EXCLUDE}
_SHAPE_MODES = {Mode.BOX: "add_rectangle", Mode.LASSO: "add_polygon_lasso"}


def enter_mode(viewer: ViewerModel, workspace: Workspace, mode: Mode) -> None:
    """Make the layer active that takes such prompts, and ready for them."""
    if mode in _LABELS:
        workspace.prompts.label = _LABELS[mode]
        layer, layer_mode = workspace.layers.prompts, "add"
    else:
        layer, layer_mode = workspace.layers.boxes, _SHAPE_MODES[mode]
    layer.visible = True
    viewer.layers.selection.active = layer
    layer.mode = layer_mode


def current_mode(viewer: ViewerModel, workspace: Workspace) -> Mode:
    """Return what a click does now."""
    active = viewer.layers.selection.active
    role = workspace.layers.role_of(active)
    if role is Role.PROMPTS and active.mode == "add":
        return Mode.INCLUDE if workspace.prompts.label == INCLUDE else Mode.EXCLUDE
    if role is Role.BOXES:
        return next((m for m, name in _SHAPE_MODES.items() if name == active.mode), Mode.OTHER)
    return Mode.OTHER
