"""Encoding an image ahead, so that whoever works on it later never waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.lattice import Frame, Lattice
from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource, as_levels
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.segment.planes import all_positions, read_plane


class FillingStore(EmbeddingStore):
    """A store that is there to fill a disk: it keeps nothing in memory and counts.

    Attributes
    ----------
    added : int
        Embeddings that were not there.
    """

    def __init__(self, disk: DiskStore) -> None:
        super().__init__(0, disk=disk)
        self._behind = disk
        self.added = 0

    def put(self, embedding: Embedding) -> Embedding:
        """Keep an embedding, or say why it cannot be.

        Raises
        ------
        InputError
            If the disk does not take it: then all further work is in vain.
        """
        stored = super().put(embedding)
        if embedding.key not in self._behind:
            raise InputError(
                f"{self._behind.problem or 'Others fill the store faster than it may grow.'} "
                "Make room, give it a larger --quota, or let NAPARI_SAMWISE_HOME name another "
                "folder."
            )
        self.added += 1
        return stored


def encode_ahead(
    image: Any,
    axes: Axes,
    predictor: Predictor,
    intensity: Intensity,
    levels: Collection[int] | None = None,
) -> Iterator[str]:
    """Encode every plane of an image, and of large planes every frame, unless the store has them.

    Parameters
    ----------
    image : array-like or list of array-like
        Planes, volumes or series; read plane by plane, large planes frame by frame. A list is a
        multiscale image, the finest level first.
    axes : Axes
        Names of its axes.
    predictor : Predictor
        With the store to be filled.
    intensity : Intensity
        How values become 8 bits; the same that will be used later.
    levels : collection of int, optional
        Which levels of large planes, 0 being full resolution; by default all. Those that a
        plane does not have are left out.

    Yields
    ------
    str
        The key of each embedding, when it is in the store.
    """
    stored = as_levels(image)
    source = stored[0]
    size = _plane_size(source, axes)
    for position in all_positions(source.shape, axes):
        if max(size) <= predictor.model.whole_px:
            plane = read_plane(source, axes, position)
            yield predictor.encode(plane, intensity=intensity).key
            continue
        framed = FramedPlane(predictor, PlaneSource(stored, axes, position), intensity)
        for frame in _frames(framed.lattice, levels):
            yield framed.embedding(frame).key


def count_ahead(
    image: Any, axes: Axes, model: SegmentationModel, levels: Collection[int] | None = None
) -> int:
    """Return how many embeddings ``encode_ahead`` makes or finds."""
    source = as_levels(image)[0]
    size = _plane_size(source, axes)
    planes = len(all_positions(source.shape, axes))
    if max(size) <= model.whole_px:
        return planes
    lattice = Lattice(size, model.frame_px, min(model.top_px, model.frame_px))
    shapes = (lattice.shape(level) for level in _levels(lattice, levels))
    return planes * sum(rows * columns for rows, columns in shapes)


def _frames(lattice: Lattice, levels: Collection[int] | None) -> Iterator[Frame]:
    """Yield the frames of the chosen levels, the coarsest first: soon there is one everywhere."""
    for level in reversed(_levels(lattice, levels)):
        yield from lattice.frames(level)


def _levels(lattice: Lattice, levels: Collection[int] | None) -> list[int]:
    return [level for level in range(lattice.count) if levels is None or level in levels]


def _plane_size(image: Any, axes: Axes) -> tuple[int, int]:
    axes.validate(image.shape)
    shape = axes.spatial_shape(image.shape)
    y, x = axes.plane
    return int(shape[y]), int(shape[x])
