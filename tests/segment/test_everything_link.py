"""Everything mode in three dimensions: parts of one object on consecutive planes get one id."""

from __future__ import annotations

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.errors import InputError
from napari_samwise.learn.scenes import make_scene


@pytest.fixture(scope="module")
def stack() -> np.ndarray:
    return np.stack([make_scene(3, 128, "nuclei").image[..., 0]] * 3)


def test_an_object_has_one_id_along_the_linked_axis(stack: np.ndarray) -> None:
    apart = sw.segment_everything(stack, axes="ZYX")
    linked = sw.segment_everything(stack, axes="ZYX", link="z")
    assert apart.max() == 3 * linked.max() > 0
    np.testing.assert_array_equal(linked > 0, apart > 0)
    np.testing.assert_array_equal(linked[0], linked[2])


def test_only_an_axis_from_plane_to_plane_links(stack: np.ndarray) -> None:
    for link in ("y", "t"):
        with pytest.raises(InputError, match="from plane to plane, here Z of 'ZYX'"):
            sw.segment_everything(stack, axes="ZYX", link=link)
