"""Slices of larger arrays, and of their coarser copies."""

from __future__ import annotations

import numpy as np

from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.stacks.way import Way


def test_a_volumes_slices_in_time_are_found_on_every_level() -> None:
    finest = np.arange(4 * 6 * 8 * 10).reshape(4, 6, 8, 10)
    # Z alone, then Z and the planes; in the first one there is nothing new of a plane.
    flatter, smaller = finest[:, ::2], finest[:, ::2, ::2, ::2]
    way = Way(Plane((2, 3), (1, 5)), along=0)
    levels = way.levels([finest, flatter, smaller])
    assert [level.shape for level in levels] == [(4, 8, 10), (4, 4, 5)]
    np.testing.assert_array_equal(levels[0][3], finest[3, 5])
    np.testing.assert_array_equal(levels[1][3], smaller[3, 2])
