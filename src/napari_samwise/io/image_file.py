"""The value that every reader returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from napari_samwise.geometry.axes import Axes
from napari_samwise.io.stored_array import StoredArray
from napari_samwise.io.volume_geometry import VolumeGeometry


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What a reader of one format finds in a file.

    Parameters
    ----------
    data : array
        See :class:`ImageFile`.
    axes : str or None
        One letter per axis; None where the file does not name them.
    sizes : mapping of str to float or None
        By axis letter, micrometres of Z, Y and X and seconds of T, as far as the file tells.
    coarser : tuple of array
        See :class:`ImageFile`.
    geometry : VolumeGeometry or None
        See :class:`ImageFile`.
    """

    data: Any
    axes: str | None = None
    sizes: Mapping[str, float] | None = None
    coarser: tuple[Any, ...] = ()
    geometry: VolumeGeometry | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ImageFile:
    """An image as a file stores it.

    Parameters
    ----------
    data : array
        Of any dtype and rank, with shape, dtype and slicing: in memory, memory-mapped, or a
        :class:`StoredArray` of which a slice is read when it is asked for.
    axes : str
        One letter per axis of ``data``, e.g. ``"TZYX"`` or ``"YXC"``.
    scale : tuple of float or None
        Size of a pixel along every axis but ``C``: micrometres for ``Z``, ``Y`` and ``X``,
        seconds for ``T``, 1 where the file does not tell one of them; None where it tells none.
    name : str
        The file's name without its folder.
    coarser : tuple of array
        Reduced copies that the file holds, with the same axes, the finest first.
    geometry : VolumeGeometry or None
        Where a medical volume lies in the patient; of all axes but ``C``.
    """

    data: Any
    axes: str
    scale: tuple[float, ...] | None
    name: str
    coarser: tuple[Any, ...] = ()
    geometry: VolumeGeometry | None = None

    @property
    def levels(self) -> tuple[Any, ...]:
        """The image and its coarser copies, as ``PlaneSource`` takes them."""
        return (self.data, *self.coarser)

    def channel(self, index: int) -> ImageFile:
        """Return one channel, without reading it.

        Parameters
        ----------
        index : int
            From 0; the image must have a channel axis.
        """
        axes = Axes(self.axes)
        if axes.channel is None:
            return self
        data, *coarser = (hold(level, axes.channel, index) for level in self.levels)
        return replace(self, data=data, coarser=tuple(coarser), axes=axes.spatial)


def hold(array: Any, axis: int, index: int) -> Any:
    """Return an array at one index of an axis, without reading what is stored."""
    if isinstance(array, StoredArray):
        return array.hold(axis, index)
    return array[(slice(None),) * axis + (index,)]
