"""What is cut out of large planes: every object in one part, with all its pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.geometry.roi import Roi
from napari_samwise.learn.adapt_examples import CROP_PX, crop_planes, plan_crops
from napari_samwise.learn.corpus import LabelledPlane

SIDES = st.integers(1, 6000)

WHOLE_PX = 2048


@st.composite
def boxes_in_planes(draw: st.DrawFn) -> tuple[dict[int, Roi], tuple[int, int]]:
    size = draw(st.tuples(SIDES, SIDES))
    boxes = {}
    for label in range(1, draw(st.integers(1, 12)) + 1):
        shape = [draw(st.integers(1, min(side, 3000))) for side in size]
        corner = [draw(st.integers(0, side - own)) for side, own in zip(size, shape, strict=True)]
        boxes[label] = Roi((corner[0], corner[1]), (shape[0], shape[1]))
    return boxes, size


@given(boxes_in_planes())
def test_every_object_lies_whole_in_one_part(
    given_: tuple[dict[int, Roi], tuple[int, int]],
) -> None:
    boxes, size = given_
    plans = list(plan_crops(boxes, size, WHOLE_PX))
    planned = [label for plan in plans for label in plan.ids]
    assert len(planned) == len(set(planned))
    left_out = boxes.keys() - set(planned)
    assert all(max(boxes[label].shape) > WHOLE_PX for label in left_out)
    for plan in plans:
        assert plan.region.intersect(Roi((0, 0), size)) == plan.region
        assert max(plan.region.shape) <= WHOLE_PX
        for label in plan.ids:
            assert plan.region.intersect(boxes[label]) == boxes[label]


def test_a_small_plane_is_taken_whole() -> None:
    labels = np.zeros((60, 80), np.int32)
    labels[5:20, 5:20] = 3
    labels[40:44, 40:44] = 4
    plane = LabelledPlane("a", "s", np.zeros((60, 80, 3), np.uint8), labels)
    (found,) = crop_planes([plane], WHOLE_PX)
    assert found.name == "a"
    assert found.scored == {3}, "the other one is too small"
    assert found.image.shape == (60, 80, 3)


def test_of_a_large_plane_only_crops_are_kept() -> None:
    labels = np.zeros((2100, 3000), np.int32)
    labels[10:40, 10:40] = 1
    labels[2000:2030, 2900:2950] = 2
    labels[600:1800, 1000:1100] = 3
    image = np.zeros((2100, 3000, 3), np.uint8)
    image[labels > 0] = 200
    found = list(crop_planes([LabelledPlane("slide", "s", image, labels)], WHOLE_PX))
    assert [sorted(plane.scored or ()) for plane in found] == [[1], [2], [3]]
    assert [max(plane.labels.shape) for plane in found] == [CROP_PX, CROP_PX, WHOLE_PX]
    for plane in found:
        ((label, area),) = ((one, (plane.labels == one).sum()) for one in plane.scored or ())
        assert area == (labels == label).sum()
        np.testing.assert_array_equal(plane.image[..., 0] > 0, plane.labels > 0)
        assert plane.name.startswith("slide@")
