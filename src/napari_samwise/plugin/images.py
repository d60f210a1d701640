"""Which of the viewer's layers can be annotated, and into which objects can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_samwise.plugin.roles import Role

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels

    from napari_samwise.plugin.workspace import Workspace


def image_layers(viewer: ViewerModel) -> list[Image]:
    """Return the image layers of a viewer, the uppermost first."""
    from napari.layers import Image

    return [layer for layer in reversed(list(viewer.layers)) if isinstance(layer, Image)]


def find_image(viewer: ViewerModel) -> Image | None:
    """Return the image to begin with: the selected one, else the uppermost visible one."""
    images = image_layers(viewer)
    active = viewer.layers.selection.active
    ranked = sorted(images, key=lambda image: (image != active, not image.visible))
    return ranked[0] if ranked else None


def label_layers(viewer: ViewerModel, workspace: Workspace) -> list[Labels]:
    """Return the label layers of a viewer that have the shape of the annotated image."""
    from napari.layers import Labels

    shape = workspace.source.shape
    return [
        layer
        for layer in reversed(list(viewer.layers))
        if isinstance(layer, Labels)
        and tuple(layer.data.shape) == shape
        and workspace.layers.role_of(layer) is not Role.PREVIEW
    ]


def covering_image(viewer: ViewerModel, image: Image, preview: Labels) -> Image | None:
    """Return an image that hides the annotated one and its masks, if there is one.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    image : Image
        The annotated one.
    preview : Labels
        Where its masks are shown.
    """
    # Since napari 0.9 the grid belongs to the canvas.
    grid = getattr(viewer, "canvas", viewer).grid
    if grid.enabled or image not in viewer.layers or preview not in viewer.layers:
        return None
    above = list(viewer.layers)[viewer.layers.index(preview) + 1 :]
    images = (each for each in image_layers(viewer) if each in above)
    return next((each for each in images if _is_opaque(each) and _overlap(each, image)), None)


def _is_opaque(image: Image) -> bool:
    return bool(image.visible and image.opacity == 1 and image.blending != "additive")


def _overlap(first: Image, second: Image) -> bool:
    (low, high), (other_low, other_high) = (each.extent.world[:, -2:] for each in (first, second))
    return bool((low <= other_high).all() and (other_low <= high).all())


def names_of(images: list[Any]) -> list[tuple[str, Any]]:
    """Return (name, layer) of layers, for a list to choose from."""
    return [(image.name, image) for image in images]
