"""The image of the folder that is in the viewer, with the session whose objects are saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.series.image_layers import add_layers, add_objects
from napari_samwise.plugin.series.keeper import Keeper, Saved
from napari_samwise.plugin.series.opened import Opened
from napari_samwise.plugin.workspace import Workspace

if TYPE_CHECKING:
    from napari.components import ViewerModel


class Shown:
    """One image, put into the viewer and chosen for annotation.

    Of an image with several channels each is a layer; the objects go along when the user annotates
    another channel.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    controller : Controller
        The annotation of its images.
    opened : Opened
        The image.
    saved : Saved
        Its objects.
    channel : int
        The one to annotate, if there are so many.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        controller: Controller,
        opened: Opened,
        saved: Saved,
        channel: int,
    ) -> None:
        self._viewer = viewer
        self._desk = controller.desk
        self.opened, self.saved = opened, saved
        self.images = add_layers(viewer, opened)
        image = self.images[min(channel, len(self.images) - 1)]
        if saved.labels is not None:
            # Before the image is chosen: these are its objects from the first moment on.
            add_objects(viewer, image, saved.labels, saved.objects)
        controller.choose_image(image)
        self.workspace: Workspace | None = None
        self.keeper: Keeper | None = None
        workspace = self._desk.workspace
        # Where the image cannot be annotated, the desk has said why.
        if workspace is not None and workspace.image in self.images:
            self._keep(workspace)
        self._desk.workspace_changed.connect(self._follow)

    @property
    def channel(self) -> int:
        """Which channel is annotated."""
        return 0 if self.workspace is None else self.images.index(self.workspace.image)

    @property
    def view(self) -> tuple[Any, ...]:
        """What two images share that are looked at alike: shape and pixel size."""
        return (self.opened.shape, self.opened.file.scale)

    def name_objects(self) -> None:
        """Give the objects their usual name, once those of the image before are gone."""
        if self.workspace is not None:
            self.workspace.layers.objects.name = Role.OBJECTS.value

    def leave(self) -> None:
        """Watch no more."""
        self._desk.workspace_changed.disconnect(self._follow)
        if self.keeper is not None:
            self.keeper.close()

    def remove(self) -> None:
        """Take image and objects out of the viewer, once another image is annotated."""
        if self.workspace is not None:
            self.workspace.layers.remove(Role.OBJECTS)
        for image in self.images:
            if image in self._viewer.layers:
                self._viewer.layers.remove(image)

    def _keep(self, workspace: Workspace) -> None:
        """See to it that the objects of a workspace are saved."""
        if self.keeper is not None:
            self.keeper.close()
        self.workspace, self.keeper = workspace, Keeper(workspace.session, self.saved)

    def _follow(self) -> None:
        """Take the objects along to another channel."""
        workspace, before = self._desk.workspace, self.workspace
        if workspace is None or before is None or workspace is before:
            return
        if workspace.image in self.images:
            before.layers.remove(Role.OBJECTS)
            workspace.session.adopt(before.session.labels, dict(before.session.objects))
            self._keep(workspace)
