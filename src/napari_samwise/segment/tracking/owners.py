"""Who owns the pixels of one frame: labels in blocks, read and written where objects are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.everything.target import Target
from napari_samwise.segment.planes import Position, read_labels

LEAST_FREE = 0.7
"""So much of a mask must be free for an object to take it."""
_MOST_BLOCKS = 64


class Owners:
    """The labels of one plane while objects are written into it; ``flush`` ends it.

    Parameters
    ----------
    target : Target
        What the labels are kept in; blocks that no object touches are neither read nor written.
    position : tuple of int
        Index of the plane on each axis to step through.
    """

    def __init__(self, target: Target, position: Position) -> None:
        self._target = target
        self._position = position
        self._side = target.block_px
        shape = target.array.shape
        y, x = target.axes.plane
        self._plane = Roi((0, 0), (int(shape[y]), int(shape[x])))
        self._blocks: OrderedDict[Roi, NDArray[np.int32]] = OrderedDict()
        self._changed: set[Roi] = set()

    def cut(self, roi: Roi) -> NDArray[np.int32]:
        """Return the labels `roi.shape` of a region."""
        whole = np.zeros(roi.shape, dtype=np.int32)
        for block, common in self._blocks_of(roi):
            part = self._block(block)[common.shift([-start for start in block.offset]).slices]
            whole[common.shift([-start for start in roi.offset]).slices] = part
        return whole

    def free(self, mask: BoxedMask, own: int = 0) -> BoxedMask:
        """Return the pixels of a mask that belong to nobody else."""
        here = self.cut(mask.roi)
        return BoxedMask.from_mask(mask.inside & ((here == 0) | (here == own)), mask.roi.offset)

    def give(self, mask: BoxedMask, label: int) -> None:
        """Give the pixels of a mask to an object."""
        self._put(mask.roi, mask.inside, label)

    def replace(self, roi: Roi, old: int, new: int) -> None:
        """Give what an object owns in a region to another one, or with 0 to nobody."""
        self._put(roi, self.cut(roi) == old, new)

    def flush(self) -> None:
        """Write what was changed."""
        for block in list(self._blocks):
            self._let_go(block)

    def whole(self) -> NDArray[np.int32]:
        """Write what was changed, and return the labels `(Y, X)` of the whole plane."""
        self.flush()
        read = read_labels(self._target.array, self._target.axes, self._position, self._plane)
        return read.astype(np.int32)

    def wipe(self) -> None:
        """Empty the plane of what other work has left in it."""
        if self._target.is_empty:
            return
        for block, _ in self._blocks_of(self._plane):
            if self._block(block).any():
                self._put(block, np.ones(block.shape, dtype=np.bool_), 0)
            else:
                self._let_go(block)
        self.flush()

    def _put(self, roi: Roi, inside: NDArray[np.bool_], label: int) -> None:
        for block, common in self._blocks_of(roi):
            chosen = inside[common.shift([-start for start in roi.offset]).slices]
            if chosen.any():
                part = self._block(block)[common.shift([-start for start in block.offset]).slices]
                part[chosen] = label
                self._changed.add(block)

    def _blocks_of(self, roi: Roi) -> Iterator[tuple[Roi, Roi]]:
        """Yield blocks, and what they share with a region."""
        corners = (
            range(start - start % self._side, end, self._side)
            for start, end in zip(roi.offset, roi.end, strict=True)
        )
        for corner in product(*corners):
            block = Roi(corner, (self._side, self._side)).intersect(self._plane)
            common = block.intersect(roi)
            if not common.is_empty:
                yield block, common

    def _block(self, block: Roi) -> NDArray[np.int32]:
        """Return a block to be read and written, the last ones from memory."""
        held = self._blocks.get(block)
        if held is None:
            read = read_labels(self._target.array, self._target.axes, self._position, block)
            held = self._blocks[block] = read.astype(np.int32)
            while len(self._blocks) > _MOST_BLOCKS:
                self._let_go(next(iter(self._blocks)))
        self._blocks.move_to_end(block)
        return held

    def _let_go(self, block: Roi) -> None:
        held = self._blocks.pop(block)
        if block in self._changed:
            self._changed.remove(block)
            self._target.write(self._position, block, held)


def flat_parts(frame: int, mask: BoxedMask) -> Iterator[tuple[Position, BoxedMask]]:
    """Yield the planes of a frame that a mask of two or three axes is on, and what is there."""
    if mask.roi.ndim == 2:
        yield (frame,), mask
        return
    first, *corner = mask.roi.offset
    for z, inside in enumerate(mask.inside, start=first):
        yield (frame, z), BoxedMask(Roi(tuple(corner), inside.shape), inside)
