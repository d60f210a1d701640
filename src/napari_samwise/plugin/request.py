"""What is asked of the decoder for one plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.plugin.hint import Hint
from napari_samwise.predictor.drawn_mask import DrawnMask
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.prompts import Prompts

Start = DrawnMask | Hint | FramedMask
"""A mask to start from: drawn, or of an earlier answer, from a plane encoded whole or in frames."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Prompts of one plane, and the mask to start from; answered by the very same object only.

    Parameters
    ----------
    prompts : Prompts
        Two-dimensional, without a mask; empty if a drawn mask says it all.
    start : DrawnMask or Hint or FramedMask, optional
        The mask.
    """

    prompts: Prompts
    start: Start | None = None

    def on_plane(self, size: tuple[int, int]) -> Prompts:
        """Return the prompts for a plane of that `(Y, X)` that is encoded whole."""
        if isinstance(self.start, DrawnMask):
            return self.prompts.replace(mask=self.start.on_plane(size))
        if isinstance(self.start, Hint):
            return self.prompts.replace(mask=self.start.logits())
        return self.prompts

    def on_frames(self, plane_size: tuple[int, int]) -> tuple[Prompts, FramedMask | None]:
        """Return the prompts and the earlier mask for a plane that is encoded in frames."""
        if isinstance(self.start, DrawnMask):
            return self.start.prompts_on_frames(self.prompts, plane_size)
        return self.prompts, self.start if isinstance(self.start, FramedMask) else None

    def same_as(self, other: Request) -> bool:
        """Tell whether the two would be answered alike."""
        return (
            np.array_equal(self.prompts.points, other.prompts.points)
            and np.array_equal(self.prompts.labels, other.prompts.labels)
            and _same(self.prompts.box, other.prompts.box)
            and self._starts_like(other)
        )

    def adds_points_to(self, other: Request) -> bool:
        """Tell whether this is another request with further points behind its own, no more."""
        old, new, count = other.prompts, self.prompts, len(other.prompts.points)
        return (
            len(new.points) > count
            and np.array_equal(new.points[:count], old.points)
            and np.array_equal(new.labels[:count], old.labels)
            and _same(old.box, new.box)
            and self._starts_like(other)
        )

    def _starts_like(self, other: Request) -> bool:
        if isinstance(self.start, DrawnMask) and isinstance(other.start, DrawnMask):
            return self.start.same_as(other.start)
        return self.start is other.start


def _same(first: NDArray[np.generic] | None, second: NDArray[np.generic] | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)
