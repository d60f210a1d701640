"""The levels of a large plane that stores none."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin import overview
from napari_samwise.plugin.overview import Overview
from napari_samwise.plugin.overview_layer import overview_levels
from napari_samwise.plugin.readers import read_image_layers
from napari_samwise.plugin.series import opened
from napari_samwise.predictor.plane_source import PlaneSource


class Recording:
    """An array that notes how much of it is read at once, and can be made to wait."""

    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim
        self.reads: list[tuple[int, ...]] = []
        self.hold_after: int | None = None
        self.held, self.gate = threading.Event(), threading.Event()

    def __getitem__(self, key: object) -> np.ndarray:
        if len(self.reads) == self.hold_after:
            self.held.set()
            self.gate.wait(10)
        part = self._data[key]
        self.reads.append(part.shape)
        return part


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_COARSEST_PX", 16)
    monkeypatch.setattr(overview, "_BLOCK_PX", 128)


@pytest.mark.usefixtures("_small_blocks")
def test_filling_ends_when_the_application_does(qapp: Any, rng: np.random.Generator) -> None:
    plane = Recording((rng.random((515, 390)) * 200).astype("uint8"))
    plane.hold_after = 2
    levels = overview_levels(plane, rgb=False)
    assert plane.held.wait(10)
    threading.Timer(0.2, plane.gate.set).start()
    qapp.aboutToQuit.emit()
    assert not [one for one in threading.enumerate() if one.name == "samwise-overview"]
    assert len(plane.reads) == 3, "the block that was being read, and no other"
    assert levels[-1].shape[0] <= 16


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("shape", [(515, 390), (300, 261, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_all_levels_show_the_plane_once_they_are_filled(
    shape: tuple[int, ...], dtype: str, rng: np.random.Generator
) -> None:
    plane = (rng.random(shape) * 200).astype(dtype)
    axes = "YX" if len(shape) == 2 else "YXC"
    found = Overview(plane, PlaneSource(plane, axes))
    told: list[int] = []
    found.fill(lambda: told.append(1)).join(30)
    assert told
    whole = Roi((0, 0), shape[:2])
    for number, level in enumerate(found.levels):
        expected = PlaneSource(plane, axes).read(whole, 2**number)
        assert level.shape == expected.shape
        assert level.dtype == plane.dtype
        assert np.abs(np.asarray(level, float) - expected).max() <= (0.5 if dtype == "uint8" else 0)
    assert max(found.levels[-1].shape) <= 16


@pytest.mark.usefixtures("_small_blocks")
def test_nothing_is_read_before_and_little_at_a_time(rng: np.random.Generator) -> None:
    plane = Recording(rng.integers(0, 255, (520, 520)).astype("uint8"))
    found = Overview(plane, PlaneSource(plane, "YX"))
    assert plane.reads == []
    assert not found.levels[-1].any()
    found.fill(lambda: None).join(30)
    assert max(max(shape) for shape in plane.reads) <= 128
    plane.reads.clear()
    found.levels[1][10:20, 30:50]
    assert plane.reads == [(20, 40)]


@pytest.mark.parametrize(("side", "count"), [(700, 1), (3000, 3)])
def test_what_is_small_is_not_read_to_be_filled(side: int, count: int) -> None:
    array = Recording(np.zeros((40, side), np.uint8))
    assert len(overview_levels(array, rgb=False)) == count
    assert not any(thread.name == "samwise-overview" for thread in threading.enumerate())
    assert not array.reads


@pytest.mark.usefixtures("_small_blocks")
def test_filling_stops_when_the_levels_are_gone(rng: np.random.Generator) -> None:
    plane = Recording(rng.integers(0, 255, (520, 520)).astype("uint8"))
    plane.hold_after = 2
    found = Overview(plane, PlaneSource(plane, "YX"))
    thread = found.fill(lambda: None)
    assert plane.held.wait(10)
    del found
    gc.collect()
    plane.gate.set()
    thread.join(30)
    assert not thread.is_alive()
    assert len(plane.reads) == 3


@pytest.mark.usefixtures("_small_blocks")
def test_a_large_plane_without_levels_opens_with_an_overview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    plane = rng.integers(0, 255, (520, 390)).astype("uint16")
    zarr.save_array(str(tmp_path / "slide.zarr"), plane)
    monkeypatch.setattr(opened, "fits_memory", lambda shape: False)
    ((levels, attributes, kind),) = read_image_layers(str(tmp_path / "slide.zarr"))
    assert (kind, attributes["multiscale"]) == ("image", True)
    assert levels[0].shape == plane.shape
    for thread in threading.enumerate():
        if thread.name == "samwise-overview":
            thread.join(30)
    coarsest = PlaneSource(plane, "YX").read(Roi((0, 0), plane.shape), 64)
    assert np.abs(levels[-1] - coarsest).max() <= 0.5
