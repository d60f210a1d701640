"""Writing one object into labels of any size, only where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
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
    """The pixels of one plane that one change is about, as those that an object took.

    Parameters
    ----------
    plane : Plane
        Where in the data.
    parts : tuple
        The pixels, by blocks of the plane.
    area : int
        Number of pixels.
    taken : int
        How many further pixels the mask had, which belong to other objects.
    """

    plane: Plane
    parts: tuple[_Part, ...]
    area: int
    taken: int = 0

    @classmethod
    def of_free_pixels(cls, labels: Any, plane: Plane, mask: Mask) -> LabelPatch:
        """Keep of a mask the pixels that no object has yet."""
        parts, area, count = [], 0, 0
        for part in blocks_of(mask, _BLOCK_PX):
            taken = np.asarray(labels[plane.window(part.roi)]) != 0
            free = BoxedMask.from_mask(part.inside & ~taken, part.roi.offset)
            if not free.roi.is_empty:
                parts.append(_Part.of(free))
                area += free.area
            count += part.area
        return cls(plane, tuple(parts), area, count - area)

    @classmethod
    def of_pixels(cls, plane: Plane, mask: Mask) -> LabelPatch:
        """Keep all pixels of a mask, whatever they are."""
        blocks = tuple(blocks_of(mask, _BLOCK_PX))
        return cls(plane, tuple(map(_Part.of, blocks)), sum(block.area for block in blocks))

    @property
    def box(self) -> Roi:
        """The smallest box in the data that holds the pixels; empty if there are none."""
        flat = Roi((0, 0), (0, 0))
        for part in self.parts:
            flat = flat.union(part.roi)
        start, stop = [0] * self.plane.ndim, [0] * self.plane.ndim
        for axis, at in zip(self.plane.hidden, self.plane.position, strict=True):
            start[axis], stop[axis] = at, at + 1
        for axis, a, b in zip(self.plane.axes, flat.offset, flat.end, strict=True):
            start[axis], stop[axis] = a, b
        return Roi.from_bounds(start, stop)

    def write(self, labels: Any, label: int) -> None:
        """Give the pixels that are still free to the object; all or none."""
        self._change(labels, repeat(label), only=0)

    def erase(self, labels: Any, label: int) -> None:
        """Free the pixels that are still the object's; all or none."""
        self._change(labels, repeat(0), only=label)

    def paint(self, labels: Any, label: int) -> tuple[NDArray[Any], ...]:
        """Give the pixels to an object, whatever they are; return for each part what they were."""
        return self._change(labels, repeat(label))

    def restore(self, labels: Any, before: Sequence[NDArray[Any]]) -> None:
        """Make the pixels what they were before :meth:`paint`; all or none."""
        self._change(labels, before)

    def _change(
        self, labels: Any, new: Iterable[Any], *, only: int | None = None
    ) -> tuple[NDArray[Any], ...]:
        """Give the pixels of each part new values, where they have one value only or everywhere.

        Returns for each part what its pixels were. If it fails midway, they are that again.
        """
        before: list[NDArray[Any]] = []
        try:
            for part, fresh in zip(self.parts, new, strict=False):
                window, mask = self.plane.window(part.roi), part.mask()
                # Read, change, write: so that it works alike for arrays on disk.
                values = np.array(labels[window])
                was = values[mask]
                # Most often all were one object's.
                before.append(was[:1] if (was == was[0]).all() else was)
                values[mask] = fresh if only is None else np.where(was == only, fresh, was)
                labels[window] = values
        except Exception:
            # Also of the part that failed, some may be written: a window lies on several chunks.
            for part, was in zip(self.parts, before, strict=False):
                with suppress(Exception):
                    window = self.plane.window(part.roi)
                    values = np.array(labels[window])
                    values[part.mask()] = was
                    labels[window] = values
            raise
        return tuple(before)


def patches_of(mask: NDArray[np.bool_], offset: Sequence[int]) -> Iterator[LabelPatch]:
    """Yield the pixels of a mask of any rank, plane by plane along its last two axes.

    Parameters
    ----------
    mask : ndarray
        `(..., h, w)` bool.
    offset : sequence of int
        Where in the data its first pixel lies.
    """
    axes = (mask.ndim - 2, mask.ndim - 1)
    *leading, y, x = offset
    for index in np.ndindex(mask.shape[:-2]):
        flat = BoxedMask.from_mask(mask[index], (y, x))
        if not flat.roi.is_empty:
            position = tuple(int(a + b) for a, b in zip(leading, index, strict=True))
            yield LabelPatch.of_pixels(Plane(axes, position), flat)


def box_of(patches: Iterable[LabelPatch]) -> Roi | None:
    """Return the smallest box that holds several patches, None if there are no pixels."""
    box: Roi | None = None
    for patch in patches:
        if patch.area:
            box = patch.box if box is None else box.union(patch.box)
    return box
