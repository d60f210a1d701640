"""Masks in patches of different resolution are compared without making pixels of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.geometry.patch_overlap import pairwise_iou
from napari_samwise.geometry.roi import Roi

PLANE = (300, 340)
CELLS = 96


def _disc(centre: tuple[float, float], radius: float, cell_px: float, corner: float) -> LogitsPatch:
    places = corner + (np.arange(CELLS) + 0.5) * cell_px
    distance = np.hypot(places[:, None] - centre[0], places - centre[1])
    logits = ((radius - distance) / cell_px).astype(np.float32)
    return LogitsPatch(logits, (corner, corner), cell_px)


@st.composite
def discs(draw: st.DrawFn) -> LogitsPatch:
    level = draw(st.integers(0, 2))
    centre = draw(st.tuples(st.floats(60, 180), st.floats(60, 180)))
    radius = draw(st.floats(6.0 * 2**level, 50))
    corner = draw(st.sampled_from([0.0, 8.0, 32.0])) if level == 0 else 0.0
    return _disc(centre, radius, 2.0 * 2**level, corner)


def _exact(one: LogitsPatch, other: LogitsPatch) -> float:
    first, second = (patch.sample(Roi((0, 0), PLANE)) for patch in (one, other))
    return float((first & second).sum() / max((first | second).sum(), 1))


@given(patches=st.lists(discs(), min_size=2, max_size=5))
def test_it_is_the_iou_of_the_pixels(patches: list[LogitsPatch]) -> None:
    found = pairwise_iou(patches, PLANE)
    for a, one in enumerate(patches):
        for b, other in enumerate(patches):
            assert found[a, b] == pytest.approx(_exact(one, other), abs=0.08)


@given(patches=st.lists(discs(), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_the_order_changes_nothing(patches: list[LogitsPatch], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(patches))
    found = pairwise_iou(patches, PLANE)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1)
    again = pairwise_iou([patches[index] for index in order], PLANE)
    np.testing.assert_allclose(again, found[np.ix_(order, order)], atol=1e-6)


def test_masks_in_other_places_share_nothing() -> None:
    patches = [_disc((60, 60), 20, 2.0, 0.0), _disc((180, 180), 20, 2.0, 80.0)]
    assert pairwise_iou(patches, PLANE).tolist() == [[1, 0], [0, 1]]


def test_an_empty_mask_shares_nothing_with_itself() -> None:
    patches = [_disc((60, 60), 20, 2.0, 0.0), _disc((60, 60), -5, 4.0, 0.0)]
    assert pairwise_iou(patches, PLANE).tolist() == [[1, 0], [0, 0]]


def test_what_lies_beyond_the_plane_counts_nothing() -> None:
    inside, beyond = _disc((60, 60), 30, 2.0, 0.0), _disc((60, 60), 80, 2.0, 0.0)
    assert pairwise_iou([inside, beyond], (60, 60))[0, 1] == pytest.approx(
        (np.pi * 30**2 / 4) / 60**2, abs=0.05
    )
