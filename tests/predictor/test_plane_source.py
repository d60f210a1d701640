"""Parts of planes, averaged by area, from arrays of all kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.lattice import Lattice
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.model.nano_levels import halve
from napari_samwise.predictor.plane_source import PlaneSource, as_levels

GREY = Intensity("contrast-limits", (0.0,), (4000.0,), rgb=False)


class Lazy:
    """An array that is read only by slicing and counts what was read."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.pixels = 0

    def __getitem__(self, index: Any) -> np.ndarray:
        found: np.ndarray = self.array[index]
        self.pixels += found.size
        return found


def noise(shape: tuple[int, ...], dtype: str = "u2", seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 5000, shape).astype(dtype)


def pyramid_of(picture: np.ndarray, levels: int) -> list[np.ndarray]:
    """`(Y, X, 3)` halved again and again, as a network does that sees all of it."""
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None].float()
    found = [picture.astype(np.float32)]
    for _ in range(levels):
        tensor = halve(tensor)
        found.append(tensor[0].permute(1, 2, 0).numpy())
    return found


@given(height=st.integers(16, 300), width=st.integers(16, 300), seed=st.integers(0, 9))
def test_frames_of_every_level_are_cut_from_the_pyramid_of_the_whole_plane(
    height: int, width: int, seed: int
) -> None:
    image = noise((height, width), seed=seed)
    lattice = Lattice((height, width), 64, 16)
    levels = pyramid_of(GREY.apply(image), lattice.count - 1)
    source = PlaneSource(image)
    for level in range(lattice.count):
        for frame in lattice.frames(level):
            picture = source.picture(frame.roi, frame.step, GREY)
            assert picture.shape == (*frame.size, 3)
            assert picture.flags.c_contiguous
            y, x = (start // frame.step for start in frame.roi.offset)
            expected = levels[level][y : y + frame.size[0], x : x + frame.size[1]]
            np.testing.assert_allclose(picture, expected, atol=1e-3)


def test_blocks_that_are_kept_give_the_same_picture() -> None:
    image = noise((4500, 2100), "u1")
    lazy = Lazy(image)
    source = PlaneSource(lazy)
    limits = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
    roi = Roi((0, 0), (4500, 2100))
    levels = pyramid_of(limits.apply(image), 5)
    np.testing.assert_allclose(source.picture(roi, 8, limits), levels[3], atol=1e-3)
    assert lazy.pixels == image.size
    np.testing.assert_allclose(source.picture(roi, 32, limits), levels[5], atol=1e-3)
    assert lazy.pixels == image.size


@pytest.mark.parametrize("dtype", ["bool", "u1", "i2", "f4", "f8", "u4"])
def test_values_of_any_type_are_read_as_they_are_and_averaged(dtype: str) -> None:
    image = noise((40, 48), dtype)
    source = PlaneSource(image)
    part = source.read(Roi((8, 16), (16, 32)))
    assert part.dtype == image.dtype
    np.testing.assert_array_equal(part, image[8:24, 16:48])
    means = source.read(Roi((8, 16), (16, 32)), 4)
    expected = image[8:24, 16:48].astype(float).reshape(4, 4, 8, 4).mean((1, 3))
    np.testing.assert_allclose(means, expected, rtol=1e-6)


@pytest.mark.parametrize("names", ["TZYX", "ZCYX", "YXC", "CXY", "XZY"])
def test_a_plane_is_found_in_any_order_of_axes(names: str) -> None:
    extents = {"T": 2, "Z": 3, "Y": 40, "X": 56, "C": 3}
    image = noise(tuple(extents[name] for name in names))
    axes = Axes(names)
    position = tuple(extents[axes.spatial[axis]] - 1 for axis in axes.leading)
    source = PlaneSource(image, axes, position)
    assert source.plane_size == (40, 56)
    assert source.rgb == ("C" in names)
    steps = {n: extents[n] - 1 for n in "TZ"}
    plane = image[tuple(steps.get(name, slice(None)) for name in names)]
    kept = [name for name in names if name in "YXC"]
    plane = plane.transpose([kept.index(name) for name in "YXC" if name in kept])
    np.testing.assert_array_equal(source.read(Roi((3, 5), (20, 30))), plane[3:23, 5:35])


def test_coarse_pictures_come_from_the_coarsest_level_that_is_fine_enough() -> None:
    fine = noise((200, 300))
    levels = [Lazy(fine[::k, ::k]) for k in (1, 3, 4, 16)]
    source = PlaneSource(levels)
    assert source.steps == (1, 4, 16)
    picture = source.read(Roi((0, 0), (200, 300)), 8)
    assert picture.shape == (25, 38)
    assert [level.pixels > 0 for level in levels] == [False, False, True, False]
    np.testing.assert_allclose(
        picture[:, :37], fine[::4, ::4][:50, :74].reshape(25, 2, 37, 2).mean((1, 3))
    )


def test_a_pyramid_that_rounds_down_is_filled_at_its_end() -> None:
    fine = noise((101, 99), "f4")
    source = PlaneSource([fine, fine[:100:2, :98:2]])
    assert source.steps == (1, 2)
    picture = source.read(Roi((0, 0), (101, 99)), 2)
    assert picture.shape == (51, 50)
    np.testing.assert_array_equal(picture[50], picture[49])
    np.testing.assert_array_equal(picture[:, 49], picture[:, 48])


def test_only_what_is_asked_for_is_read() -> None:
    lazy = Lazy(np.broadcast_to(np.uint8(7), (3, 40_000, 40_000)))
    source = PlaneSource(lazy, Axes("ZYX"), (1,))
    source.picture(Roi((20_000, 8_000), (512, 512)), 1, GREY)
    assert lazy.pixels == 512 * 512
    source.picture(Roi((20_480, 8_192), (1024, 1024)), 2, GREY)
    assert lazy.pixels == 5 * 512 * 512


def test_values_become_8_bits_before_they_are_averaged_but_tiles_are_stretched_after() -> None:
    image = np.zeros((32, 32), dtype="u2")
    image[::2, ::2] = 60_000
    clipped = PlaneSource(image).picture(Roi((0, 0), (32, 32)), 2, GREY)
    np.testing.assert_array_equal(clipped, np.full((16, 16, 3), 63.75))
    image[0, 0] = 0
    tile = Intensity("minmax-per-tile", (), (), rgb=False)
    stretched = PlaneSource(image).picture(Roi((0, 0), (32, 32)), 2, tile)
    assert stretched.dtype == np.uint8
    assert sorted(np.unique(stretched)) == [0, 255]


def test_a_list_of_planes_is_no_pyramid() -> None:
    plane = np.zeros((40, 40))
    (volume,) = as_levels([plane, plane])
    assert volume.shape == (2, 40, 40)
    assert [level.shape for level in as_levels([plane, plane[::2, ::2]])] == [(40, 40), (20, 20)]


def test_levels_in_the_wrong_order_are_refused_in_one_sentence() -> None:
    plane = np.zeros((40, 40))
    with pytest.raises(ImageError, match=r"the finest first.*got \(20, 20\), \(40, 40\)") as caught:
        as_levels([plane[::2, ::2], plane])
    assert "NumPy" not in str(caught.value)


@pytest.mark.parametrize(
    ("image", "axes", "position", "words"),
    [
        (np.zeros((8, 40)), None, (), "at least 16 x 16"),
        (np.zeros((3, 40, 40)), Axes("ZYX"), (), "one index for each axis"),
        (np.zeros((3, 40, 40)), Axes("ZYX"), (3,), "one index for each axis"),
        (np.zeros((40, 40), complex), None, (), "real values"),
        (np.zeros((40, 40)), Axes("ZYX"), (0,), "name 3 axes"),
    ],
)
def test_what_is_no_plane_is_refused(image: Any, axes: Any, position: Any, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        PlaneSource(image, axes, position)
