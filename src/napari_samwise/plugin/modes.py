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
    workspace.prompts.drop_unfinished()
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


def drop_unfinished(viewer: ViewerModel, workspace: Workspace | None) -> bool:
    """Drop an outline that is being drawn, and tell whether there was one; the mode stays."""
    if workspace is None:
        return False
    mode = current_mode(viewer, workspace)
    dropped = workspace.prompts.drop_unfinished()
    if dropped and mode is not Mode.OTHER:
        enter_mode(viewer, workspace, mode)
    return dropped


class Gate:
    """Lets no click in while there is no plane to click on.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._before = Mode.OTHER

    def turn(self, workspace: Workspace | None, *, shut: bool) -> None:
        """Shut it, or open it: then clicks do what they did before."""
        if workspace is None:
            return
        if shut:
            self._before = current_mode(self._viewer, workspace)
            workspace.prompts.drop_unfinished()
            workspace.layers.prompts.mode = workspace.layers.boxes.mode = "pan_zoom"
        elif self._before is not Mode.OTHER and workspace.layers.is_whole:
            enter_mode(self._viewer, workspace, self._before)
