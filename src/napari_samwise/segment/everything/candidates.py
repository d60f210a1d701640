"""The masks that everything mode has decoded on one plane, as a value to filter at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Masks of one plane and their scores, none of them in a full frame.

    Parameters
    ----------
    plane_size : tuple of int
        `(Y, X)` of the plane.
    parts : tuple of Found
        What was found in each of its parts.
    part_areas : ndarray or None
        `(parts,)` int64, see ``View.part_areas``.
    options : EverythingOptions
        What they were decoded with: worse ones were not kept.
    """

    plane_size: tuple[int, int]
    parts: tuple[Found, ...]
    part_areas: NDArray[np.int64] | None
    options: EverythingOptions

    def __len__(self) -> int:
        """Return the number of masks."""
        return sum(len(part) for part in self.parts)

    @property
    def best_predicted_iou(self) -> float | None:
        """The highest predicted IoU of any mask on the plane, kept or not; None if none was."""
        return self.table().best_predicted_iou

    @property
    def nbytes(self) -> int:
        """Size of all masks in bytes."""
        return sum(part.nbytes for part in self.parts)

    def table(self) -> Table:
        """Return all masks as one table."""
        return Table(self.parts.__getitem__, len(self.parts))

    def select(self, chosen: NDArray[np.int64]) -> Candidates:
        """Return some of the candidates, by index over all parts; order is kept within parts."""
        ends = np.cumsum([len(part) for part in self.parts])
        of_part = np.searchsorted(ends, chosen, side="right")
        first = ends - [len(part) for part in self.parts]
        return self.with_parts(
            [
                part.select(chosen[of_part == index] - first[index])
                for index, part in enumerate(self.parts)
            ]
        )

    def with_parts(self, parts: Sequence[Found]) -> Candidates:
        """Return the same with other masks."""
        return replace(self, parts=tuple(parts))
