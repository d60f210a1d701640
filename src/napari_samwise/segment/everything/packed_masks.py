"""Many masks in few arrays, a bit a sample: what a plane's thousands of objects are kept as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.everything.scaled_mask import ScaledMask


@dataclass(frozen=True, slots=True, eq=False)
class PackedMasks:
    """A sequence of masks.

    Parameters
    ----------
    cells : ndarray
        `(N, 4)` int64, box of each in cells of its grid: (y0, x0, y1, x1), half open.
    steps : ndarray
        `(N,)` int64, side of its cells in pixels.
    areas : ndarray
        `(N,)` int64, in pixels.
    starts : ndarray
        `(N + 1,)` int64, where each begins in ``bits``.
    bits : ndarray
        `(B,)` uint8, boxes row by row, eight samples a byte.
    """

    cells: NDArray[np.int64]
    steps: NDArray[np.int64]
    areas: NDArray[np.int64]
    starts: NDArray[np.int64]
    bits: NDArray[np.uint8]

    @classmethod
    def pack(cls, masks: Sequence[ScaledMask]) -> PackedMasks:
        """Pack masks."""
        rows = [(*m.cells.roi.offset, *m.cells.roi.end) for m in masks]
        packed = [np.packbits(m.cells.inside) for m in masks]
        starts = np.cumsum([0, *(len(bits) for bits in packed)], dtype=np.int64)
        return cls(
            np.array(rows, dtype=np.int64).reshape(-1, 4),
            np.array([m.step for m in masks], dtype=np.int64),
            np.array([m.area for m in masks], dtype=np.int64),
            starts,
            np.concatenate([np.zeros(0, np.uint8), *packed]),
        )

    @classmethod
    def join(cls, several: Sequence[PackedMasks]) -> PackedMasks:
        """Put sequences one behind the other."""
        if not several:
            return cls.pack([])
        sizes = np.concatenate([np.diff(each.starts) for each in several])
        return cls(
            np.concatenate([each.cells for each in several]),
            np.concatenate([each.steps for each in several]),
            np.concatenate([each.areas for each in several]),
            np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
            np.concatenate([each.bits for each in several]),
        )

    def __len__(self) -> int:
        """Return the number of masks."""
        return len(self.areas)

    def __getitem__(self, index: int) -> ScaledMask:
        """Unpack one mask."""
        y0, x0, y1, x1 = self.cells[index].tolist()
        bits = self.bits[self.starts[index] : self.starts[index + 1]]
        shape = (y1 - y0, x1 - x0)
        inside = np.unpackbits(bits, count=shape[0] * shape[1]).view(np.bool_).reshape(shape)
        return ScaledMask(BoxedMask(Roi((y0, x0), shape), inside), int(self.steps[index]))

    @property
    def boxes(self) -> NDArray[np.int64]:
        """`(N, 4)` int64, (y0, x0, y1, x1) in pixels, half open."""
        boxes: NDArray[np.int64] = self.cells * self.steps[:, None]
        return boxes

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return sum(
            each.nbytes for each in (self.cells, self.steps, self.areas, self.starts, self.bits)
        )

    def select(self, chosen: NDArray[np.int64]) -> PackedMasks:
        """Return some of the masks, by index, in that order."""
        parts = [self.bits[self.starts[i] : self.starts[i + 1]] for i in chosen.tolist()]
        sizes = np.diff(self.starts)[chosen]
        return PackedMasks(
            self.cells[chosen],
            self.steps[chosen],
            self.areas[chosen],
            np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
            np.concatenate([np.zeros(0, np.uint8), *parts]),
        )
