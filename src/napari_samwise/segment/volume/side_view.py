"""A volume seen from the side, to tell how far an object reaches across its slices.

On a slice nothing tells whether what lies there is still the object or already the next one. In a
plane that cuts through the slices both are seen at once, with the border between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import Position
from napari_samwise.segment.volume.slices import SliceStack

_LEAST_CROSSING = 0.4
"""What a plane says of a mask counts where it cuts so much of it, as a share of the side of a
square of the same area."""

Line = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cut:
    """A plane across the slices.

    Parameters
    ----------
    axis : {0, 1}
        It lies at one y (0) or at one x (1) of the slices.
    at : int
        That y or x, in pixels of a slice.
    """

    axis: int
    at: int

    def line(self, mask: BoxedMask, length: int) -> Line:
        """Return where a mask on a slice is cut, `(length,)` bool along the other axis."""
        line = np.zeros(length, dtype=np.bool_)
        row = self.at - mask.roi.offset[self.axis]
        if 0 <= row < mask.roi.shape[self.axis]:
            line[mask.roi.slices[1 - self.axis]] = mask.inside.take(row, axis=self.axis)
        return line


@dataclass(frozen=True, slots=True, eq=False)
class SideView:
    """An object as the model sees it from the side.

    Parameters
    ----------
    cut : Cut
        The plane.
    first : int
        Slice of the first row.
    inside : ndarray
        `(slices, pixels)` bool.
    """

    cut: Cut
    first: int
    inside: NDArray[np.bool_]

    @classmethod
    def look(
        cls,
        stack: SliceStack,
        rest: Position,
        cut: Cut,
        seen: Mapping[int, BoxedMask],
        rows: range,
    ) -> SideView | None:
        """Ask for what lies behind the last of some masks.

        Of the model's candidates the one counts of which it is sure and that fits the masks.

        Parameters
        ----------
        stack : SliceStack
            The slices.
        rest : tuple of int
            Position on the axes to step through other than the one across the slices.
        cut : Cut
            A plane through the last mask.
        seen : mapping of int to BoxedMask
            Slice -> the object there, all of them among the rows; the nearest one last.
        rows : range
            Slices to look at.

        Returns
        -------
        SideView or None
            None where the stack has no such plane, or nothing is found there.
        """
        embedding = stack.encode_side(rest, cut.axis, cut.at, rows)
        if embedding is None:
            return None
        length = embedding.image_size[1]
        lines = {at - rows.start: cut.line(mask, length) for at, mask in seen.items()}
        row, last = list(lines.items())[-1]
        inside = np.flatnonzero(last)
        if not len(inside):
            return None
        lines = {at: line for at, line in lines.items() if line.any()}
        core = int(inside[len(inside) // 2])
        known = np.stack(list(lines.values()))
        found = stack.predictor.decode(embedding, Prompts([(row, core)]))
        best, most = None, 0.0
        for mask, score in zip(found.masks, found.scores, strict=True):
            parts, _ = ndi.label(mask)
            part = (parts == parts[row, core]) & mask[row, core]
            there = part[list(lines)]
            worth = float(score) * (there & known).sum() / (there | known).sum()
            if worth > most:
                best, most = part, worth
        return None if best is None else cls(cut, rows.start, best)

    def share(self, index: int, mask: BoxedMask) -> float | None:
        """Tell how much of what is cut of a mask belongs to the object, 0 to 1.

        Parameters
        ----------
        index : int
            The slice.
        mask : BoxedMask
            What was found there.

        Returns
        -------
        float or None
            None where the view does not reach, or hardly cuts the mask.
        """
        row = index - self.first
        if not 0 <= row < len(self.inside):
            return None
        line = self.cut.line(mask, self.inside.shape[1])
        crossed = int(np.count_nonzero(line))
        if not crossed or crossed < _LEAST_CROSSING * np.sqrt(mask.area):
            return None
        return int(np.count_nonzero(line & self.inside[row])) / crossed
