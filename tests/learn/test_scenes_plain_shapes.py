"""Bands that are long and thin, and figures that can be told from their ground."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import regionprops

from napari_samwise.learn.scenes import make_scene
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.shapes import figures, ribbons


def test_bands_are_many_times_as_long_as_wide() -> None:
    slender = []
    for seed in range(12):
        scene = make_scene(seed, 192, "ribbons")
        largest = max(regionprops(scene.labels), key=lambda region: region.area)
        # Of a band of length L and width W it is about L / W, of a disc 1.
        slender.append((largest.perimeter / 2) ** 2 / largest.area / np.pi**2 * 4)
    assert np.median(slender) > 5


def test_a_figure_may_have_a_hole() -> None:
    scenes = (make_scene(seed, 128, "figures") for seed in range(12))
    euler = [region.euler_number for scene in scenes for region in regionprops(scene.labels)]
    assert min(euler) < 1
    assert max(euler) == 1


@pytest.mark.parametrize("painter", [ribbons, figures])
def test_grey_shapes_differ_from_their_ground(painter: object) -> None:
    seen = 0
    for seed in range(30):
        canvas = painter(Draw(seed), 96)  # type: ignore[operator]
        grey, labels = canvas.image.numpy(), canvas.labels.numpy()
        flat = [grey[0][labels == i].std() < 1e-4 for i in np.unique(labels)]
        if not all(flat) or not (grey[0] == grey[2]).all():
            continue
        seen += 1
        ground = grey[0][labels == 0].mean()
        for label in np.unique(labels[labels > 0]):
            assert abs(grey[0][labels == label].mean() - ground) > 0.1
    assert seen
