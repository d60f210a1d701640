"""What both side views of an object say of the slices to which it is carried."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.planes import Position
from napari_samwise.segment.volume.found import Found, core_point
from napari_samwise.segment.volume.side_view import Cut, SideView
from napari_samwise.segment.volume.slices import SliceStack

_REMEMBERED = 6
_LEAST_REACH, _MOST_REACH = 32, 64
"""A view reaches twice as far both ways as the object is long, within these slices."""
_LEAST_AGREEMENT = 0.6
"""Views are renewed where the slice before overlaps by so much."""


@dataclass(slots=True, eq=False)
class Sides:
    """The planes across the slices through an object, in its two directions.

    A view is renewed from the last slice where the object has left it, and where the view says
    that the object has ended although it looks as before: what bends leaves its planes. Slices
    that the views doubt are not remembered: from there they would confirm the next object.

    Parameters
    ----------
    stack : SliceStack
        The slices.
    rest : tuple of int
        Position on the axes to step through other than the one across the slices.
    slice_distance : float
        Pixels between two slices.
    """

    stack: SliceStack
    rest: Position
    slice_distance: float
    _seen: deque[tuple[int, BoxedMask]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _views: list[SideView | None] = field(default_factory=lambda: [None, None])

    def remember(self, index: int, mask: BoxedMask) -> None:
        """Take a slice on which the object is known."""
        self._seen.append((index, mask))

    def support(self, index: int, found: Found, least: float) -> float | None:
        """Tell how far the views agree that a mask belongs to the object.

        Parameters
        ----------
        index : int
            A slice behind the last one that was remembered.
        found : Found
            What was found there.
        least : float
            Where they agree less, the views are renewed.

        Returns
        -------
        float or None
            0 to 1, the mean over both views; None if neither cuts it.
        """
        for axis, view in enumerate(self._views):
            if view is None or view.share(index, found.mask) is None:
                self._views[axis] = self._look(axis)
        share = _mean_share(self._views, index, found.mask)
        if share is not None and share < least and found.agreement >= _LEAST_AGREEMENT:
            renewed = [self._look(0), self._look(1)]
            again = _mean_share(renewed, index, found.mask)
            if again is not None and again >= least:
                self._views, share = renewed, again
        return share

    def _look(self, axis: int) -> SideView | None:
        index, mask = self._seen[-1]
        length = math.ceil(2 * max(mask.roi.shape) / self.slice_distance)
        reach = min(max(length, _LEAST_REACH), _MOST_REACH)
        rows = range(max(index - reach, 0), min(index + reach + 1, self.stack.count))
        cut = Cut(axis, int(core_point(mask)[axis]))
        near = takewhile(lambda one: one[0] in rows, reversed(self._seen))
        seen = dict(sorted(near, key=lambda one: abs(one[0] - index), reverse=True))
        return SideView.look(self.stack, self.rest, cut, seen, rows)


def _mean_share(views: list[SideView | None], index: int, mask: BoxedMask) -> float | None:
    said = [view.share(index, mask) for view in views if view is not None]
    shares = [share for share in said if share is not None]
    return sum(shares) / len(shares) if shares else None
