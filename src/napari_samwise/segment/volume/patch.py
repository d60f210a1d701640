"""The slices of one object that a correction replaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import Position
from napari_samwise.segment.volume.found import Found, iou
from napari_samwise.segment.volume.slices import SliceStack

Correction = Prompts | NDArray[np.bool_]

_UNCHANGED = 0.9
"""IoU with what was there before, from which a correction no longer matters."""


@dataclass(slots=True, eq=False)
class Patch:
    """One object in existing labels, and which of its slices were replaced.

    Parameters
    ----------
    stack : SliceStack
        The slices.
    labels : ndarray
        int32, the spatial shape; changed.
    label : int
        The object.
    rest : tuple of int
        Its position on the axes to step through other than the one it is carried along.
    """

    stack: SliceStack
    labels: NDArray[np.int32]
    label: int
    rest: Position
    _replaced: set[int] = field(default_factory=set)
    _unchanged: set[int] = field(default_factory=set)

    def mask(self, index: int) -> BoxedMask:
        """Return the object on one slice as the labels have it; empty where it is not."""
        return BoxedMask.from_mask(self._plane(index) == self.label)

    def replace(self, index: int, found: Found) -> bool:
        """Make room for a new mask on a slice; tell whether it differs from what was there."""
        differs = iou(self.mask(index), found.mask) < _UNCHANGED
        if not differs:
            self._unchanged.add(index)
        self._replaced.add(index)
        self.erase(index)
        return differs

    def erase(self, index: int) -> None:
        """Remove the object from a slice."""
        plane = self._plane(index)
        plane[plane == self.label] = 0

    def beyond(self, slices: Iterable[int], below: bool, above: bool) -> set[int]:
        """Return slices beyond the new ends of the object, where these are not its old ones.

        Parameters
        ----------
        slices : iterable of int
            Those on which it is or was.
        below, above : bool
            Whether it may have a new first and a new last slice.
        """
        first, last = min(self._replaced), max(self._replaced)
        below = below and first not in self._unchanged
        above = above and last not in self._unchanged
        return {at for at in slices if (below and at < first) or (above and at > last)}

    def _plane(self, index: int) -> NDArray[np.int32]:
        return self.stack.part_of(self.labels, self.rest, index)
