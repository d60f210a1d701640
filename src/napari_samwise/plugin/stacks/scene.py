"""What a long job reads: pixels and how they are seen, without a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_samwise.errors import Cancelled
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame
from napari_samwise.plugin.stacks.way import Way
from napari_samwise.plugin.view import position_on
from napari_samwise.plugin.worker import Ticket

if TYPE_CHECKING:
    from napari.components import Dims, ViewerModel
    from napari.layers import Layer

    from napari_samwise.intensity import Intensity
    from napari_samwise.predictor.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Seen:
    """A model at hand, and how it sees an image."""

    predictor: Predictor
    intensity: Intensity


@dataclass(frozen=True, slots=True)
class Scene:
    """An image as a job sees it.

    Parameters
    ----------
    engine : Engine
        Loads the model and keeps embeddings.
    frame : Frame
        The displayed plane, with the image's pixels, model and intensity.
    voxel : tuple of float
        Distance of two neighbouring pixels along every data axis, in world units.
    """

    engine: Engine
    frame: Frame
    voxel: tuple[float, ...]

    @classmethod
    def shown(cls, engine: Engine, board: Board, image: Layer) -> Scene | None:
        """Return what is displayed now, None if that is no plane."""
        return None if board.frame is None else cls(engine, board.frame, voxel_sizes(image))

    def open(self, ticket: Ticket) -> Seen:
        """Load what is needed; called in the job's thread.

        Raises
        ------
        Cancelled
            If the job was stopped meanwhile.
        InputError
            If the model or the image cannot be used.
        """
        predictor, intensity = self.engine.at_hand(self.frame, ticket)
        if ticket.should_stop():
            raise Cancelled("The job was stopped.")
        return Seen(predictor, intensity)

    def scale_of(self, way: Way) -> tuple[float, ...]:
        """Return the voxel sizes along the axes of a way's substack."""
        return tuple(self.voxel[axis] for axis in way.axes)


def voxel_sizes(layer: Layer) -> tuple[float, ...]:
    """Return how far neighbouring pixels are apart along every axis, scale and affine included."""
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    steps = (np.asarray(layer.data_to_world(unit)) - origin for unit in np.eye(layer.ndim))
    return tuple(float(np.linalg.norm(step)) or 1.0 for step in steps)


def show_slice(viewer: ViewerModel, layer: Layer, axis: int, index: int) -> None:
    """Move the slider of a layer's axis to one of its slices."""
    dims = viewer.dims
    own = position_on(layer, dims)
    point = np.asarray(layer.world_to_data(own), dtype=np.float64)
    point[axis] = index
    shown = dims.ndim - layer.ndim + axis
    dims.set_point(shown, float(to_viewer(layer, dims, point)[axis]))


def to_viewer(layer: Layer, dims: Dims, point: ArrayLike) -> NDArray[np.float64]:
    """Return where a point of a layer's data lies, in the units of the viewer's sliders."""
    world = np.asarray(layer.data_to_world(np.asarray(point)), dtype=np.float64)
    factors = [_unit_factor(layer, dims, axis) for axis in range(layer.ndim)]
    return np.asarray(world * factors)


def _unit_factor(layer: Layer, dims: Dims, axis: int) -> float:
    """Return how many of the slider's units one of the layer's is."""
    units = getattr(dims, "units", None)
    if units is None or len(units) < layer.ndim or units[axis - layer.ndim] == layer.units[axis]:
        return 1.0
    from pint import Unit

    own, shown = (Unit(unit) for unit in (layer.units[axis], units[axis - layer.ndim]))
    return float((1 * own).to(shown).magnitude)
