from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane

SHAPE = (10, 48, 64)
YX, ZX = (1, 2), (0, 2)


def draft(points=(), labels=(), axes=(), outlines=()) -> Draft:
    return Draft(
        np.array(points, dtype=float).reshape(-1, 3),
        np.array(labels, dtype=np.int8),
        tuple(axes),
        tuple(outlines),
    )


def resolve(given: Draft, plane: Plane):
    return given.by_plane(YX)[plane].resolve(plane, SHAPE)


def test_each_point_goes_to_the_plane_in_which_it_was_placed() -> None:
    both = draft([(7, 5, 6), (7.4, 1, 2), (7, 5, 6)], [1, 0, 1], [YX, YX, ZX])
    parts = both.by_plane(YX)
    assert list(parts) == [Plane(YX, (7,)), Plane(ZX, (5,))]
    request, notes = resolve(both, Plane(YX, (7,)))
    np.testing.assert_array_equal(request.prompts.points, [(5, 6), (1, 2)])
    assert request.prompts.labels.tolist() == [1, 0]
    assert not notes
    other, _ = resolve(both, Plane(ZX, (5,)))
    np.testing.assert_array_equal(other.prompts.points, [(7, 6)])


def test_points_outside_are_left_out_with_a_sentence() -> None:
    request, notes = resolve(draft([(7, 5, 6), (7, 99, 6)], [1, 1], [YX, YX]), Plane(YX, (7,)))
    assert len(request.prompts.points) == 1
    assert notes == ["Points outside the image are ignored."]


def test_a_slice_outside_the_image_asks_for_nothing() -> None:
    request, notes = resolve(draft([(12, 5, 6)], [1], [YX]), Plane(YX, (12,)))
    assert request is None
    assert "slice 12" in notes[0]


def test_exclude_points_alone_describe_no_object() -> None:
    request, notes = resolve(draft([(7, 5, 6)], [0], [YX]), Plane(YX, (7,)))
    assert request is None
    assert "include" in notes[0]


def test_the_newest_box_counts_and_is_clipped(rectangle) -> None:
    outlines = [
        Outline("rectangle", rectangle(5, 5, 20, 20, 7)),
        Outline("rectangle", rectangle(30, 30, -9, 99, 7)),
    ]
    request, notes = resolve(draft(outlines=outlines), Plane(YX, (7,)))
    np.testing.assert_array_equal(request.prompts.box, [(-0.5, 30), (30, 63.5)])
    assert notes == ["One object has one box: the newest is used."]


@pytest.mark.parametrize("where", [(5, 5, 5, 20), (60, 5, 70, 20)])
def test_a_box_without_area_is_left_out_with_a_sentence(rectangle, where) -> None:
    outlines = [Outline("rectangle", rectangle(*where, 7))]
    request, notes = resolve(draft(outlines=outlines), Plane(YX, (7,)))
    assert request is None
    assert notes == ["A box without area inside the image is ignored."]


def test_drawn_areas_become_one_mask_beside_the_box(rectangle) -> None:
    outlines = [
        Outline("polygon", rectangle(5, 5, 10, 10, 7)),
        Outline("ellipse", rectangle(20, 20, 40, 40, 7)),
        Outline("rectangle", rectangle(2, 2, 45, 45, 7)),
        Outline("path", rectangle(2, 2, 45, 45, 7)),
    ]
    request, notes = resolve(draft(outlines=outlines), Plane(YX, (7,)))
    mask = request.on_plane((48, 64)).mask
    assert mask.shape == (48, 64)
    assert mask[7, 7]
    assert mask[30, 30]
    assert not mask[15, 15]
    np.testing.assert_array_equal(request.prompts.box, [(2, 2), (45, 45)])
    assert notes == ["Lines and paths enclose nothing and are ignored."]


def test_equality_is_by_value() -> None:
    one = draft([(7, 5, 6)], [1], [YX])
    assert one.same_as(draft([(7, 5, 6)], [1], [YX]))
    assert not one.same_as(draft([(7, 5, 6)], [0], [YX]))
    assert not one.same_as(draft([(7, 5, 6)], [1], [ZX]))
    assert not one.same_as(draft())
