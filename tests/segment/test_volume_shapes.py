"""Outlines between outlines, parts that become one object, and where objects end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.volume.appearance import Appearance
from napari_samwise.segment.volume.ending import Ending, Look
from napari_samwise.segment.volume.found import Found, core_point, iou
from napari_samwise.segment.volume.fuse import blend, fuse
from napari_samwise.segment.volume.interpolate import interpolate_slices
from napari_samwise.segment.volume.link import link_slices


def disc(radius: float, centre: tuple[float, float] = (30, 30)) -> np.ndarray:
    y, x = np.indices((60, 60))
    return np.hypot(y - centre[0], x - centre[1]) <= radius


def boxed(mask: np.ndarray) -> BoxedMask:
    return BoxedMask.from_mask(mask)


@given(st.integers(4, 20), st.integers(4, 20), st.floats(0, 1))
def test_between_two_discs_lies_the_disc_between(first: int, last: int, share: float) -> None:
    a, b = boxed(disc(first)), boxed(disc(last))
    between = blend(a, b, share)
    assert between.shared_area(a) == min(between.area, a.area)
    assert between.shared_area(b) == min(between.area, b.area)
    radius = (1 - share) * first + share * last
    assert np.sqrt(between.area / np.pi) == pytest.approx(radius, abs=0.8)


@given(st.integers(2, 20), st.integers(2, 20))
def test_blending_ends_at_both_outlines(first: int, last: int) -> None:
    a, b = boxed(disc(first)), boxed(disc(last, (25, 33)))
    assert iou(blend(a, b, 0.0), a) == 1
    assert iou(blend(a, b, 1.0), b) == 1


def test_outlines_without_common_ground_are_not_lost() -> None:
    a, b = boxed(disc(3, (8, 8))), boxed(disc(3, (50, 50)))
    assert iou(blend(a, b, 0.3), a) == 1
    assert iou(blend(a, b, 0.7), b) == 1


def test_what_two_ways_disagree_on_is_doubtful() -> None:
    same = Found(boxed(disc(10)), 0.9, 0.95, "carried")
    other = Found(boxed(disc(10, (30, 42))), 0.9, 0.95, "carried")
    assert fuse(same, same, 0.5).confidence > 0.9
    assert fuse(same, other, 0.5).confidence < 0.6


def test_sparse_slices_of_a_ball_become_the_ball() -> None:
    grids = np.indices((41, 50, 50))
    ball = ((grids - np.array([20, 25, 25])[:, None, None, None]) ** 2).sum(0) <= 18**2
    labels = np.zeros(ball.shape, np.uint16)
    labels[2:39:4] = np.where(ball[2:39:4], 6, 0)
    labels[5, :3] = 2
    assert interpolate_slices(labels, 6) is labels
    found = labels == 6
    assert 2 * (found & ball).sum() / (found.sum() + ball.sum()) > 0.97
    assert (labels[5, :3] == 2).all()


def test_interpolation_along_another_axis() -> None:
    labels = np.zeros((20, 30, 9), np.int32)
    labels[5:15, 5:15, 1] = 1
    labels[5:15, 9:19, 7] = 1
    interpolate_slices(labels, 1, axis=2)
    assert [int(np.flatnonzero(labels[10, :, x]).mean()) for x in range(1, 8)] == sorted(
        int(np.flatnonzero(labels[10, :, x]).mean()) for x in range(1, 8)
    )
    assert (np.count_nonzero(labels[10, :, 1:8], axis=0) >= 5).all()


def test_interpolation_needs_two_slices() -> None:
    labels = np.zeros((5, 20, 20), np.int32)
    labels[2, 5:9, 5:9] = 3
    with pytest.raises(InputError, match="at least two slices"):
        interpolate_slices(labels, 3)
    with pytest.raises(InputError, match="three axes"):
        interpolate_slices(labels[0], 3)


def two_columns() -> tuple[np.ndarray, np.ndarray]:
    """Labels slice by slice, no id used twice, and what they should become."""
    truth = np.zeros((6, 40, 40), np.int32)
    for z in range(6):
        truth[z, 5:15, 5 + z : 15 + z] = 1
        truth[z, 20:30, 20:30] = 2
    truth[4:, 32:38, 2:10] = 3
    labels = np.where(truth > 0, truth + 3 * np.arange(6)[:, None, None], 0).astype(np.int32)
    return labels, truth


@pytest.mark.parametrize("order", ["ZYX", "YZX", "YXZ"])
def test_parts_become_objects(order: str) -> None:
    labels, truth = two_columns()
    moved = np.ascontiguousarray(np.einsum(f"ZYX->{order}", labels))
    assert link_slices(moved, order).tolist() == np.bincount(truth.ravel())[1:].tolist()
    np.testing.assert_array_equal(np.einsum(f"{order}->ZYX", moved), truth)


def test_a_missing_slice_is_bridged_and_drawn() -> None:
    labels, truth = two_columns()
    labels[3][truth[3] == 1] = 0
    areas = link_slices(labels, "ZYX")
    assert areas.tolist() == np.bincount(labels.ravel())[1:].tolist()
    assert set(np.unique(labels[3])) == {0, 1, 2}
    np.testing.assert_array_equal(labels[5], truth[5])
    shared = ((labels[3] == 1) & (truth[3] == 1)).sum()
    assert shared > 0.8 * (truth[3] == 1).sum()


def test_two_missing_slices_end_an_object() -> None:
    labels, truth = two_columns()
    labels[2:4][truth[2:4] == 1] = 0
    assert len(link_slices(labels, "ZYX")) == 4


def test_of_two_branches_one_goes_on() -> None:
    labels = np.zeros((2, 30, 40), np.int32)
    labels[0, 5:25, 5:35] = 1
    labels[1, 5:25, 5:24] = 2
    labels[1, 5:25, 26:35] = 3
    assert len(link_slices(labels, "ZYX")) == 2
    assert labels[1, 10, 10] == labels[0, 10, 10] == 1
    assert labels[1, 10, 30] == 2


def test_volumes_of_a_series_share_no_id() -> None:
    labels, truth = two_columns()
    series = np.stack([labels, labels + 100 * (labels > 0)])
    assert len(link_slices(series, "TZYX")) == 6
    np.testing.assert_array_equal(series[1], np.where(truth > 0, truth + 3, 0))


def test_an_array_on_disk_is_linked_in_place(tmp_path: Path) -> None:
    labels, truth = two_columns()
    stored = zarr.open(
        tmp_path / "labels.zarr", mode="w", shape=labels.shape, dtype="int32", chunks=(1, 40, 40)
    )
    stored[...] = labels
    assert len(link_slices(stored, "ZYX")) == 3
    np.testing.assert_array_equal(stored[...], truth)


def test_a_link_needs_an_overlap() -> None:
    with pytest.raises(InputError, match="min_iou"):
        link_slices(np.zeros((2, 20, 20), np.int32), "ZYX", min_iou=0)


def test_the_core_of_a_ring_is_in_the_ring() -> None:
    ring = disc(20) & ~disc(10, (27, 30))
    y, x = core_point(boxed(ring)).astype(int)
    assert ring[y - 3 : y + 4, x - 3 : x + 4].all()


@dataclass(frozen=True)
class Shown:
    """A slice by its grey values."""

    values: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        return self.values.shape[0], self.values.shape[1]

    def grey(self, roi: Roi) -> np.ndarray:
        return self.values[roi.slices]


def even(value: float) -> Shown:
    return Shown(np.full((60, 60), value, np.float32))


def test_likeness_is_one_inside_and_nought_like_the_ground() -> None:
    grey = np.where(disc(10), 180, 60).astype(np.float32)
    look = Appearance.of(Shown(grey), boxed(disc(10)))
    assert look.likeness(Shown(grey), boxed(disc(6))) == 1
    assert look.likeness(even(60), boxed(disc(6))) == 0
    assert look.likeness(even(120), boxed(disc(6))) == pytest.approx(0.5)
    dark = Appearance.of(Shown(255 - grey), boxed(disc(10)))
    assert dark.likeness(Shown(255 - grey), boxed(disc(6))) == 1


def test_a_faint_object_does_not_end_for_noise() -> None:
    noise = np.random.default_rng(0).normal(0, 20, (60, 60))
    look = Appearance.of(Shown((100 + disc(10) + noise).astype(np.float32)), boxed(disc(10)))
    assert look.likeness(even(97), boxed(disc(6))) > 0.75


def looks(
    likeness: list[float], support: list[float] | None = None, agreement: float = 0.7
) -> list[Look]:
    found = Found(boxed(disc(10)), 0.9, agreement, "carried")
    shares = support or [None] * len(likeness)
    pairs = zip(likeness, shares, strict=True)
    return [Look(at, found, like, like, share) for at, (like, share) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("likeness", "count"),
    [
        ([1.0, 0.7, 0.3, 0.1, 0.0, 0.0], 2),  # onto dark ground: partway down the fall
        ([1.0, 0.74, 0.6, 0.55, 0.6, 0.6], 2),  # onto grey ground: partway down to it
        ([1.1, 1.0, 0.3, 0.1], 2),
        ([0.9, 0.8, 1.0, 1.2, 1.1, 1.1], 1),  # another one behind: where it is least like it
        ([1.0, 0.3], 1),
    ],
)
def test_where_an_object_ends(likeness: list[float], count: int) -> None:
    assert Ending().foresee(looks(likeness), is_last=True) == (count, True)


@pytest.mark.parametrize("likeness", [[], [1.0] * 8, [0.9] * 9, [1.2, 1.0, 0.9, 0.8, 0.8, 1.0]])
def test_what_hardly_changes_goes_on(likeness: list[float]) -> None:
    assert Ending().foresee(looks(likeness), is_last=True) == (len(likeness), False)


@pytest.mark.parametrize(
    ("likeness", "support", "count"),
    [
        ([1.0] * 6, [1.0, 0.9, 0.55, 0.4, 0.0, 0.0], 2),  # nothing else tells that it ends
        ([1.0, 0.7, 0.5, 0.3, 0.1, 0.4, 0.8], [1.0] * 7, 4),  # down to where it is lowest
        ([1.0, 0.7, 0.5, 0.3, 0.1, 0.4, 0.8], [1.0, 1.0, 0.8, 0.3, 0.0, 0.0, 0.0], 3),
        ([1.0, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], [1.0] * 7, 6),
        ([0.7, 0.7, 0.7, 0.3], [1.0, 0.3, 0.3, 1.0], 1),  # two doubtful ones before the last
    ],
)
def test_where_an_object_ends_as_seen_from_the_side(
    likeness: list[float], support: list[float], count: int
) -> None:
    seen = looks(likeness, support)
    assert Ending().foresee(seen, is_last=True) == (count, True)


def test_one_slice_that_is_doubtful_from_the_side_is_no_end() -> None:
    seen = looks([1.0] * 6, [1.0, 0.3, 0.9, 1.0, 0.6, 0.8])
    assert Ending().foresee(seen, is_last=True) == (6, False)


def test_a_dip_seen_from_the_side_is_no_end_if_it_is_shallow() -> None:
    assert Ending().foresee(looks([0.7, 1.0, 1.0], [0.9] * 3), is_last=True) == (3, False)
    assert Ending().foresee(looks([0.6, 1.0, 1.0], [0.9] * 3), is_last=True)[1]
    assert Ending(dip=0.25).foresee(looks([0.7, 1.0, 1.0], [0.9] * 3), is_last=True)[1]
    assert Ending().foresee(looks([0.7, 1.0, 1.0]), is_last=True)[1]


def test_a_dip_seen_from_the_side_is_told_from_the_fall_behind_it() -> None:
    dip = [0.74, 0.96, 0.88, 0.71]
    assert Ending().foresee(looks(dip, [0.9] * 4), is_last=True) == (3, True)
    assert Ending().foresee(looks(dip), is_last=True) == (0, True)  # not seen from the side


def test_what_hardly_changes_goes_on_though_it_leaves_the_planes_seen_from_the_side() -> None:
    support = [1.0, 0.4, 0.1, 0.0, 0.0, 0.0]
    assert Ending().foresee(looks([1.0] * 6, support, 0.9), is_last=True) == (6, False)
    assert Ending().foresee(looks([1.0] * 6, support, 0.7), is_last=True) == (1, True)
    darker = [1.0, 0.7, 0.3, 0.1, 0.0, 0.0]
    assert Ending().foresee(looks(darker, support, 0.9), is_last=True)[1]


@pytest.mark.parametrize(
    ("place", "mask", "answer"),
    [
        # Its place darkens because it moved away; where it is now it looks as before.
        ([1.0, 0.7, 1.0, 1.0, 1.0, 1.0], [1.0, 0.98, 1.0, 1.0, 1.0, 1.0], (6, False)),
        ([1.0, 0.7, 1.0, 1.0, 1.0, 1.0], [1.0, 0.8, 1.0, 1.0, 1.0, 1.0], (1, True)),
        # What comes behind is far brighter.
        ([1.0, 0.8, 1.4, 1.4, 1.4, 1.4], [1.0, 0.98, 1.4, 1.4, 1.4, 1.4], (1, True)),
    ],
)
def test_a_valley_is_an_end_where_the_mask_looks_otherwise_too(
    place: list[float], mask: list[float], answer: tuple[int, bool]
) -> None:
    found = Found(boxed(disc(10)), 0.9, 0.7, "carried")
    pairs = enumerate(zip(mask, place, strict=True))
    seen = [Look(at, found, like, there, None) for at, (like, there) in pairs]
    assert Ending().foresee(seen, is_last=True) == answer


def test_what_is_seen_from_the_side_is_held_unless_it_is_torn() -> None:
    def look(agreement: float, support: float | None) -> Look:
        found = Found(boxed(disc(10)), 0.9, agreement, "carried")
        return Look(0, found, 1.0, 1.0, support)

    assert Ending().is_held(look(0.5, 0.8), 1.0)
    assert not Ending().is_held(look(0.2, 0.8), 1.0)
    assert not Ending().is_held(look(0.5, 0.4), 1.0)
    assert not Ending().is_held(look(0.5, None), 1.0)


def test_a_slice_is_sure_when_enough_are_seen_behind_it() -> None:
    rule = Ending(look_ahead=2)
    assert rule.foresee(looks([1.0, 0.9]), is_last=False) == (1, False)
    assert rule.foresee(looks([1.0, 0.9, 0.9]), is_last=False) == (1, False)
    assert rule.foresee(looks([1.0, 0.9, 0.9, 0.9]), is_last=False) == (2, False)


@given(st.lists(st.tuples(st.floats(-0.5, 2.5), st.floats(0, 1)), max_size=12), st.booleans())
def test_waiting_changes_when_it_is_known_but_not_where_it_ends(
    slices: list[tuple[float, float]], seen_from_the_side: bool
) -> None:
    likeness = [like for like, _ in slices]
    support = [share for _, share in slices] if seen_from_the_side else None
    rule, waiting, sure, ended = Ending(), [], 0, False
    for look in looks(likeness, support):
        waiting.append(look)
        count, ended = rule.foresee(waiting, is_last=False)
        sure, waiting = sure + count, waiting[count:]
        if ended:
            break
    else:
        count, ended = rule.foresee(waiting, is_last=True)
        sure += count
    assert (sure, ended) == rule.foresee(looks(likeness, support), is_last=True)


def test_what_loses_an_object() -> None:
    first = Found(boxed(disc(10)), 0.9, 1.0, "prompted")
    rule, areas = Ending(), [boxed(disc(10)).area]

    def lost(radius: float, predicted_iou: float = 0.9, agreement: float = 0.9) -> bool:
        found = Found(boxed(disc(radius)), predicted_iou, agreement, "carried")
        return rule.is_lost(found, first, areas, 1.0)

    assert not lost(10)
    assert not lost(7)
    assert lost(3)
    assert not lost(14)
    assert lost(10, predicted_iou=0.4)
    assert lost(10, agreement=0.2)
    assert not rule.is_lost(Found(boxed(disc(10)), 0.9, 0.2, "carried"), first, areas, 3.0)
    areas += [boxed(disc(radius)).area for radius in (9, 8, 7)]
    assert not lost(7.5)
    assert lost(9.5)


@pytest.mark.parametrize(
    "change",
    [{"area": 2}, {"regrowth": 0.5}, {"look_ahead": -1}, {"holds": -1}, {"likeness": -0.1}],
)
def test_rules_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        Ending(**change)
