"""Following the cursor over the prompts layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.plugin.view import ImageSource, displayed_plane
from napari_samwise.prompts import Prompts

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Image, Points


class Hover:
    """Says which point a click at the cursor would make.

    Parameters
    ----------
    points : Points
        The prompts layer; the cursor is followed while it is the active one.
    image : Image
        Whose plane is clicked.
    dims : Dims
        The viewer's.
    on_move : callable
        Called with the prompts of a click at the cursor, or None where there is nothing to click.
    """

    def __init__(
        self,
        points: Points,
        image: Image,
        dims: Dims,
        on_move: Callable[[Prompts | None], None],
    ) -> None:
        self._points = points
        self._image = image
        self._dims = dims
        self._on_move = on_move
        points.mouse_move_callbacks.append(self._on_mouse)

    def close(self) -> None:
        """Follow the cursor no longer."""
        self._points.mouse_move_callbacks.remove(self._on_mouse)

    def _on_mouse(self, layer: Points, event: Any) -> None:
        if layer.mode == "add" and not event.is_dragging:
            self._on_move(self._click_at(event.position))
        else:
            self._on_move(None)

    def _click_at(self, position: Sequence[float]) -> Prompts | None:
        """Return the prompts of a click at a world position, or None outside the image."""
        try:
            plane = displayed_plane(self._image, self._dims)
        except InputError:
            return None
        point = plane.to_plane(self._image.world_to_data(position))[0]
        size = np.asarray(plane.size(ImageSource.of(self._image).shape))
        inside = bool((point >= -0.5).all() and (point <= size - 0.5).all())
        return Prompts(points=[point]) if inside else None
