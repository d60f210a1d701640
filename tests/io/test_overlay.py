"""The overlay marks outlines and prompts where they are and leaves the rest alone."""

from __future__ import annotations

import numpy as np

from napari_samwise.io.overlay import draw_overlay
from napari_samwise.prompts import Prompts

ZOOM = 3


def draw(prompts: dict[int, Prompts]) -> tuple[np.ndarray, np.ndarray]:
    plane = np.full((40, 50, 3), 100, dtype=np.uint8)
    labels = np.zeros((40, 50), dtype=np.int32)
    labels[10:30, 5:20] = 1
    return draw_overlay(plane, labels, prompts, zoom=ZOOM), labels


def test_background_is_the_image_and_objects_are_not() -> None:
    picture, labels = draw({})
    large = labels.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    assert picture.shape == (40 * ZOOM, 50 * ZOOM, 3)
    assert (picture[large == 0] == 100).all()
    assert (picture[large == 1] != 100).any(axis=-1).all()


def test_points_lie_at_pixel_centres_and_show_their_kind() -> None:
    picture, _ = draw({1: Prompts(points=[(20, 12), (20, 40)], labels=[1, 0])})
    centre = ZOOM // 2
    include = picture[20 * ZOOM + centre, 12 * ZOOM + centre].astype(int)
    exclude = picture[20 * ZOOM + centre, 40 * ZOOM + centre].astype(int)
    assert include[1] > include[0] + 100
    assert exclude[0] > exclude[1] + 100


def test_box_is_outlined_and_not_filled() -> None:
    picture, _ = draw({2: Prompts(box=(5, 25, 35, 45))})
    changed = (picture != 100).any(axis=-1)[:, 22 * ZOOM :]
    rows, columns = np.nonzero(changed)
    assert rows.min() == int(5.5 * ZOOM)
    assert rows.max() == int(35.5 * ZOOM)
    assert columns.min() + 22 * ZOOM == int(25.5 * ZOOM)
    assert not changed[20 * ZOOM, 35 * ZOOM - 22 * ZOOM]
