"""The four layers that the plugin owns, and how they are told from the user's."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from napari_samwise.plugin.layer_geometry import carry_geometry

if TYPE_CHECKING:
    from napari.layers import Image, Layer

_KEY = "napari-samwise"


class Role(StrEnum):
    """What a layer is for; the value is the name under which it is made."""

    OBJECTS = "objects"
    PREVIEW = "preview"
    BOXES = "boxes"
    PROMPTS = "prompts"


def mark(layer: Layer, role: Role, image: Image) -> None:
    """Write into a layer's metadata that it is ours, for which image, and in which role.

    Objects learn where the image lies, if its file tells: they may be saved by themselves.
    """
    # With its own id, so that a layer that the user duplicated is not taken for ours.
    layer.metadata[_KEY] = {
        "role": role.value,
        "image": str(image.unique_id),
        "layer": str(layer.unique_id),
    }
    if role is Role.OBJECTS:
        carry_geometry(image, layer)


def unmark(layer: Layer) -> None:
    """Take the mark off again."""
    layer.metadata.pop(_KEY, None)


def is_preview(layer: Layer) -> bool:
    """Tell whether a layer shows the mask in work of any image."""
    return bool(layer.metadata.get(_KEY, {}).get("role") == Role.PREVIEW.value)


def find_marked(layers: Iterable[Layer], image: Image, shape: tuple[int, ...]) -> dict[Role, Layer]:
    """Find the layers that were made for an image earlier, whatever they are called now.

    Parameters
    ----------
    layers : iterable of Layer
        Where to look.
    image : Image
        Whose layers are meant.
    shape : tuple of int
        The image's spatial shape; label layers of another shape do not count.
    """
    found: dict[Role, Layer] = {}
    for layer in layers:
        mark_: dict[str, Any] = layer.metadata.get(_KEY, {})
        if mark_.get("layer") != str(layer.unique_id) or mark_["image"] != str(image.unique_id):
            continue
        role = Role(mark_["role"])
        is_labels = role in (Role.OBJECTS, Role.PREVIEW)
        if layer.ndim == len(shape) and not (is_labels and tuple(layer.data.shape) != shape):
            found[role] = layer
    return found
