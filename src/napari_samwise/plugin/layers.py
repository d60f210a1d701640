"""The plugin's own layers for one image: made when missing, kept as objects, never by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.plugin.point_table import DEFAULTS
from napari_samwise.plugin.roles import Role, find_marked, mark
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer, Points, Shapes
    from numpy.typing import NDArray

INCLUDE_COLOR, EXCLUDE_COLOR = "#2ca02c", "#d62728"
_BOX_COLOR = "#ffd400"
PREVIEW_VALUE, HOVER_VALUE = 1, 2
_PREVIEW_COLORS: dict[int | None, str] = {PREVIEW_VALUE: "#ffd400", HOVER_VALUE: "#5ad1ff"}
_TRANSFORM = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
_POINT_SIZE_ON_SCREEN_PX = (11, 15)


class LayerSet:
    """The four layers that belong to one image.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    image : Image
        The user's layer; it is only read.
    """

    def __init__(self, viewer: ViewerModel, image: Image) -> None:
        self._viewer = viewer
        self.image = image
        self.shape = ImageSource.of(image).shape
        self._layers = find_marked(viewer.layers, image, self.shape)

    @property
    def prompts(self) -> Points:
        """Points: include and exclude."""
        return self._layers[Role.PROMPTS]

    @property
    def boxes(self) -> Shapes:
        """Shapes: boxes and drawn masks."""
        return self._layers[Role.BOXES]

    @property
    def preview(self) -> Labels:
        """Labels: the mask in work, and the one under the cursor."""
        return self._layers[Role.PREVIEW]

    @property
    def objects(self) -> Labels:
        """Labels: what was committed."""
        return self._layers[Role.OBJECTS]

    def __iter__(self) -> Iterator[Layer]:
        """Go through the layers, the lowest first."""
        return iter([self._layers[role] for role in Role if role in self._layers])

    @property
    def is_whole(self) -> bool:
        """Whether all four layers are in the viewer."""
        return all(self._is_shown(role) for role in Role)

    def role_of(self, layer: Layer | None) -> Role | None:
        """Return what a layer is here, or None if it is none of these."""
        for role, own in self._layers.items():
            if own == layer:
                return role
        return None

    def make_missing(self, labels: NDArray[Any] | None = None) -> set[Role]:
        """Make each layer that is not in the viewer, under the layer that belongs above it.

        Parameters
        ----------
        labels : ndarray, optional
            Data of the objects layer if that one is made; by default nothing but background.

        Returns
        -------
        set of Role
            Those that were made.
        """
        active = self._viewer.layers.selection.active
        made = {role for role in Role if not self._is_shown(role)}
        for role in reversed(Role):
            if role in made:
                layer = self._make(role, labels)
                mark(layer, role, self.image)
                self._layers[role] = layer
                self._viewer.layers.insert(self._place(role), layer)
        if made and active is not None and active in self._viewer.layers:
            self._viewer.layers.selection.active = active
        return made

    def copy_transform(self) -> None:
        """Give the layers the image's scale, translation, rotation, shear, affine and units."""
        for layer in self:
            for name in _TRANSFORM:
                setattr(layer, name, getattr(self.image, name))

    def remove(self, role: Role) -> None:
        """Take a layer out of the viewer, if it is there."""
        layer = self._layers.pop(role, None)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _is_shown(self, role: Role) -> bool:
        return role in self._layers and self._layers[role] in self._viewer.layers

    def _place(self, role: Role) -> int:
        """Return the index in the layer list at which a layer of that role belongs."""
        upwards = list(Role)
        higher = upwards[upwards.index(role) + 1 :]
        layers = self._viewer.layers
        above: list[int] = [layers.index(self._layers[r]) for r in higher if self._is_shown(r)]
        return min(above) if above else len(layers)

    def _make(self, role: Role, labels: NDArray[Any] | None) -> Layer:
        makers: dict[Role, Callable[[], Layer]] = {
            Role.PROMPTS: self._make_prompts,
            Role.BOXES: self._make_boxes,
            Role.PREVIEW: self._make_preview,
            Role.OBJECTS: lambda: self._make_objects(labels),
        }
        return makers[role]()

    def _transform(self) -> dict[str, Any]:
        return {name: getattr(self.image, name) for name in _TRANSFORM}

    def _make_prompts(self) -> Points:
        from napari.layers import Points

        side = sorted(self.shape)[-2]
        colors = {"include": INCLUDE_COLOR, "exclude": EXCLUDE_COLOR}
        return Points(
            ndim=len(self.shape),
            name=Role.PROMPTS.value,
            features={"label": np.empty(0, dtype=object), "axes": np.empty(0, dtype=object)},
            feature_defaults=DEFAULTS,
            face_color="label",
            face_color_cycle=colors,
            # Where napari keeps the size on screen within limits, it does not so the border: one
            # of another colour would cover the face.
            border_color="label",
            border_color_cycle=colors,
            size=max(1.0, 0.02 * side),
            canvas_size_limits=_POINT_SIZE_ON_SCREEN_PX,
            **self._transform(),
        )

    def _make_boxes(self) -> Shapes:
        from napari.layers import Shapes

        side = sorted(self.shape)[-2]
        return Shapes(
            ndim=len(self.shape),
            name=Role.BOXES.value,
            edge_color=_BOX_COLOR,
            face_color="transparent",
            edge_width=max(0.5, 0.004 * side),
            **self._transform(),
        )

    def _make_preview(self) -> Labels:
        from napari.layers import Labels
        from napari.utils.colormaps import DirectLabelColormap

        colors = {None: "transparent", 0: "transparent"} | _PREVIEW_COLORS
        return Labels(
            np.zeros(self.shape, dtype=np.uint8),
            name=Role.PREVIEW.value,
            colormap=DirectLabelColormap(color_dict=colors),
            opacity=0.5,
            **self._transform(),
        )

    def _make_objects(self, labels: NDArray[Any] | None) -> Labels:
        from napari.layers import Labels

        # napari maps 8- and 16-bit labels to colours on the GPU, and wider ones slowly before it.
        data = np.zeros(self.shape, dtype=np.uint16) if labels is None else labels
        return Labels(data, name=Role.OBJECTS.value, opacity=0.6, **self._transform())
