"""Writing one object into labels of any size: only where nothing is yet, only where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.mask_blocks import blocks_of
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.candidates import Mask
from napari_samwise.plugin.plane import Plane

_BLOCK_PX = 1024


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Pixels within one block of the plane: their box, and which they are, eight to a byte."""

    roi: Roi
    packed: NDArray[np.uint8]

    @classmethod
    def of(cls, mask: BoxedMask) -> _Part:
        return cls(mask.roi, np.packbits(mask.inside))

    def mask(self) -> NDArray[np.bool_]:
        """Return `roi.shape` bool."""
        count = self.roi.shape[0] * self.roi.shape[1]
        return np.unpackbits(self.packed, count=count).reshape(self.roi.shape).astype(np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class LabelPatch:
    """The pixels that one object took on one plane.

    Parameters
    ----------
    plane : Plane
        Where in the data.
    parts : tuple
        The pixels that were free and became the object's, by blocks of the plane.
    area : int
        Number of pixels.
    """

    plane: Plane
    parts: tuple[_Part, ...]
    area: int

    @classmethod
    def of_free_pixels(cls, labels: Any, plane: Plane, mask: Mask) -> LabelPatch:
        """Keep of a mask the pixels that no object has yet."""
        parts, area = [], 0
        for part in blocks_of(mask, _BLOCK_PX):
            taken = np.asarray(labels[plane.window(part.roi)]) != 0
            free = BoxedMask.from_mask(part.inside & ~taken, part.roi.offset)
            if not free.roi.is_empty:
                parts.append(_Part.of(free))
                area += free.area
        return cls(plane, tuple(parts), area)

    def write(self, labels: Any, label: int) -> None:
        """Give the pixels that are still free to the object."""
        self._replace(labels, 0, label)

    def erase(self, labels: Any, label: int) -> None:
        """Free the pixels that are still the object's."""
        self._replace(labels, label, 0)

    def _replace(self, labels: Any, old: int, new: int) -> None:
        for part in self.parts:
            window = self.plane.window(part.roi)
            # Read, change, write: so that it works alike for arrays on disk.
            values = np.array(labels[window])
            values[part.mask() & (values == old)] = new
            labels[window] = values
