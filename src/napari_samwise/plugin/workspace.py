"""One image with its session and layers, bound to each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_samwise.plugin.hover import Hover
from napari_samwise.plugin.keys import KeyMap
from napari_samwise.plugin.labels import is_blank, labels_of
from napari_samwise.plugin.layers import HOVER_VALUE, PREVIEW_VALUE, LayerSet
from napari_samwise.plugin.objects_layer import ObjectsLayer, read_objects
from napari_samwise.plugin.preview_layer import Masks, PreviewLayer
from napari_samwise.plugin.prompt_layers import PromptLayers
from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.spare_layers import SpareLayers
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer

    from napari_samwise.prompts import Prompts

OnHover = Callable[["Prompts | None"], None]


class Workspace:
    """Everything that belongs to the annotation of one image layer.

    It can be opened and shelved any number of times; the session stays.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are shown.
    image : Image
        The user's layer; it is only read.
    keys : KeyMap
        Bound on the four layers while the workspace is open.
    on_hover : callable
        Called with the prompts of a click at the cursor, or None.
    folder : callable
        Gives the folder for objects too large for memory.
    spares : SpareLayers
        Where layers wait for the next image.
    """

    picked = Signal(int)
    """A label was chosen in the objects layer."""
    refused = Signal(str)
    """What was done to the objects layer was put back; a sentence says why."""

    def __init__(
        self,
        viewer: ViewerModel,
        image: Image,
        keys: KeyMap,
        on_hover: OnHover,
        folder: Callable[[], Path],
        spares: SpareLayers,
    ) -> None:
        self._viewer = viewer
        self._keys = keys
        self._on_hover = on_hover
        self.image = image
        self.source = ImageSource.of(image)
        self.layers = LayerSet(viewer, image, folder, spares)
        self.is_open = False
        self._shelved_name = ""
        made = self.layers.make_missing()
        labels = labels_of(self.layers.objects)
        self.session = Session(labels)
        if Role.OBJECTS not in made:
            self.session.adopt(labels, read_objects(self.layers.objects, labels))
        self._bind()
        if Role.PROMPTS not in made or Role.BOXES not in made:
            self.session.resume(self.prompts.read())

    def open(self) -> None:
        """Show the layers, make those again that are gone, and bind everything."""
        if self.is_open:
            self._unbind()
        made = self.layers.make_missing(self.session.labels)
        self._bind()
        if made & {Role.PROMPTS, Role.BOXES}:
            self.prompts.write(self.session.draft)
        if Role.OBJECTS in made:
            self.objects.refresh()
        if self.layers.objects.name == self._shelved_name:
            self.layers.objects.name = Role.OBJECTS.value
        self.show_candidates()

    def shelve(self) -> None:
        """Unbind, and lay the layers down that say nothing without the image in work.

        Objects stay in the viewer, under a name that tells whose they are.
        """
        self.close()
        self.prompts.empty()
        for role in (Role.PROMPTS, Role.BOXES, Role.PREVIEW):
            self.layers.lay_down(role)
        if self.session.next_id == 1 and is_blank(self.session.labels):
            self.layers.remove(Role.OBJECTS)
        elif self._name_after_image():
            self._shelved_name = self.layers.objects.name

    def use_objects(self, layer: Labels | None) -> None:
        """Write objects into another layer from now on, None for a new one.

        What was written into the one before stays there.

        Raises
        ------
        InputError
            If that layer's data cannot be written to.
        """
        if layer is not None and layer == self.layers.objects:
            return
        labels = None if layer is None else labels_of(layer)
        self._unbind()
        if is_blank(self.session.labels):
            self.layers.remove(Role.OBJECTS)
        else:
            self._name_after_image()
            self.layers.give_up(Role.OBJECTS)
        if layer is None:
            self.layers.make_missing()
            labels = labels_of(self.layers.objects)
        else:
            self.layers.take(Role.OBJECTS, layer)
        self.session.adopt(labels, read_objects(self.layers.objects, labels))
        self._bind()
        self.show_candidates()

    def close(self) -> None:
        """Unbind everything and leave the layers as they are."""
        if self.is_open:
            self._unbind()

    @property
    def is_shown(self) -> bool:
        """Whether the viewer has the image, with the axes that it had when it was opened.

        While a viewer is emptied, or an image gets data of another rank, its axes change before
        the plugin has heard of it.
        """
        return self.image in self._viewer.layers and self.image.ndim == len(self.source.shape)

    def owns(self, layer: Layer | None) -> bool:
        """Tell whether a layer is one of the four."""
        return self.layers.role_of(layer) is not None

    def set_axes(self, axes: tuple[int, int]) -> None:
        """Say which two data axes are displayed: those of the prompts to come."""
        self.prompts.displayed_axes = axes
        self.session.default_axes = axes

    def show_candidates(self) -> None:
        """Show the object in work on all planes where it is known."""
        self._show(self.session.masks, PREVIEW_VALUE)

    def show_hover(self, masks: Masks) -> None:
        """Show what a click at the cursor would give, while nothing is prompted."""
        if self.session.draft.is_empty:
            self._show(masks, HOVER_VALUE)

    def _show(self, masks: Masks, value: int) -> None:
        if self.is_open:
            self.preview.show(masks, value)

    def _bind(self) -> None:
        self.prompts = PromptLayers(self.layers.prompts, self.layers.boxes, self.session.set_draft)
        self.preview = PreviewLayer(self.layers.preview)
        given = (self.picked.emit, self.refused.emit)
        self.objects = ObjectsLayer(self.layers.objects, self.session, *given)
        self._hover = Hover(self.layers.prompts, self.image, self._viewer.dims, self._on_hover)
        self.session.draft_changed.connect(self._on_draft)
        self.session.candidates_changed.connect(self.show_candidates)
        for layer in self.layers:
            self._keys.bind(layer)
        self.is_open = True

    def _unbind(self) -> None:
        self.is_open = False
        self.prompts.close()
        self.objects.close()
        self._hover.close()
        self.session.draft_changed.disconnect(self._on_draft)
        self.session.candidates_changed.disconnect(self.show_candidates)
        for layer in self.layers:
            self._keys.unbind(layer)

    def _name_after_image(self) -> bool:
        """Tell by its name whose objects a layer holds; names that the user gave stay."""
        if self.layers.objects.name != Role.OBJECTS.value:
            return False
        self.layers.objects.name = f"{Role.OBJECTS.value} ({self.image.name})"
        return True

    def _on_draft(self) -> None:
        self.prompts.write(self.session.draft)
