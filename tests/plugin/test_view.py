from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.view import ImageSource, displayed_axes, displayed_plane


@st.composite
def scenes(draw: st.DrawFn):
    """Shape, layer scale and translation, axis order, slider steps."""
    ndim = draw(st.integers(2, 4))
    shape = tuple(draw(st.integers(2, 5)) for _ in range(ndim))
    scale = tuple(draw(st.sampled_from([0.25, 1.0, 3.0])) for _ in range(ndim))
    translate = tuple(draw(st.sampled_from([-7.0, 0.0, 2.5])) for _ in range(ndim))
    order = tuple(draw(st.permutations(range(ndim))))
    step = tuple(draw(st.integers(0, n - 1)) for n in shape)
    return shape, scale, translate, order, step


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_the_plane_is_the_one_that_napari_shows(scene) -> None:
    from napari.components import ViewerModel

    shape, scale, translate, order, step = scene
    viewer = ViewerModel()
    values = np.arange(np.prod(shape)).reshape(shape)
    image = viewer.add_image(values, scale=scale, translate=translate)
    viewer.dims.order = order
    viewer.dims.current_step = step
    plane = displayed_plane(image, viewer.dims)
    assert plane.axes == tuple(sorted(order[-2:]))
    assert plane.position == tuple(n for axis, n in enumerate(step) if axis not in plane.axes)
    # napari's own answer to what lies at a place of the canvas.
    centre = np.array([(n - 1) // 2 for n in plane.size(shape)])
    world = image.data_to_world(plane.to_data(centre)[0])
    shown = image.get_value(world, world=True)
    assert shown == ImageSource.of(image).read(plane)[tuple(centre)]


def test_a_layer_with_fewer_axes_than_the_viewer(viewer) -> None:
    viewer.add_image(np.zeros((5, 6, 7)))
    flat = viewer.add_image(np.zeros((6, 7)))
    assert displayed_plane(flat, viewer.dims) == Plane((0, 1))
    viewer.dims.order = (1, 2, 0)
    assert displayed_plane(flat, viewer.dims) == Plane((0, 1))


def test_a_volume_in_a_viewer_with_time(viewer) -> None:
    viewer.add_image(np.zeros((3, 5, 6, 7)))
    volume = viewer.add_image(np.zeros((5, 6, 7)))
    viewer.dims.current_step = (1, 4, 0, 0)
    assert displayed_plane(volume, viewer.dims) == Plane((1, 2), (4,))


def test_rgb_channels_are_no_axis(viewer) -> None:
    image = viewer.add_image(np.zeros((4, 16, 18, 3), np.uint8), rgb=True)
    viewer.dims.current_step = (2, 0, 0)
    source = ImageSource.of(image)
    assert (source.shape, source.rgb) == ((4, 16, 18), True)
    assert source.read(displayed_plane(image, viewer.dims)).shape == (16, 18, 3)


def test_multiscale_images_are_read_at_their_finest_level(viewer) -> None:
    levels = [np.ones((64, 80)), np.zeros((32, 40))]
    image = viewer.add_image(levels, multiscale=True)
    source = ImageSource.of(image)
    assert source.shape == (64, 80)
    assert source.read(displayed_plane(image, viewer.dims)).all()


def test_lazy_images_are_read_one_plane_at_a_time(viewer) -> None:
    da = pytest.importorskip("dask.array")
    loaded: list[int] = []

    def load(block, block_info=None):
        loaded.append(block_info[None]["chunk-location"][0])
        return block

    lazy = da.zeros((9, 16, 16), chunks=(1, 16, 16)).map_blocks(load, dtype=float)
    source = ImageSource(lazy, (9, 16, 16), False)
    source.read(Plane((1, 2), (4,)))
    assert loaded == [4]


def test_rotation_within_the_plane_is_fine_and_out_of_it_is_refused(viewer) -> None:
    out_of_plane = np.array([(0.8, -0.6, 0), (0.6, 0.8, 0), (0, 0, 1)])
    image = viewer.add_image(np.zeros((5, 6, 7)), rotate=out_of_plane)
    with pytest.raises(InputError, match="rotated or sheared"):
        displayed_plane(image, viewer.dims)
    image.rotate = np.eye(3)
    image.affine = np.array(
        [(1, 0, 0, 0), (0, 0.8, -0.6, 4), (0, 0.6, 0.8, 9), (0, 0, 0, 1)], dtype=float
    )
    viewer.dims.current_step = (3, 0, 0)
    assert displayed_plane(image, viewer.dims) == Plane((1, 2), (3,))


def test_three_displayed_dimensions_are_refused_with_a_way_back(viewer) -> None:
    image = viewer.add_image(np.zeros((5, 6, 7)))
    viewer.dims.ndisplay = 3
    with pytest.raises(InputError, match="2D"):
        displayed_axes(image.ndim, viewer.dims)


def test_sliders_beyond_the_image_are_refused(viewer) -> None:
    viewer.add_image(np.zeros((20, 6, 7)))
    short = viewer.add_image(np.zeros((5, 6, 7)))
    viewer.dims.current_step = (15, 0, 0)
    with pytest.raises(InputError, match="slice 15"):
        displayed_plane(short, viewer.dims)


def test_a_world_in_other_units_shows_the_same_slice(viewer) -> None:
    image = viewer.add_image(np.zeros((9, 6, 7)), units="um", scale=(2, 1, 1))
    viewer.add_image(np.zeros((9, 6, 7)), units="nm", scale=(2000, 1000, 1000))
    viewer.dims.current_step = (4, 0, 0)
    assert displayed_plane(image, viewer.dims).position == (4,)
