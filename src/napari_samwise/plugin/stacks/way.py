"""Which slices of an image are gone through, as a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from napari_samwise.plugin.plane import Plane

_USUAL_NAMES = "TZYX"


@dataclass(frozen=True, slots=True)
class Way:
    """The planes through which one axis leads; all other axes stand still.

    Parameters
    ----------
    plane : Plane
        One of these planes, such as the displayed one.
    along : int
        The axis from slice to slice, one that the planes do not span.
    """

    plane: Plane
    along: int

    def at(self, index: int) -> Plane:
        """Return the plane of a slice."""
        place = self.plane.hidden.index(self.along)
        position = list(self.plane.position)
        position[place] = index
        return Plane(self.plane.axes, tuple(position))

    def index_of(self, plane: Plane | None) -> int | None:
        """Return which slice a plane is, None if it is none of these."""
        if plane is None or plane.axes != self.plane.axes or plane.ndim != self.plane.ndim:
            return None
        index = plane.position[plane.hidden.index(self.along)]
        return index if self.at(index) == plane else None

    def is_same(self, other: Way) -> bool:
        """Tell whether both go through the same slices."""
        return self.along == other.along and other.index_of(self.plane) is not None

    @property
    def axes(self) -> tuple[int, int, int]:
        """The data axes of the slices and from slice to slice, ascending."""
        first, second, third = sorted((*self.plane.axes, self.along))
        return first, second, third

    def names(self, *, rgb: bool) -> str:
        """Return what the axes of ``substack`` are called: the slices are planes of Y and X."""
        letters = dict(zip(self.plane.axes, "YX", strict=True)) | {self.along: "Z"}
        return "".join(letters[axis] for axis in self.axes) + ("C" if rgb else "")

    def count(self, shape: Sequence[int]) -> int:
        """Return the number of slices in data of that shape."""
        return shape[self.along]

    def size(self, shape: Sequence[int]) -> tuple[int, int]:
        """Return `(Y, X)` of a slice of data of that shape."""
        return self.plane.size(shape)

    def substack(self, data: Any) -> Substack:
        """Return these slices of an array as one of three axes, lazily."""
        return Substack(data, self)

    def levels(self, arrays: Sequence[Any]) -> list[Substack]:
        """Return these slices of a multiscale image, lazily, as ``as_levels`` wants them.

        Parameters
        ----------
        arrays : sequence of array-like
            The levels, the finest first; they may be reduced along any axis.
        """
        finest, *coarser = arrays
        found = [self.substack(finest)]
        for array in coarser:
            position = tuple(
                index * array.shape[axis] // finest.shape[axis]
                for axis, index in zip(self.plane.hidden, self.plane.position, strict=True)
            )
            level = Way(Plane(self.plane.axes, position), self.along).substack(array)
            # One that is reduced along axes that stand still only has nothing new.
            if math.prod(level.shape) < math.prod(found[-1].shape):
                found.append(level)
        return found


class Substack:
    """The slices of a larger array, in the order of its axes; read where they are sliced.

    Parameters
    ----------
    data : array-like
        With or without channels behind its spatial axes.
    way : Way
        Which slices.
    """

    def __init__(self, data: Any, way: Way) -> None:
        self._data = data
        self._fixed = dict(zip(way.plane.hidden, way.plane.position, strict=True))
        del self._fixed[way.along]
        kept = [n for axis, n in enumerate(data.shape) if axis not in self._fixed]
        self.shape = tuple(int(n) for n in kept)
        self.dtype = data.dtype
        self.ndim = len(self.shape)

    def __getitem__(self, index: Any) -> Any:
        """Return what an index of integers and slices selects."""
        items = list(index) if isinstance(index, tuple) else [index]
        for axis, position in sorted(self._fixed.items()):
            items += [slice(None)] * (axis - len(items))
            items.insert(axis, position)
        return self._data[tuple(items)]


def axis_names(labels: Sequence[str]) -> list[str]:
    """Return a name for every axis: what the layer calls it, else what is usual.

    Parameters
    ----------
    labels : sequence of str
        The layer's own names; napari's numbers (``"-3"``) are none.
    """
    names = []
    for axis, label in enumerate(labels):
        from_end = len(labels) - axis
        usual = _USUAL_NAMES[-from_end] if from_end <= len(_USUAL_NAMES) else f"axis {axis}"
        is_number = label.lstrip("-").isdecimal() or not label or label.startswith("axis ")
        names.append(usual if is_number else label)
    return [name.upper() if len(name) == 1 else name for name in names]
