"""Ids that a format cannot hold are refused, never changed: two objects would become one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner

from napari_samwise.cli.main import cli
from napari_samwise.errors import InputError
from napari_samwise.io.ctc import read_ctc, write_ctc
from napari_samwise.io.label_objects import LabelView, find_boxes
from napari_samwise.io.read import read_image
from napari_samwise.io.write import LABEL_SUFFIXES, write_labels
from napari_samwise.segment.tracking.starts import read_starts
from napari_samwise.segment.tracking.tracks import Tracks

MEDICAL = (".nii", ".nii.gz", ".nrrd", ".mha")


def plane(highest: int, dtype: Any = np.int64) -> np.ndarray:
    labels = np.zeros((16, 18), dtype=dtype)
    labels[2:6, 2:6] = 5
    labels[8:12, 8:12] = highest
    return labels


@pytest.mark.parametrize("suffix", LABEL_SUFFIXES)
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int32, np.int64, np.uint64])
def test_every_integer_type_is_written(tmp_path: Path, suffix: str, dtype: Any) -> None:
    labels = plane(9, dtype)
    if suffix in MEDICAL:
        pytest.importorskip("SimpleITK")
    write_labels(tmp_path / f"labels{suffix}", labels, "YX")
    np.testing.assert_array_equal(np.asarray(read_image(tmp_path / f"labels{suffix}").data), labels)


@pytest.mark.parametrize("suffix", [*MEDICAL, ".zarr"])
@pytest.mark.parametrize("highest", [2**31, 2**32 + 5, -1])
def test_ids_beyond_32_bits_are_refused(tmp_path: Path, suffix: str, highest: int) -> None:
    if suffix in MEDICAL:
        pytest.importorskip("SimpleITK")
    said = f"ids from 0 to 2147483647, got {min(highest, 0)} to {max(highest, 5)}"
    with pytest.raises(InputError, match=said):
        write_labels(tmp_path / f"labels{suffix}", plane(highest), "YX")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".tif", ".npy", ".png"])
def test_negative_ids_are_refused(tmp_path: Path, suffix: str) -> None:
    for dtype in (np.int16, np.int64):
        with pytest.raises(InputError, match="got -1 to 5; "):
            write_labels(tmp_path / f"labels{suffix}", plane(-1, dtype), "YX")
    assert list(tmp_path.iterdir()) == []


def test_values_that_are_no_whole_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="whole numbers, got float32"):
        write_labels(tmp_path / "labels.tif", plane(7, np.float32), "YX")


@pytest.mark.parametrize(
    ("highest", "dtype"), [(255, "u1"), (256, "u2"), (65_536, "i4"), (2**31, "u4")]
)
@pytest.mark.parametrize("wide", [np.int64, np.uint64])
def test_a_tiff_gets_the_smallest_type_that_holds_the_ids(
    tmp_path: Path, highest: int, dtype: str, wide: Any
) -> None:
    path = tmp_path / "labels.tif"
    write_labels(path, plane(highest, wide), "YX")
    file = read_image(path)
    assert file.data.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(file.data, plane(highest))


def test_a_tiff_that_cannot_hold_the_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="from 0 to 4294967295, got 0 to 4294967296"):
        write_labels(tmp_path / "labels.tif", plane(2**32), "YX")
    assert list(tmp_path.iterdir()) == []


def test_the_export_command_writes_the_default_type_of_numpy(tmp_path: Path) -> None:
    np.save(tmp_path / "lab.npy", plane(70_000))
    words = ["export", str(tmp_path / "lab.npy"), "-o", str(tmp_path / "out.tif")]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out.tif"), plane(70_000))


@pytest.mark.parametrize("bad", [2**32 + 5, -1])
def test_masks_of_a_tracking_folder(tmp_path: Path, bad: int) -> None:
    folder = tmp_path / "RES"
    write_ctc(folder, Tracks.from_labels(plane(9, np.int32)[np.newaxis]))
    tifffile.imwrite(folder / "mask000.tif", plane(bad))
    with pytest.raises(InputError, match=r"'mask000\.tif'.* ids from 0 to 2147483647, got"):
        read_ctc(folder)
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="ids from 0 to 65535, got"):
        write_ctc(folder, Tracks.from_labels(plane(bad)[np.newaxis]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [2**31, -1])
def test_labels_to_start_from(bad: int) -> None:
    with pytest.raises(InputError, match=r"ids from 0 to 2147483647, got .*; renumber"):
        read_starts(plane(bad), (3, 16, 18))


@pytest.mark.parametrize("inverse_is_flat", [False, True])
def test_high_ids_are_found_with_every_numpy(
    monkeypatch: pytest.MonkeyPatch, inverse_is_flat: bool
) -> None:
    unique = np.unique

    def flat(values: np.ndarray, **how: Any) -> Any:
        # As before NumPy 2, where the inverse has one axis.
        ids, inverse = unique(values, **how)
        return ids, inverse.ravel()

    if inverse_is_flat:
        monkeypatch.setattr(np, "unique", flat)
    for dtype in (np.int64, np.uint64):
        boxes = find_boxes(LabelView(plane(2**31 + 5, dtype), "YX", "YX", ()))
        assert {label: box.offset for label, box in boxes.items()} == {
            5: (2, 2),
            2**31 + 5: (8, 8),
        }
