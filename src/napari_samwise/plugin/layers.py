"""The plugin's own layers for one image: made when missing, kept as objects, never by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.plugin.label_folder import default_folder, new_path
from napari_samwise.plugin.labels import layer_data, new_labels
from napari_samwise.plugin.plane_limits import fits_preview
from napari_samwise.plugin.point_table import DEFAULTS
from napari_samwise.plugin.preview_levels import PreviewLevels
from napari_samwise.plugin.roles import Role, find_marked, mark, unmark
from napari_samwise.plugin.spare_layers import SpareLayers
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer, Points, Shapes

INCLUDE_COLOR, EXCLUDE_COLOR = "#2ca02c", "#d62728"
_BOX_COLOR = "#ffd400"
PREVIEW_VALUE, HOVER_VALUE = 1, 2
_PREVIEW_COLORS: dict[int | None, str] = {PREVIEW_VALUE: "#ffd400", HOVER_VALUE: "#5ad1ff"}
TRANSFORM = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
_POINT_SIZE_ON_SCREEN_PX = (11, 15)
# Sizes in the data follow the plane's up to here; of a larger one nobody sees more at a time.
_MAX_SIDE_PX = 1024


class LayerSet:
    """The four layers that belong to one image.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    image : Image
        The user's layer; it is only read.
    folder : callable, optional
        Gives the folder for objects too large for memory.
    spares : SpareLayers, optional
        Layers of the image before, which are taken before any is made.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        image: Image,
        folder: Callable[[], Path] = default_folder,
        spares: SpareLayers | None = None,
    ) -> None:
        self._viewer = viewer
        self._folder = folder
        self._spares = SpareLayers(viewer) if spares is None else spares
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

    def find(self, role: Role) -> Layer | None:
        """Return the layer with a role, or None while there is none."""
        return self._layers.get(role)

    def role_of(self, layer: Layer | None) -> Role | None:
        """Return what a layer is here, or None if it is none of these."""
        for role, own in self._layers.items():
            if own == layer:
                return role
        return None

    def make_missing(self, labels: Any = None) -> set[Role]:
        """Make each layer that is not in the viewer, under the layer that belongs above it.

        Parameters
        ----------
        labels : array-like, optional
            What the objects layer shows if that one is made; by default nothing but background.

        Returns
        -------
        set of Role
            Those that were made, or taken over empty.
        """
        active = self._viewer.layers.selection.active
        made = {role for role in Role if not self._is_shown(role)}
        for role in reversed(Role):
            if role in made:
                layer = self._take_over(role)
                if layer is None:
                    layer = self._make(role, labels)
                    self._viewer.layers.insert(self._place(role), layer)
                mark(layer, role, self.image)
                self._layers[role] = layer
        if made and active is not None and active in self._viewer.layers:
            self._viewer.layers.selection.active = active
        return made

    def copy_transform(self) -> None:
        """Give the layers the image's scale, translation, rotation, shear, affine and units."""
        for layer in self:
            self._place_like_image(layer)

    def remove(self, role: Role) -> None:
        """Take a layer out of the viewer, if it is there."""
        layer = self._layers.pop(role, None)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def lay_down(self, role: Role) -> None:
        """Leave an emptied layer to the next image."""
        layer = self._layers.pop(role, None)
        if layer is not None:
            self._spares.put(role, layer)

    def give_up(self, role: Role) -> None:
        """Leave a layer to the user, who keeps it."""
        layer = self._layers.pop(role, None)
        if layer is not None:
            unmark(layer)

    def take(self, role: Role, layer: Layer) -> None:
        """Let a layer of the user's have a role that no other layer has now."""
        mark(layer, role, self.image)
        self._layers[role] = layer

    def _is_shown(self, role: Role) -> bool:
        return role in self._layers and self._layers[role] in self._viewer.layers

    def _place(self, role: Role) -> int:
        """Return the index in the layer list at which a layer of that role belongs."""
        upwards = list(Role)
        higher = upwards[upwards.index(role) + 1 :]
        layers = self._viewer.layers
        above: list[int] = [layers.index(self._layers[r]) for r in higher if self._is_shown(r)]
        return min(above) if above else len(layers)

    def _take_over(self, role: Role) -> Layer | None:
        """Return what the image before has laid down, made ready for this one, or None."""
        layer = self._spares.take(role, partial(self._suits, role))
        if layer is None:
            return None
        if role is Role.PREVIEW:
            layer.data = np.zeros(self.shape, dtype=np.uint8)
        elif role is Role.PROMPTS:
            layer.current_size = self._point_size
        elif role is Role.BOXES:
            layer.current_edge_width = self._edge_width
        self._place_like_image(layer)
        self._viewer.layers.move(self._viewer.layers.index(layer), self._place(role))
        return layer

    def _suits(self, role: Role, layer: Layer) -> bool:
        """Tell whether a layer of another image can show what belongs to this one."""
        if layer.ndim != len(self.shape):
            return False
        return role is not Role.PREVIEW or not (layer.multiscale or not fits_preview(self.shape))

    def _place_like_image(self, layer: Layer) -> None:
        for name in TRANSFORM:
            value = getattr(self.image, name)
            # Each that is set has napari draw everything anew.
            if not _is_same(getattr(layer, name), value):
                setattr(layer, name, value)

    @property
    def _point_size(self) -> float:
        return max(1.0, 0.02 * self._side)

    @property
    def _edge_width(self) -> float:
        return max(0.5, 0.004 * self._side)

    @property
    def _side(self) -> int:
        """The shorter side of a plane, or as much of it as is seen at a time."""
        return min(sorted(self.shape)[-2], _MAX_SIDE_PX)

    def _make(self, role: Role, labels: Any) -> Layer:
        makers: dict[Role, Callable[[], Layer]] = {
            Role.PROMPTS: self._make_prompts,
            Role.BOXES: self._make_boxes,
            Role.PREVIEW: self._make_preview,
            Role.OBJECTS: lambda: self._make_objects(labels),
        }
        return makers[role]()

    def _transform(self) -> dict[str, Any]:
        return {name: getattr(self.image, name) for name in TRANSFORM}

    def _make_prompts(self) -> Points:
        from napari.layers import Points

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
            size=self._point_size,
            canvas_size_limits=_POINT_SIZE_ON_SCREEN_PX,
            **self._transform(),
        )

    def _make_boxes(self) -> Shapes:
        from napari.layers import Shapes

        return Shapes(
            ndim=len(self.shape),
            name=Role.BOXES.value,
            edge_color=_BOX_COLOR,
            face_color="transparent",
            edge_width=self._edge_width,
            **self._transform(),
        )

    def _make_preview(self) -> Labels:
        from napari.layers import Labels
        from napari.utils.colormaps import DirectLabelColormap

        colors = {None: "transparent", 0: "transparent"} | _PREVIEW_COLORS
        if fits_preview(self.shape):
            data: Any = np.zeros(self.shape, dtype=np.uint8)
        else:
            data = PreviewLevels(self.shape).levels
        return Labels(
            data,
            name=Role.PREVIEW.value,
            colormap=DirectLabelColormap(color_dict=colors),
            opacity=0.5,
            **self._transform(),
        )

    def _make_objects(self, labels: Any) -> Labels:
        from napari.layers import Labels

        if labels is None:
            path = new_path(self._folder(), self.image.name)
            labels = new_labels(self.shape, path, self.image.scale)
        transform = self._transform()
        return Labels(layer_data(labels), name=Role.OBJECTS.value, opacity=0.6, **transform)


def _is_same(first: Any, second: Any) -> bool:
    """Compare two transforms' parts: arrays, tuples of names or units, affine matrices."""
    first, second = (getattr(each, "affine_matrix", each) for each in (first, second))
    return bool(first == second if isinstance(first, tuple) else np.array_equal(first, second))
