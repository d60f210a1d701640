"""Classical tools find what is easy."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.learn.baselines import flood_from_click, otsu_in_box, watershed_everything
from napari_samwise.learn.clicks import deepest_point, tight_box
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import iou


@pytest.mark.parametrize("identity", [1, 2, 5])
def test_both_find_flat_rectangles(squares_plane: LabelledPlane, identity: int) -> None:
    truth = squares_plane.labels == identity
    assert iou(flood_from_click(squares_plane.image, deepest_point(truth)), truth) > 0.7
    y0, x0, y1, x1 = tight_box(truth)
    roomy = (y0 - 3, x0 - 3, y1 + 3, x1 + 3)
    assert iou(otsu_in_box(squares_plane.image, roomy), truth) > 0.85


def test_flood_fills_holes(squares_plane: LabelledPlane) -> None:
    image = squares_plane.image.copy()
    image[62:70, 75:85] = 30
    found = flood_from_click(image, (54, 65))
    assert found[66, 80]
    assert iou(found, squares_plane.labels == 2) > 0.85


def test_flood_keeps_to_like_brightness(squares_plane: LabelledPlane) -> None:
    assert flood_from_click(squares_plane.image, (25, 23), tolerance=255).all()
    assert not flood_from_click(squares_plane.image, (25, 23))[0, 0]


def test_otsu_takes_the_side_in_the_middle() -> None:
    image = np.full((40, 40, 3), 200, np.uint8)
    image[12:28, 12:28] = 20
    found = otsu_in_box(image, (6, 6, 33, 33))
    assert found[20, 20]
    assert not found[7, 7]


def test_otsu_takes_the_largest_part() -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    image[10:40, 10:40] = 200
    image[10:40, 50:53] = 200
    found = otsu_in_box(image, (5, 5, 45, 55))
    assert found[20, 20]
    assert not found[20, 51]


def test_a_box_of_one_brightness_is_the_object() -> None:
    found = otsu_in_box(np.full((30, 30, 3), 7, np.uint8), (5, 6, 9, 11))
    assert int(found.sum()) == 5 * 6
    assert found[5:10, 6:12].all()


def test_watershed_finds_flat_rectangles(squares_plane: LabelledPlane) -> None:
    for image in (squares_plane.image, 255 - squares_plane.image):
        found = watershed_everything(image)
        assert found.dtype == np.int32
        assert iou(found > 0, squares_plane.labels > 0) > 0.85
        for identity in (1, 2, 5):
            assert found[squares_plane.labels == identity].any()


def test_watershed_divides_touching_discs() -> None:
    rows, columns = np.mgrid[:50, :80]
    discs = [(rows - 25) ** 2 + (columns - x) ** 2 < 14**2 for x in (28, 52)]
    image = np.repeat(np.where(discs[0] | discs[1], 200, 20).astype(np.uint8)[..., None], 3, -1)
    found = watershed_everything(image)
    assert found.max() == 2
    assert found[25, 28] != found[25, 52]


def test_watershed_finds_nothing_on_a_flat_plane() -> None:
    assert not watershed_everything(np.full((40, 40, 3), 9, np.uint8)).any()
