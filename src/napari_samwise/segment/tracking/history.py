"""What is known of one object up to now: where it was seen last, how it moves, how large it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.tracking.look import Look
from napari_samwise.segment.tracking.regions import Region

_REMEMBERED = 5
_INERTIA = 0.5
"""Weight of the earlier velocity and look against the newest."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One object while it is followed.

    Parameters
    ----------
    label : int
        Its id.
    region : Region
        Where it was seen last.
    frame : int
        On which frame.
    velocity : ndarray
        `(ndim,)` float64, pixels a frame, smoothed.
    areas : tuple of int
        In pixels, on the last frames where it was seen, at most five.
    look : ndarray, optional
        `(32,)` float64, its grey values, see ``look_of``; None where labels alone are linked.
    """

    label: int
    region: Region
    frame: int
    velocity: NDArray[np.float64]
    areas: tuple[int, ...]
    look: Look | None = None

    @classmethod
    def begin(cls, label: int, region: Region, frame: int, look: Look | None = None) -> History:
        """Begin with an object at rest."""
        return cls(label, region, frame, np.zeros_like(region.centroid), (region.area,), look)

    @property
    def area(self) -> float:
        """Median of the last areas, in pixels."""
        return float(np.median(self.areas))

    def seen(self, region: Region, frame: int, look: Look | None = None) -> History:
        """Return the history after one more frame, later or earlier than the last."""
        move = (region.centroid - self.region.centroid) / abs(frame - self.frame)
        velocity = _INERTIA * self.velocity + (1 - _INERTIA) * move
        if len(self.areas) == 1:
            velocity = move
        areas = (*self.areas, region.area)[-_REMEMBERED:]
        if look is not None and self.look is not None:
            look = _INERTIA * self.look + (1 - _INERTIA) * look
        return History(self.label, region, frame, velocity, areas, look)

    def expected_move(self, frame: int) -> NDArray[np.float64]:
        """Return how far it should have moved by a frame if it goes on as before."""
        return self.velocity * abs(frame - self.frame)
