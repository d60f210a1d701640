"""Real planes drawn so that a large source does not drown a small one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from napari_samwise.learn.corpus import LabelledPlane

MOST_PLANES = 40
"""More planes than so many do not make a source weightier."""


class SourceSampler:
    """Draws planes; sources by the square root of how many planes they have, up to 40.

    Parameters
    ----------
    planes : iterable of LabelledPlane
        Those without an object are left out.
    """

    def __init__(self, planes: Iterable[LabelledPlane]) -> None:
        by_source: dict[str, list[LabelledPlane]] = {}
        for plane in planes:
            if plane.labels.any():
                by_source.setdefault(plane.source, []).append(plane)
        self.sources = tuple(by_source)
        self._planes = tuple(by_source.values())
        weights = np.sqrt([min(len(found), MOST_PLANES) for found in self._planes])
        self._shares = weights / weights.sum()

    def __bool__(self) -> bool:
        """Tell whether there is a plane to draw."""
        return bool(self.sources)

    def draw(self, rng: np.random.Generator) -> LabelledPlane:
        """Draw one plane.

        Parameters
        ----------
        rng : Generator
            Source of the choice.
        """
        found = self._planes[rng.choice(len(self._planes), p=self._shares)]
        return found[rng.integers(len(found))]
