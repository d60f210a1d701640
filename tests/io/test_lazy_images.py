"""Large images stay in their files: levels, parts, channels, damage found on the way."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.roi import Roi
from napari_samwise.io.read import read_image
from napari_samwise.io.stored_array import StoredArray
from napari_samwise.predictor.plane_source import PlaneSource

IMAGE = np.arange(300 * 260, dtype=np.uint16).reshape(300, 260)


def write_pyramid(path: Path, *, bigtiff: bool = False) -> None:
    metadata = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
    with tifffile.TiffWriter(path, bigtiff=bigtiff) as writer:
        layout = {"tile": (64, 64), "compression": "zlib"}
        writer.write(IMAGE, subifds=2, metadata=metadata, **layout)
        for step in (2, 4):
            writer.write(IMAGE[::step, ::step], subfiletype=1, **layout)


@pytest.mark.parametrize("bigtiff", [False, True])
def test_pyramid_gives_its_levels(tmp_path: Path, bigtiff: bool) -> None:
    path = tmp_path / "slide.ome.tif"
    write_pyramid(path, bigtiff=bigtiff)
    file = read_image(path)
    assert (file.axes, file.scale) == ("YX", (0.25, 0.5))
    assert [level.shape for level in file.levels] == [(300, 260), (150, 130), (75, 65)]
    assert all(isinstance(level, StoredArray) for level in file.levels)
    source = PlaneSource(file.levels, Axes(file.axes))
    assert source.steps == (1, 2, 4)
    np.testing.assert_array_equal(source.read(Roi((0, 0), (300, 260)), 4), IMAGE[::4, ::4])


def test_only_the_tiles_asked_for_are_read(tmp_path: Path) -> None:
    path = tmp_path / "slide.ome.tif"
    write_pyramid(path)
    with tifffile.TiffFile(path) as file:
        offset = file.pages.first.dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + 8] = b"\xff" * 8
    path.write_bytes(content)
    image = read_image(path).data
    np.testing.assert_array_equal(image[70:90, 70:90], IMAGE[70:90, 70:90])
    with pytest.raises(ImageError, match=r"'slide\.ome\.tif' cannot be read everywhere") as caught:
        image[:10, :10]
    assert "\n" not in str(caught.value)


def test_file_is_closed_when_no_level_is_left(tmp_path: Path) -> None:
    path = tmp_path / "slide.ome.tif"
    write_pyramid(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        coarsest = read_image(path).levels[-1]
        gc.collect()
        np.testing.assert_array_equal(coarsest[...], IMAGE[::4, ::4])
        del coarsest
        gc.collect()


def test_aperio_slide_tells_its_pixel_size(tmp_path: Path) -> None:
    path = tmp_path / "slide.svs"
    text = "Aperio Image Library v1.0\n300x260 [0,0 300x260]|AppMag = 20|MPP = 0.499"
    tifffile.imwrite(path, IMAGE, tile=(64, 64), description=text, metadata=None)
    assert read_image(path).scale == pytest.approx((0.499, 0.499))


def index_of(extent: int) -> st.SearchStrategy[int | slice]:
    inside = st.integers(-extent, extent - 1)
    return inside | st.slices(extent).filter(lambda s: (s.step or 1) > 0)


@given(data=st.data())
def test_slicing_is_that_of_numpy(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    stack = np.arange(3 * 7 * 9).reshape(3, 7, 9)
    stored = StoredArray(zarr.array(stack, chunks=(1, 4, 4)), "x")
    key = tuple(data.draw(index_of(n)) for n in stack.shape[: data.draw(st.integers(0, 3))])
    np.testing.assert_array_equal(stored[key], stack[key])
    np.testing.assert_array_equal(stored[..., 2], stack[..., 2])
    axis = data.draw(st.integers(0, 2))
    np.testing.assert_array_equal(np.asarray(stored.hold(axis, 1)), stack.take(1, axis))


@pytest.mark.parametrize("axes", ["CYX", "YXC"])
def test_channel_is_chosen_without_reading(tmp_path: Path, axes: str) -> None:
    image = np.stack([IMAGE, IMAGE + 1], axis=axes.index("C"))
    zarr.create_array(
        store=str(tmp_path / "a.zarr"), data=image, dimension_names=list(axes.lower())
    )
    file = read_image(tmp_path / "a.zarr").channel(1)
    assert (file.axes, file.data.shape) == ("YX", IMAGE.shape)
    assert isinstance(file.data, StoredArray)
    np.testing.assert_array_equal(np.asarray(file.data), IMAGE + 1)


@pytest.mark.parametrize("shape", [(3, 20, 30), (2, 20, 30), (10, 2, 20, 30), (1, 1, 5, 20, 30)])
def test_ambiguous_axes_are_asked_for(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "image.npy", np.zeros(shape))
    with pytest.raises(ImageError, match="name them with --axes"):
        read_image(tmp_path / "image.npy")
    letters = "TZCYX"[-len(shape) :]
    assert read_image(tmp_path / "image.npy", letters).axes == letters


def test_three_unnamed_pages_may_be_channels(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((3, 20, 30), "u1"), photometric="minisblack")
    with pytest.raises(ImageError, match=r"ZYX or CYX"):
        read_image(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", np.zeros((5, 20, 30), "u1"), photometric="minisblack")
    assert read_image(tmp_path / "b.tif").axes == "ZYX"
