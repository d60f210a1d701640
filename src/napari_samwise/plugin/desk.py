"""Which image is annotated, with the workspaces of those that were; survives what users do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_samwise.errors import InputError
from napari_samwise.plugin.images import find_image, image_layers
from napari_samwise.plugin.spare_layers import SpareLayers
from napari_samwise.plugin.view import ImageSource
from napari_samwise.plugin.workspace import Workspace

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image

Defer = Callable[[Callable[[], None]], None]
MakeWorkspace = Callable[["Image", SpareLayers], Workspace]

_TRANSFORM_EVENTS = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")


class Desk:
    """Opens one workspace at a time and keeps it whole while layers come and go.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer, or napari's proxy of it.
    make : callable
        Makes the workspace of an image, and with it the layers.
    defer : callable
        Runs a function a little later in the GUI thread: layers must not be made while napari is
        still telling everybody that others were removed.
    """

    workspace_changed = Signal()
    """Another image is annotated, or none."""
    refused = Signal(str)
    """An image cannot be annotated; a sentence says why."""
    pixels_changed = Signal()
    """The image has other data of the same shape."""
    contrast_changed = Signal()
    """The image has other contrast limits."""
    source_retired = Signal(ImageSource)
    """Pixels that nobody will ask for again."""
    images_changed = Signal()
    """There are other images, or they have other names."""
    labels_changed = Signal()
    """There are other label layers."""

    def __init__(self, viewer: ViewerModel, make: MakeWorkspace, defer: Defer) -> None:
        self._viewer = viewer
        self._make = make
        self._defer = defer
        self._spares = SpareLayers(viewer)
        self._closed = False
        self._shelf: dict[Image, Workspace] = {}
        self.workspace: Workspace | None = None
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)

    def choose(self, image: Image | None) -> None:
        """Annotate this image; the workspace of the one before is kept."""
        before = self.workspace
        if before is not None and before.image == image:
            return
        if before is not None:
            self._lay_down(before)
            self._shelf[before.image] = before
        self._take(image)

    def close(self) -> None:
        """Unbind everything and leave all layers as they are."""
        self._closed = True
        self._viewer.layers.events.inserted.disconnect(self._on_inserted)
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        if self.workspace is not None:
            self._listen(self.workspace.image, connect=False)
            self.workspace.close()
            self.workspace = None

    def restore_layers(self) -> None:
        """Make again what is missing of the workspace's layers."""
        workspace = self.workspace
        if self._closed or workspace is None or workspace.layers.is_whole:
            return
        if workspace.image in self._viewer.layers:
            workspace.open()
            self.workspace_changed.emit()

    def _lay_down(self, workspace: Workspace) -> None:
        """Shelve the open workspace; it is not the open one any more while its layers go."""
        self.workspace = None
        self._listen(workspace.image, connect=False)
        workspace.shelve()

    def _take(self, image: Image | None) -> None:
        """Open the image's workspace, or make it; leave none open if that cannot be done."""
        self.workspace, refusal = None, ""
        if image is not None:
            try:
                self.workspace = self._open(image)
            except InputError as error:
                refusal = str(error)
            except MemoryError:
                refusal = "There is not enough memory for label layers of this image; crop it."
        if self.workspace is not None:
            self._listen(self.workspace.image, connect=True)
        self._spares.drop()
        self.workspace_changed.emit()
        if refusal:
            self.refused.emit(refusal)

    def _open(self, image: Image) -> Workspace:
        workspace = self._shelf.pop(image, None)
        if workspace is None:
            return self._make(image, self._spares)
        workspace.open()
        return workspace

    def _listen(self, image: Image, *, connect: bool) -> None:
        """Connect to the image's events, or disconnect."""
        pairs = [(name, self._on_transform) for name in _TRANSFORM_EVENTS]
        pairs += [("data", self._on_data), ("contrast_limits", self._on_contrast)]
        pairs += [("name", self._on_name)]
        for name, callback in pairs:
            emitter = getattr(image.events, name)
            if connect:
                emitter.connect(callback)
            else:
                emitter.disconnect(callback)

    def _on_inserted(self, event: Any) -> None:
        self.labels_changed.emit()
        if event.value in image_layers(self._viewer):
            self.images_changed.emit()
            if self.workspace is None:
                self._defer(self._take_any)

    def _on_removed(self, event: Any) -> None:
        layer, workspace = event.value, self.workspace
        shelved = self._shelf.pop(layer, None)
        if shelved is not None:
            self.source_retired.emit(shelved.source)
        if workspace is not None and workspace.image == layer:
            self._defer(self._on_image_gone)
        elif workspace is not None and workspace.owns(layer):
            self._defer(self.restore_layers)
        self.images_changed.emit()
        self.labels_changed.emit()

    def _take_any(self) -> None:
        if not self._closed and self.workspace is None:
            self.choose(find_image(self._viewer))

    def _on_image_gone(self) -> None:
        workspace = self.workspace
        if self._closed or workspace is None or workspace.image in self._viewer.layers:
            return
        self.choose(find_image(self._viewer))
        self._shelf.pop(workspace.image, None)
        self.source_retired.emit(workspace.source)

    def _on_transform(self, event: Any) -> None:
        if self.workspace is not None:
            self.workspace.layers.copy_transform()

    def _on_data(self, event: Any) -> None:
        """Take over an image's new pixels; of another shape, they get a workspace of their own."""
        workspace = self.workspace
        if workspace is None:
            return
        old, new = workspace.source, ImageSource.of(workspace.image)
        if new.shape == old.shape and new.rgb == old.rgb:
            workspace.source = new
            self.pixels_changed.emit()
        else:
            self._lay_down(workspace)
            self._take(workspace.image)
        self.source_retired.emit(old)

    def _on_contrast(self, event: Any) -> None:
        self.contrast_changed.emit()

    def _on_name(self, event: Any) -> None:
        self.images_changed.emit()
