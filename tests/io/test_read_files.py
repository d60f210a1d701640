"""Reading images: axes, pixel size, and every way in which a file can be unusable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_samwise.errors import ImageError
from napari_samwise.io.read import read_image
from napari_samwise.io.tiff import name_axes


def counting(*shape: int, dtype: str = "uint16") -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ("YX", "YX"),
        ("YXS", "YXC"),
        ("ZYX", "ZYX"),
        ("QYX", "ZYX"),
        ("IYX", "ZYX"),
        ("QQYX", "TZYX"),
        ("ZQYX", "ZTYX"),
        ("TZCYX", "TZCYX"),
        ("QQQYX", None),
        ("CYXS", None),
        ("QX", None),
    ],
)
def test_axis_letters_of_tifffile(stored: str, named: str | None) -> None:
    assert name_axes(stored) == named


def test_imagej_stack_keeps_axes_and_pixel_size(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    metadata = {"axes": "ZCYX", "spacing": 1.5, "unit": "nm"}
    tifffile.imwrite(path, counting(5, 2, 7, 8), imagej=True, resolution=(4, 2), metadata=metadata)
    file = read_image(path)
    assert file.axes == "ZCYX"
    assert file.scale == pytest.approx((1.5e-3, 0.5e-3, 0.25e-3))
    np.testing.assert_array_equal(file.data, counting(5, 2, 7, 8))


def test_ome_tiff_keeps_axes_and_pixel_size(tmp_path: Path) -> None:
    path = tmp_path / "movie.ome.tif"
    metadata = {"axes": "TYX", "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.1}
    tifffile.imwrite(path, counting(3, 20, 30), metadata=metadata, compression="zlib")
    file = read_image(path)
    assert (file.axes, file.scale) == ("TYX", pytest.approx((1.0, 0.1, 0.2)))


def test_screen_resolution_of_a_plain_tiff_is_no_pixel_size(tmp_path: Path) -> None:
    path = tmp_path / "screenshot.tif"
    tifffile.imwrite(path, counting(20, 30), resolution=(72, 72), resolutionunit="INCH")
    assert read_image(path).scale is None


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "jpeg"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_compressions_and_byte_orders(
    tmp_path: Path, compression: str | None, byteorder: str
) -> None:
    path = tmp_path / "image.tif"
    image = np.full((32, 48), 77, dtype="uint8")
    if compression != "jpeg":
        image = counting(32, 48)
    tifffile.imwrite(path, image, compression=compression, byteorder=byteorder)
    np.testing.assert_array_equal(read_image(path).data, image)


def test_uncompressed_stack_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, counting(5, 20, 30), photometric="minisblack")
    assert isinstance(read_image(path).data, np.memmap)


def test_bilevel_tiff(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    mask = counting(20, 30) % 3 == 0
    tifffile.imwrite(path, mask, photometric="minisblack")
    np.testing.assert_array_equal(read_image(path).data, mask)


@pytest.mark.parametrize(
    ("mode", "axes", "shape"),
    [
        ("RGB", "YXC", (20, 30, 3)),
        ("RGBA", "YXC", (20, 30, 4)),
        ("P", "YXC", (20, 30, 3)),
        ("LA", "YX", (20, 30)),
        ("L", "YX", (20, 30)),
        ("I;16", "YX", (20, 30)),
        ("1", "YX", (20, 30)),
    ],
)
def test_png_modes(tmp_path: Path, mode: str, axes: str, shape: tuple[int, ...]) -> None:
    path = tmp_path / "photo.PNG"
    Image.new(mode, (30, 20)).save(path)
    file = read_image(path)
    assert (file.axes, file.data.shape, file.name) == (axes, shape, "photo.PNG")


def test_asked_axes_win_over_stored_ones(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    metadata = {"axes": "ZYX", "spacing": 2.0, "unit": "um"}
    tifffile.imwrite(path, counting(5, 20, 30), imagej=True, metadata=metadata, resolution=(1, 1))
    file = read_image(path, axes="tyx")
    assert (file.axes, file.scale) == ("TYX", pytest.approx((1.0, 1.0, 1.0)))


def write_text_tiff(path: Path) -> None:
    path.write_text("hello, I am a letter and no image\n")


def write_cut_tiff(path: Path) -> None:
    tifffile.imwrite(path, counting(64, 64), compression="zlib")
    path.write_bytes(path.read_bytes()[:300])


def write_damaged_tiff(path: Path) -> None:
    tifffile.imwrite(path, counting(64, 64), compression="zlib")
    with tifffile.TiffFile(path) as file:
        offset = file.pages.first.dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + 8] = b"\xff" * 8
    path.write_bytes(content)


def write_pickled_npy(path: Path) -> None:
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("letter.tif", write_text_tiff, "not a readable TIFF"),
        ("cut.tif", write_cut_tiff, "cut.tif"),
        ("damaged.tif", write_damaged_tiff, "TIFF"),
        ("letter.png", write_text_tiff, "not a readable PNG"),
        ("letter.npy", write_text_tiff, "not a NumPy file"),
        ("pickle.npy", write_pickled_npy, "not a NumPy file"),
        ("letter.doc", write_text_tiff, "suffix '.doc'"),
        ("rank1.npy", lambda p: np.save(p, counting(100)), "rank 1"),
        ("rank6.npy", lambda p: np.save(p, counting(1, 1, 1, 1, 20, 20)), "rank 6"),
        ("empty.npy", lambda p: np.save(p, counting(0, 20)), "no pixels"),
        ("folder.tif", Path.mkdir, "is a folder"),
        ("missing.tif", lambda p: None, "no file"),
    ],
)
def test_unusable_files_are_told_in_one_sentence(tmp_path: Path, name, write, said: str) -> None:
    path = tmp_path / name
    write(path)
    with pytest.raises(ImageError, match=said) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value) or "rank" in str(caught.value)


def test_axes_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "stack.npy"
    np.save(path, counting(5, 20, 30))
    with pytest.raises(ImageError, match="name 4 axes but the image has 3"):
        read_image(path, axes="TZYX")
