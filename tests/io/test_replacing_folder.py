"""Folders that appear whole or not at all: whatever goes wrong, one of the two is there."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr

from napari_samwise.atomic import put_folder, replacing_folder
from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.ome_zarr_labels import make_multiscale
from napari_samwise.io.write import check_labels_path, write_labels
from napari_samwise.segment.everything.target import opened

LABELS = np.arange(64 * 48, dtype=np.int32).reshape(64, 48)
FAILURES = [PermissionError(13, "Permission denied"), KeyboardInterrupt()]


def write(path: Path, text: str = "new") -> None:
    with replacing_folder(path, lambda _: True) as folder:
        (folder / "file").write_text(text)


def fail_into(monkeypatch: pytest.MonkeyPatch, error: BaseException, *numbers: int) -> None:
    """Let the renames of folders with these numbers fail, counted from 0."""
    count = itertools.count()
    rename = os.replace

    def replace(source: str | Path, target: str | Path) -> None:
        # Zarr renames files, in a thread of its own.
        if Path(source).is_dir() and next(count) in numbers:
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_new_folder_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "it"
    for text in ("old", "new"):
        write(path, text)
        assert (path / "file").read_text() == text
        assert names(tmp_path) == ["it"]


@pytest.mark.parametrize("error", FAILURES, ids=repr)
@pytest.mark.parametrize("number", [0, 1])
def test_a_rename_that_fails_keeps_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, number: int
) -> None:
    path = tmp_path / "it"
    write(path, "old")
    fail_into(monkeypatch, error, number)
    with pytest.raises((InputError, KeyboardInterrupt)):
        write(path)
    assert (path / "file").read_text() == "old"
    assert names(tmp_path) == ["it"]


def test_a_folder_that_cannot_go_back_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    write(path, "old")
    fail_into(monkeypatch, FAILURES[0], 1, 2)
    with pytest.raises(InputError, match=r"held is in '.*\.old\.it'") as told:
        write(path)
    (kept,) = tmp_path.iterdir()
    assert str(kept) in str(told.value)
    assert (kept / "file").read_text() == "old"


def write_array(path: Path) -> None:
    zarr.create_array(str(path), data=LABELS, chunks=(32, 32))


@pytest.mark.parametrize("error", FAILURES, ids=repr)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_labels_on_disk_survive_a_rename_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, number: int
) -> None:
    path = tmp_path / "labels.zarr"
    write_array(path)
    fail_into(monkeypatch, error, number)
    with pytest.raises((InputError, KeyboardInterrupt)):
        make_multiscale(path, "YX")
    monkeypatch.undo()
    assert names(tmp_path) == ["labels.zarr"]
    np.testing.assert_array_equal(zarr.open_array(str(path), mode="r")[...], LABELS)
    make_multiscale(path, "YX")
    np.testing.assert_array_equal(zarr.open_array(str(path / "0"), mode="r")[...], LABELS)


def fill(path: Path) -> None:
    with opened(path, Axes("YX"), LABELS.shape) as target:
        target.array[...] = LABELS + 1


@pytest.mark.parametrize("error", FAILURES, ids=repr)
@pytest.mark.parametrize("number", [0, 1])
def test_a_run_that_cannot_be_put_in_its_place_keeps_both_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, number: int
) -> None:
    path = tmp_path / "labels.zarr"
    write_array(path)
    # pathlib's own rename must not slip through.
    monkeypatch.setattr(Path, "replace", lambda self, target: os.replace(self, target))
    fail_into(monkeypatch, error, number)
    with pytest.raises((InputError, KeyboardInterrupt)):
        fill(path)
    monkeypatch.undo()
    np.testing.assert_array_equal(zarr.open_array(str(path), mode="r")[...], LABELS)
    finished = tmp_path / "labels.zarr.parts" / "labels.zarr"
    np.testing.assert_array_equal(zarr.open_array(str(finished), mode="r")[...], LABELS + 1)
    fill(path)
    assert names(tmp_path) == ["labels.zarr"]


Put = Callable[[Path, Path], None]


@pytest.mark.parametrize("put", [put_folder, lambda new, path: put_folder(new, path, old_as="0")])
def test_what_a_killed_run_left_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Put
) -> None:
    for name in ("it", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    left = tmp_path / "left"
    monkeypatch.setattr("napari_samwise.atomic._beside", lambda path, kind: left)
    left.mkdir()
    (left / "file").write_text("of a killed run")
    put(tmp_path / "new", tmp_path / "it")
    assert (tmp_path / "it" / "file").read_text() == "new"
    assert names(tmp_path) == ["it"]


def test_labels_without_levels_are_labels(tmp_path: Path) -> None:
    """A run leaves them that was killed after it had put them there, before it made levels."""
    path = tmp_path / "labels.zarr"
    fill(path)
    assert isinstance(zarr.open(str(path), mode="r"), zarr.Array)
    check_labels_path(path)
    write_labels(path, LABELS + 1, "YX")
    np.testing.assert_array_equal(zarr.open_group(str(path), mode="r")["0"][...], LABELS + 1)
    other = tmp_path / "image.zarr"
    zarr.save_array(str(other), np.zeros((4, 5), np.uint16))
    with pytest.raises(InputError, match="no label image"):
        check_labels_path(other)


def test_a_disk_that_is_full_is_the_users_to_mend(tmp_path: Path) -> None:
    path = tmp_path / "labels.zarr"
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(InputError, match="make room, and run it again"),
        opened(path, Axes("YX"), LABELS.shape),
    ):
        raise full
    with pytest.raises(OSError, match="the image"), opened(path, Axes("YX"), LABELS.shape):
        raise OSError(errno.EIO, "the image")
    fill(path)
    assert names(tmp_path) == ["labels.zarr"]


def test_an_array_that_cannot_be_written_to_is_refused() -> None:
    closed = np.zeros(LABELS.shape, np.int32)
    closed.setflags(write=False)
    with pytest.raises(InputError, match="read-only"), opened(closed, Axes("YX"), LABELS.shape):
        pass
