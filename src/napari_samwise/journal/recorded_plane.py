"""Which plane of the data an event is about, as a journal records it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_samwise.geometry.axes import Axes

# Any letters do for the axes to step through.
_STEP_NAMES = "ABDEFGHIJKLMNOPQRSTUVWZ"


@dataclass(frozen=True, slots=True)
class RecordedPlane:
    """The two spatial axes that a plane spans, ascending, and its index on each of the others."""

    axes: tuple[int, int]
    position: tuple[int, ...] = ()

    @property
    def ndim(self) -> int:
        """Number of spatial axes."""
        return 2 + len(self.position)

    def size(self, shape: Sequence[int]) -> tuple[int, int]:
        """Return `(Y, X)` in pixels, of data of that spatial shape."""
        return shape[self.axes[0]], shape[self.axes[1]]

    def is_inside(self, shape: Sequence[int]) -> bool:
        """Tell whether data of that spatial shape have this plane."""
        first, second = self.axes
        if len(shape) != self.ndim or not 0 <= first < second < len(shape):
            return False
        others = [n for axis, n in enumerate(shape) if axis not in self.axes]
        return all(0 <= at < n for at, n in zip(self.position, others, strict=True))

    def window(self, rows: slice, columns: slice) -> tuple[int | slice, ...]:
        """Return the index of a part of the plane in data without channels."""
        position = iter(self.position)
        spanned = {self.axes[0]: rows, self.axes[1]: columns}
        return tuple(spanned[a] if a in spanned else next(position) for a in range(self.ndim))

    def name_axes(self, axes: Axes) -> Axes:
        """Rename the axes of an image so that this plane is its Y and X."""
        spatial = list(_STEP_NAMES[: self.ndim])
        spatial[self.axes[0]], spatial[self.axes[1]] = "Y", "X"
        letters = iter(spatial)
        return Axes("".join("C" if name == "C" else next(letters) for name in axes.names))
