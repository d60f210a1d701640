"""One image with its session and layers, bound to each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.plugin.hover import Hover
from napari_samwise.plugin.keys import KeyMap
from napari_samwise.plugin.layers import HOVER_VALUE, PREVIEW_VALUE, LayerSet
from napari_samwise.plugin.objects_layer import ObjectsLayer, read_table
from napari_samwise.plugin.preview_layer import Masks, PreviewLayer
from napari_samwise.plugin.prompt_layers import PromptLayers
from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer

    from napari_samwise.prompts import Prompts

OnHover = Callable[["Prompts | None"], None]

_MAX_PLANE_PX = 2**28


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
    """

    def __init__(self, viewer: ViewerModel, image: Image, keys: KeyMap, on_hover: OnHover) -> None:
        self._viewer = viewer
        self._keys = keys
        self._on_hover = on_hover
        self.image = image
        self.source = ImageSource.of(image)
        _check_size(self.source.shape)
        self.layers = LayerSet(viewer, image)
        self.is_open = False
        self._shelved_name = ""
        made = self.layers.make_missing()
        self.session = Session(self.layers.objects.data)
        if Role.OBJECTS not in made:
            known = read_table(self.layers.objects.features)
            self.session.adopt(self.layers.objects.data, known)
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
        """Unbind, and take the layers away that say nothing without the image in work.

        Objects stay in the viewer, under a name that tells whose they are.
        """
        self.close()
        for role in (Role.PROMPTS, Role.BOXES, Role.PREVIEW):
            self.layers.remove(role)
        if self.session.next_id == 1 and not np.any(self.session.labels):
            self.layers.remove(Role.OBJECTS)
        elif self.layers.objects.name == Role.OBJECTS.value:
            self.layers.objects.name = f"{Role.OBJECTS.value} ({self.image.name})"
            self._shelved_name = self.layers.objects.name

    def close(self) -> None:
        """Unbind everything and leave the layers as they are."""
        if self.is_open:
            self._unbind()

    def owns(self, layer: Layer | None) -> bool:
        """Tell whether a layer is one of the four."""
        return self.layers.role_of(layer) is not None

    def set_axes(self, axes: tuple[int, int]) -> None:
        """Say which two data axes are displayed: those of the prompts to come."""
        self.prompts.displayed_axes = axes
        self.session.default_axes = axes

    def show_candidates(self) -> None:
        """Show the chosen mask of every prompted plane."""
        self._show({p: c.mask for p, c in self.session.candidates.items()}, PREVIEW_VALUE)

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
        self.objects = ObjectsLayer(self.layers.objects, self.session)
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

    def _on_draft(self) -> None:
        self.prompts.write(self.session.draft)


def _check_size(shape: tuple[int, ...]) -> None:
    """Refuse planes for which napari could not show a label layer.

    Raises
    ------
    InputError
        If the image's largest plane has too many pixels.
    """
    sides = sorted(shape)[-2:]
    if math.prod(sides) > _MAX_PLANE_PX:
        raise InputError(
            f"A plane of {sides[0]} x {sides[1]} pixels is too large to annotate whole, "
            f"at most {_MAX_PLANE_PX} are; crop the image."
        )
