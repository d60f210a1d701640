"""From what the viewer shows to the plane of the image's data, whatever order, scale or rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.plugin.plane import Plane

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Image, Layer

    from napari_samwise.predictor.plane_source import PlaneSource

# Any letters do for axes to step through.
_STEP_NAMES = "ABDEFGHIJKLMNOPQRSTUVWZ"


@dataclass(frozen=True, slots=True, eq=False)
class ImageSource:
    """The pixels of an image layer, for a worker to read without touching the layer.

    Two sources are equal only if they are the same object: a new one stands for new pixels.

    Parameters
    ----------
    data : array-like
        The finest level; sliced first and loaded after.
    shape : tuple of int
        Its spatial shape, without channels.
    rgb : bool
        Whether a last axis of three or four channels follows.
    coarser : tuple of array-like
        Further levels of a multiscale image.
    """

    data: Any
    shape: tuple[int, ...]
    rgb: bool
    coarser: tuple[Any, ...] = ()

    @classmethod
    def of(cls, layer: Image) -> ImageSource:
        """Return the source of a layer's pixels as they are now."""
        data, *coarser = layer.data if layer.multiscale else [layer.data]
        shape = tuple(int(n) for n in data.shape[: layer.ndim])
        return cls(data, shape, bool(layer.rgb), tuple(coarser))

    def read(self, plane: Plane) -> NDArray[Any]:
        """Load one plane: `(Y, X)`, or `(Y, X, 3 or 4)` for RGB data."""
        return np.asarray(self.data[plane.index])

    def open(self, plane: Plane) -> PlaneSource:
        """Return one plane to be read in parts, from the level that suits.

        Raises
        ------
        ImageError
            If this is no image.
        """
        from napari_samwise.predictor.plane_source import PlaneSource

        names = list(_STEP_NAMES[: plane.ndim])
        names[plane.axes[0]], names[plane.axes[1]] = "Y", "X"
        axes = Axes("".join(names) + ("C" if self.rgb else ""))
        return PlaneSource([self.data, *self.coarser], axes, plane.position)


def displayed_axes(layer_ndim: int, dims: Dims) -> tuple[int, int]:
    """Return the two data axes that the viewer shows of a layer, ascending.

    Raises
    ------
    InputError
        If the viewer shows three dimensions.
    """
    if dims.ndisplay != 2:
        raise InputError("Clicks need a plane; go back to the 2D view (the cube button below).")
    # A layer with fewer axes than the viewer owns the last ones.
    missing = dims.ndim - layer_ndim
    own = [axis - missing for axis in dims.order if axis >= missing]
    first, second = sorted(own[-2:])
    return first, second


def displayed_plane(layer: Layer, dims: Dims) -> Plane:
    """Return the plane of a layer's data that the viewer shows.

    Parameters
    ----------
    layer : Layer
        The image.
    dims : Dims
        The viewer's.

    Raises
    ------
    InputError
        If the viewer shows three dimensions, the layer's transform tilts the shown plane out of
        the data's axes, or the sliders stand outside the image.
    """
    axes = displayed_axes(layer.ndim, dims)
    _check_orthogonal(layer, axes)
    point = layer.world_to_data(position_on(layer, dims))
    plane = Plane.through(point, axes)
    shape = ImageSource.of(layer).shape
    if not plane.is_inside(shape):
        raise InputError(
            f"The sliders stand at {plane.describe()}, outside the image of shape {shape}; "
            "move them back."
        )
    return plane


def _check_orthogonal(layer: Layer, axes: Sequence[int]) -> None:
    """Refuse a rotation or shear between displayed and hidden axes: no data plane is shown."""
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    units = np.eye(layer.ndim)
    steps = [np.asarray(layer.data_to_world(unit)) - origin for unit in units]
    linear = np.stack(steps, axis=1)
    hidden = [axis for axis in range(layer.ndim) if axis not in axes]
    mixed = np.abs(linear[np.ix_(hidden, axes)]).sum() + np.abs(linear[np.ix_(axes, hidden)]).sum()
    if mixed > 1e-6 * np.abs(linear).max():
        raise InputError(
            "The image is rotated or sheared out of the shown plane; "
            "show other axes or remove that transform."
        )


def position_on(layer: Layer, dims: Dims) -> NDArray[np.float64]:
    """Return the viewer's position on the layer's axes, in the layer's own units."""
    point = np.asarray(dims.point, dtype=np.float64)[-layer.ndim :]
    world_units = getattr(dims, "units", None)
    if world_units is None or len(world_units) < layer.ndim:
        return point
    if tuple(world_units)[-layer.ndim :] == tuple(layer.units):
        return point
    from pint import Unit

    def size(unit: Any) -> float:
        return float((1 * Unit(unit)).to_base_units().magnitude)

    pairs = zip(tuple(world_units)[-layer.ndim :], layer.units, strict=True)
    factors = [size(world) / size(own) for world, own in pairs]
    return np.asarray(point * factors, dtype=np.float64)
