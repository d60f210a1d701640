"""Levels follow the finest one, chunks follow an array in memory, whatever is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_samwise.errors import Cancelled, InputError
from napari_samwise.plugin import label_chunks, label_pyramid
from napari_samwise.plugin.label_chunks import ChunkedLabels
from napari_samwise.plugin.label_folder import make_arrays, new_path
from napari_samwise.plugin.label_pyramid import LabelPyramid
from napari_samwise.plugin.labels import find_highest, is_blank, read_highest


def highest_of_blocks(finest: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Halve the last two axes again and again, one pixel at a time."""
    values = finest
    while values.shape != shape:
        *leading, height, width = values.shape
        halved = np.zeros((*leading, -(-height // 2), -(-width // 2)), values.dtype)
        for y in range(height):
            for x in range(width):
                cell = halved[..., y // 2, x // 2]
                halved[..., y // 2, x // 2] = np.maximum(cell, values[..., y, x])
        values = halved
    return values


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 8 pixels, four of which are kept, and levels down to 8 pixels."""
    monkeypatch.setattr(label_chunks, "CHUNK_PX", 8)
    monkeypatch.setattr(label_chunks, "_KEPT_CHUNKS", 4)
    monkeypatch.setattr(label_pyramid, "_TOP_PX", 8)


@st.composite
def writes(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, int]:
    index: list[Any] = []
    for extent in shape:
        start = draw(st.integers(0, extent - 1))
        index.append(slice(start, draw(st.integers(start + 1, extent))))
    if len(shape) > 2 and draw(st.booleans()):
        index[0] = index[0].start
    return tuple(index), draw(st.integers(0, 9))


@pytest.mark.parametrize("shape", [(37, 22), (3, 19, 25)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_whatever_is_written_is_read_back_and_seen_on_every_level(
    data, small_chunks, tmp_path_factory, shape
) -> None:
    path = tmp_path_factory.mktemp("labels") / "objects.zarr"
    labels = ChunkedLabels(shape, lambda shapes: make_arrays(path, shapes, (1.0,) * len(shape)))
    plain = np.zeros(shape, dtype=np.int32)
    top = np.asarray(labels.levels[-1])
    for _ in range(data.draw(st.integers(1, 6))):
        index, value = data.draw(writes(shape))
        labels[index] = np.full(plain[index].shape, value)
        plain[index] = value
        if data.draw(st.booleans()):
            labels.chunks.wait()
        for level in labels.levels:
            expected = highest_of_blocks(plain, level.shape)
            np.testing.assert_array_equal(np.asarray(level), expected)
    if len(shape) == 2:
        np.testing.assert_array_equal(top, np.asarray(labels.levels[-1]), "seen without asking")
    labels.chunks.wait()
    group = zarr.open_group(path, mode="r")
    for k, level in enumerate(labels.levels):
        np.testing.assert_array_equal(group[str(k)][:], np.asarray(level))


def test_nothing_is_made_before_something_is_written(tmp_path) -> None:
    labels = ChunkedLabels((2000, 2000), lambda shapes: make_arrays(tmp_path / "a", shapes, (1, 1)))
    assert is_blank(labels)
    assert not labels[5:900, 3:700].any()
    assert not any(tmp_path.iterdir())
    labels[3:5, 3:5] = 4
    labels.chunks.wait()
    assert (tmp_path / "a").is_dir()
    assert not is_blank(labels)
    assert find_highest(labels) == 4


@pytest.mark.parametrize("kind", [OSError, ValueError, RuntimeError, MemoryError])
def test_what_cannot_be_written_is_told_and_not_lost(tmp_path, kind) -> None:
    disk_is_full = True

    def make(shapes: Any) -> Any:
        if disk_is_full:
            raise kind("No space left on device")
        return make_arrays(tmp_path / "a.zarr", shapes, (1, 1))

    labels = ChunkedLabels((1000, 1000), make)
    labels[3:5, 3:5] = 1
    labels.chunks.wait()
    assert (labels[3:5, 3:5] == 1).all()
    disk_is_full = False
    with pytest.raises(InputError, match="No space left"):
        labels.chunks.check()
    labels[9:11, 9:11] = 2
    labels.chunks.wait()
    written = zarr.open_group(tmp_path / "a.zarr", mode="r")["0"]
    assert (written[3:5, 3:5] == 1).all()
    assert (written[9:11, 9:11] == 2).all()


def test_levels_of_the_users_own_follow_by_any_factor() -> None:
    levels = [np.zeros(shape, np.uint16) for shape in [(60, 90), (15, 22), (5, 7)]]
    labels = LabelPyramid(levels)
    labels[7:9, 8:13] = 3
    assert np.argwhere(levels[1]).tolist() == [[1, 2], [1, 3], [2, 2], [2, 3]]
    assert np.argwhere(levels[2]).tolist() == [[0, 0], [0, 1]]
    labels[7:9, 8:13] = 0
    assert not any(level.any() for level in levels)
    labels[59, 89] = 5
    assert levels[0][59, 89] == 5


def test_large_labels_are_read_in_parts_for_their_ids(tmp_path) -> None:
    array = zarr.create_array(
        tmp_path / "own.zarr", shape=(5000, 4000), chunks=(512, 512), dtype="uint32", fill_value=0
    )
    array[4990, 3990] = 70
    assert find_highest(array) is None
    assert read_highest(array, lambda: False) == 70
    with pytest.raises(Cancelled):
        read_highest(array, lambda: True)


def test_a_path_is_free_and_says_whose_objects_they_are(tmp_path: Path) -> None:
    first = new_path(tmp_path, "slide 7/ä:b")
    assert first.parent == tmp_path
    assert first.name.startswith("slide-7-ä-b-")
    first.mkdir()
    assert new_path(tmp_path, "slide 7/ä:b") != first
    assert new_path(tmp_path, "..").parent == tmp_path


def test_the_zarr_says_what_it_is(tmp_path) -> None:
    make_arrays(tmp_path / "a.zarr", [(3, 1000, 900), (3, 500, 450)], (2.0, 0.5, 0.5))
    attributes = zarr.open_group(tmp_path / "a.zarr", mode="r").attrs["ome"]
    (multiscale,) = attributes["multiscales"]
    assert [axis["name"] for axis in multiscale["axes"]] == ["z", "y", "x"]
    scales = [d["coordinateTransformations"][0]["scale"] for d in multiscale["datasets"]]
    assert scales == [[2.0, 0.5, 0.5], [2.0, 1.0, 1.0]]
