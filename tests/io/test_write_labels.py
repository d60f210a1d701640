"""Writing labels: what is written is read back, and nothing is half written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from napari_samwise.atomic import replacing
from napari_samwise.errors import InputError
from napari_samwise.io import label_formats
from napari_samwise.io.read import read_image
from napari_samwise.io.write import write_labels

LABELS = np.arange(2 * 16 * 18, dtype=np.int32).reshape(2, 16, 18)


@given(
    case=st.sampled_from(["YX", "ZYX", "TYX", "TZYX"]).flatmap(
        lambda axes: st.tuples(
            st.just(axes),
            hnp.arrays(
                np.int32,
                hnp.array_shapes(min_dims=len(axes), max_dims=len(axes), min_side=2, max_side=7),
                elements=st.integers(0, 2**31 - 1),
            ),
        )
    ),
    size=st.floats(1e-3, 1e3),
)
def test_tiff_gives_back_labels_axes_and_pixel_size(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[str, np.ndarray], size: float
) -> None:
    axes, labels = case
    path = tmp_path_factory.getbasetemp() / "labels.tif"
    scale = tuple(1.0 if axis == "T" else size * (i + 1) for i, axis in enumerate(axes))
    write_labels(path, labels, axes, scale)
    file = read_image(path)
    assert file.axes == axes
    assert file.scale == pytest.approx(scale)
    assert file.data.dtype == np.int32
    np.testing.assert_array_equal(file.data, labels)


def test_only_a_large_tiff_is_a_bigtiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "labels.tif"
    for limit, is_big in ((LABELS.nbytes, False), (LABELS.nbytes - 1, True)):
        monkeypatch.setattr(label_formats, "_CLASSIC_BYTES", limit)
        write_labels(path, LABELS, "ZYX")
        with tifffile.TiffFile(path) as file:
            assert file.is_bigtiff == is_big
        np.testing.assert_array_equal(read_image(path).data, LABELS)


def test_npy_and_png(tmp_path: Path) -> None:
    write_labels(tmp_path / "labels.npy", LABELS, "ZYX")
    np.testing.assert_array_equal(np.load(tmp_path / "labels.npy"), LABELS)
    write_labels(tmp_path / "labels.png", LABELS[1], "YX")
    picture = np.asarray(Image.open(tmp_path / "labels.png"))
    assert picture.dtype == np.uint16
    np.testing.assert_array_equal(picture, LABELS[1])


@pytest.mark.parametrize(
    ("name", "labels", "axes", "said"),
    [
        ("labels.jpg", LABELS[0], "YX", "change its suffix"),
        ("nowhere/labels.tif", LABELS[0], "YX", "no folder"),
        ("labels.png", LABELS, "ZYX", "write a .tif instead"),
        ("labels.png", LABELS[0] + 70_000, "YX", "write a .tif instead"),
        ("labels.tif", LABELS, "YX", "one letter per axis"),
    ],
)
def test_refusals_leave_nothing_behind(tmp_path: Path, name, labels, axes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        write_labels(tmp_path / name, labels, axes)
    assert list(tmp_path.iterdir()) == []


def fill_the_disk(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half of the new")
        raise OSError(28, "No space left on device")


def test_failure_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.tif"
    path.write_text("old")
    with pytest.raises(InputError, match="No space left"):
        fill_the_disk(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "labels.tif"
    path.write_text("old")
    with pytest.raises(InputError, match="cannot be written"), replacing(path / "it") as temporary:
        temporary.write_text("new")
    assert path.read_text() == "old"
