"""Everything mode on frames: the same as without, in any order, and after any interruption."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

import napari_samwise as sw
from napari_samwise.errors import Cancelled, InputError
from napari_samwise.geometry.lattice import Frame, Lattice
from napari_samwise.intensity import resolve_intensity
from napari_samwise.learn.scenes import fluorescence, make_scene
from napari_samwise.model.base import Decoded
from napari_samwise.model.proposals import Clicks
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.candidate_store import FolderStore, MemoryStore
from napari_samwise.segment.everything.choose import see, suppress
from napari_samwise.segment.everything.generate import find_everything
from napari_samwise.segment.everything.options import EverythingOptions, Search
from napari_samwise.segment.everything.paint import paint
from napari_samwise.segment.everything.plan import Plan
from napari_samwise.segment.everything.run import search_view
from napari_samwise.segment.everything.table import Table
from napari_samwise.segment.everything.view import FramedView, wide_frames

GRID = EverythingOptions(search=Search(points_per_side=12))
LOOSE = EverythingOptions(
    predicted_iou=0.3, stability=0.2, nms_iou=0.4, overlap_of="mask", search=Search(mode="seeds")
)


def squares() -> np.ndarray:
    """`(200, 300)` uint16: a lattice of small squares, and one object wider than a frame."""
    image = np.full((200, 300), 20, dtype=np.uint16)
    for index, (y, x) in enumerate(itertools.product(range(15, 180, 31), range(16, 270, 37))):
        image[y : y + 11, x : x + 13] = 400 + 40 * (index % 12)
    image[88:120, 60:240] = 1100
    return image


def same_objects(one: np.ndarray, other: np.ndarray, iou: float) -> float:
    """Share of the objects of one label image that the other has with at least that IoU."""
    codes, shared = np.unique(
        one.astype(np.int64) * (int(other.max()) + 1) + other, return_counts=True
    )
    row, column = np.divmod(codes, int(other.max()) + 1)
    areas = np.bincount(one.ravel()), np.bincount(other.ravel())
    ious = shared / (areas[0][row] + areas[1][column] - shared)
    good = np.unique(row[(row > 0) & (column > 0) & (ious >= iou)])
    return len(good) / max(1, np.count_nonzero(np.bincount(one.ravel())[1:]))


@given(
    size=st.tuples(st.integers(16, 3000), st.integers(16, 3000)),
    frame_px=st.sampled_from([64, 512, 1024, 1792]),
    level=st.integers(0, 3),
)
def test_cells_tile_the_plane_and_see_around_themselves(
    size: tuple[int, int], frame_px: int, level: int
) -> None:
    lattice = Lattice(size, frame_px, 192 if frame_px > 192 else frame_px)
    frames = list(wide_frames(lattice, min(level, lattice.count - 1)))
    assert sum(int(np.prod(frame.inner.shape)) for frame in frames) == size[0] * size[1]
    for frame in frames:
        assert frame.roi.intersect(frame.inner) == frame.inner
        assert all(start % (32 * frame.step) == 0 for start in frame.roi.offset)
        for axis in (0, 1):
            before = frame.inner.offset[axis] - frame.roi.offset[axis]
            after = frame.roi.end[axis] - frame.inner.end[axis]
            assert before >= 384 * frame.step or frame.roi.offset[axis] == 0
            assert after >= 384 * frame.step or frame.roi.end[axis] == size[axis]


def test_a_grid_on_frames_finds_what_the_whole_plane_shows(tiny_model_class: type) -> None:
    class Scaling(tiny_model_class):  # type: ignore[misc]
        """Sees coarse frames, and draws in pixels of the plane."""

        def decode(self, features: Any, image_size: Any, prompts: Any, **how: Any) -> Decoded:
            step = -(-image_size[0] // features["image_embedding"].shape[-2])
            seen = prompts.replace(points=(prompts.points + 0.5) / step - 0.5)
            found = super().decode(features, image_size, seen, **how)
            masks = found.masks.repeat_interleave(step, 1).repeat_interleave(step, 2)
            return replace(found, masks=masks[:, : image_size[0], : image_size[1]])

    image, tiny_model = squares(), Scaling()
    whole = replace(GRID, search=Search(points_per_side=30))
    untiled = sw.segment_everything(image, tiny_model, options=whole)
    tiled = sw.segment_everything(image, tiny_model, options=GRID, frame_px=128)
    assert untiled.max() > 30
    assert same_objects(untiled, tiled, 0.99) == 1
    # The long one is seen on a coarser level, whose pixels are larger.
    assert same_objects(tiled, untiled, 0.95) == 1


def test_nano_in_frames_is_nano_on_the_plane() -> None:
    kind = next(iter(fluorescence.KINDS))
    image = np.concatenate([make_scene(seed, 192, kind).image for seed in range(4)], axis=1)
    predictor = Predictor("nano")
    untiled = sw.segment_everything(image, predictor)
    tiled = sw.segment_everything(image, predictor, frame_px=512)
    assert untiled.max() > 20
    assert same_objects(untiled, tiled, 0.99) >= 0.95
    assert same_objects(tiled, untiled, 0.99) >= 0.95


def test_nano_in_frames_sees_what_suits_a_coarser_level() -> None:
    """Objects too large for a window of the finest level and far smaller than a frame."""
    rows, columns = np.ogrid[:560, :800]
    image = np.full((560, 800), 60.0)
    for y, x, radius in ((140, 150, 60), (400, 300, 75), (180, 480, 85), (420, 640, 65)):
        image[np.hypot(rows - y, columns - x) <= radius] = 190
    image += np.random.default_rng(0).normal(0, 8, image.shape)
    predictor = Predictor("nano")
    untiled = sw.segment_everything(image, predictor)
    tiled = sw.segment_everything(image, predictor, frame_px=512)
    assert np.bincount(untiled.ravel())[1:].max() > 100**2
    assert same_objects(untiled, tiled, 0.99) == same_objects(tiled, untiled, 0.99) == 1


@pytest.fixture(scope="module")
def discs(tiny_model_class: type) -> Predictor:
    """Seeds by brightness, and for each three discs of random size and promise."""

    class Discs(tiny_model_class):  # type: ignore[misc]
        has_seeds = True

        def find_seeds(self, features: Any, image_size: Any, *, min_confidence: float) -> Clicks:
            grey = features["image_embedding"][0, 0].numpy()
            points = np.argwhere(grey > 0.9)[::25]
            scale = np.array(image_size) / grey.shape
            return Clicks((points + 0.5) * scale - 0.5)

        def decode(self, features: Any, image_size: Any, prompts: Any, **how: Any) -> Any:
            rng = np.random.default_rng([int(8 * v) for v in prompts.points[0]])
            cells = np.stack(np.mgrid[: image_size[0], : image_size[1]])
            away = np.hypot(*(cells - prompts.points[0][:, None, None]))
            radius, slope = rng.uniform(2, 20, (2, 3, 1, 1))
            logits = torch.from_numpy(((radius - away) * slope / 4).astype(np.float32))
            promise = torch.from_numpy(rng.uniform(0.2, 1, 3).astype(np.float32))
            order = promise.argsort(descending=True)
            return Decoded(logits[order], promise[order], logits[order] > 0)

    return Predictor(Discs())


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.integers(0, 255, (150, 170), dtype=np.uint8)


@pytest.fixture(scope="module")
def searched(discs: Predictor, noise: np.ndarray) -> tuple[FramedView, MemoryStore]:
    intensity = resolve_intensity(noise, rgb=False)
    view = FramedView(discs, PlaneSource(noise), intensity, 64)
    store = MemoryStore()
    search_view(view, discs.model, LOOSE, store)
    return view, store


def painted(view: FramedView, store: MemoryStore, order: list[int], block_px: int) -> np.ndarray:
    found = [store.get(index) for index in order]
    table = Table(found.__getitem__, len(found))
    objects = see(table, suppress(table, LOOSE), LOOSE.min_visible)
    labels = np.zeros(view.plane_size, dtype=np.int32)
    for region, block in paint(table, objects, view.plane_size, block_px):
        labels[region.slices] = block
    return labels


@settings(max_examples=12)
@given(seed=st.integers(0, 999), block_px=st.integers(16, 200))
def test_order_and_blocks_have_no_say(
    searched: tuple[FramedView, MemoryStore], seed: int, block_px: int
) -> None:
    view, store = searched
    order = list(range(len(view.parts)))
    expected = painted(view, store, order, 1024)
    assert expected.max() > 20
    np.random.default_rng(seed).shuffle(order)
    np.testing.assert_array_equal(painted(view, store, order, block_px), expected)


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_have_no_say(discs: Predictor, noise: np.ndarray, workers: int) -> None:
    seen: list[tuple[int, int]] = []
    labels = [
        sw.segment_everything(
            noise,
            discs,
            options=LOOSE,
            frame_px=64,
            workers=count,
            progress=lambda *step: seen.append(step),
        )
        for count in (1, workers)
    ]
    np.testing.assert_array_equal(*labels)
    assert seen[-1][0] == seen[-1][1]
    with pytest.raises(Cancelled, match="finished is kept"):
        sw.segment_everything(
            noise, discs, options=LOOSE, frame_px=64, workers=workers, should_stop=lambda: True
        )


@pytest.mark.parametrize("kind", ["path", "zarr", "memmap", "array"])
def test_labels_go_where_they_are_wanted(
    discs: Predictor, noise: np.ndarray, tmp_path: Path, kind: str
) -> None:
    stack = np.stack([noise, noise[::-1]])
    how: dict[str, Any] = {"options": LOOSE, "frame_px": 64}
    expected = sw.segment_everything(stack, discs, "ZYX", **how)
    out: Any = {
        "path": lambda: tmp_path / "labels.zarr",
        "zarr": lambda: zarr.create_array(
            str(tmp_path / "mine.zarr"), shape=stack.shape, chunks=(1, 40, 60), dtype="int64"
        ),
        "memmap": lambda: np.memmap(tmp_path / "m", np.int32, "w+", shape=stack.shape),
        "array": lambda: np.full(stack.shape, 7, dtype=np.int32),
    }[kind]()
    if kind == "zarr":
        out[:] = 9
    found = find_everything(Plan.make(stack, discs, "ZYX", **how), out=out)
    np.testing.assert_array_equal(np.asarray(found.labels[...]), expected)
    np.testing.assert_array_equal(np.bincount(expected.ravel())[1:], found.areas)
    if kind == "path":
        assert found.labels.metadata.dimension_names == ("z", "y", "x")
        assert [path.name for path in tmp_path.iterdir()] == ["labels.zarr"]
    else:
        assert found.labels is out


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("labels.tif", "ends in .zarr"),
        ("nowhere/labels.zarr", "no folder"),
        ("image.zarr", "holds no labels"),
        (np.zeros((3, 3), np.int32), "must have the shape"),
        (np.zeros((150, 170), np.uint16), "32-bit"),
    ],
)
def test_where_labels_cannot_go(
    discs: Predictor, noise: np.ndarray, tmp_path: Path, out: Any, message: str
) -> None:
    zarr.create_array(str(tmp_path / "image.zarr"), shape=(5, 5), dtype="uint16")
    with pytest.raises(InputError, match=message):
        sw.segment_everything(noise, discs, out=tmp_path / out if isinstance(out, str) else out)


def test_a_place_without_room_for_the_parts(
    discs: Predictor, noise: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "labels.zarr.parts").write_text("a file")
    with pytest.raises(InputError, match=r"cannot be written: .*; choose another place"):
        sw.segment_everything(noise, discs, out=tmp_path / "labels.zarr")


def test_frames_and_crops_exclude_each_other(tiny_model: Any) -> None:
    options = EverythingOptions(search=Search(points_per_side=4, crop_layers=1))
    with pytest.raises(InputError, match="exclude each other"):
        sw.segment_everything(squares(), tiny_model, options=options, frame_px=128)


def test_an_interrupted_run_goes_on_and_another_does_not(
    discs: Predictor, noise: np.ndarray, tmp_path: Path
) -> None:
    out = tmp_path / "labels.zarr"
    how = {"options": LOOSE, "frame_px": 64, "out": out}
    calls = itertools.count()
    with pytest.raises(Cancelled):
        sw.segment_everything(noise, discs, should_stop=lambda: next(calls) > 12, **how)
    assert not out.exists()
    with pytest.raises(InputError, match="remove it to begin anew"):
        sw.segment_everything(255 - noise, discs, **how)
    folder = tmp_path / "labels.zarr.parts"
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("plane/*.npz")}
    assert len(finished) > 1
    fresh = Predictor(discs.model)
    encoded = len(discs.model.encoded)
    labels = sw.segment_everything(noise, fresh, **how)
    view = FramedView(discs, PlaneSource(noise), resolve_intensity(noise, rgb=False), 64)
    # Frames of one size may show the same, and then are encoded once.
    assert 0 < len(discs.model.encoded) - encoded <= len(view.parts) - len(finished)
    expected = sw.segment_everything(noise, discs, options=LOOSE, frame_px=64)
    np.testing.assert_array_equal(labels[...], expected)
    assert not folder.exists()


def test_two_runs_do_not_write_to_one_zarr(
    discs: Predictor, noise: np.ndarray, tmp_path: Path
) -> None:
    out = tmp_path / "labels.zarr"

    def run_another(_done: int, _total: int) -> None:
        with pytest.raises(InputError, match=r"Another run writes to '.*labels\.zarr'; wait"):
            sw.segment_everything(noise, discs, options=LOOSE, frame_px=64, out=out)

    how = {"options": LOOSE, "frame_px": 64}
    labels = sw.segment_everything(noise, discs, out=out, progress=run_another, **how)
    np.testing.assert_array_equal(labels[...], sw.segment_everything(noise, discs, **how))
    assert [path.name for path in tmp_path.iterdir()] == ["labels.zarr"]


_SLOW_RUN = """
import sys, time
import numpy as np
import torch
from napari_samwise.segment.everything.generate import segment_everything
from napari_samwise.weights.load import load_model
torch.set_num_threads(1)
model = load_model("nano", device="cpu")
encode = model.encode_frame
def slowly(picture, step):
    time.sleep(0.2)
    return encode(picture, step)
model.encode_frame = slowly
segment_everything(np.load(sys.argv[1]), model, frame_px=256, out=sys.argv[2])
"""


def test_killed_and_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(0).integers(0, 60, (192, 500), dtype=np.uint8)
    for x in range(30, 480, 60):
        image[80:105, x : x + 25] += 150
    np.save(tmp_path / "image.npy", image)
    model = sw.load_model("nano", device="cpu")
    encode, encoded = model.encode_frame, []
    monkeypatch.setattr(
        model, "encode_frame", lambda *given: encoded.append(given) or encode(*given)
    )
    whole = sw.segment_everything(image, model, frame_px=256, out=tmp_path / "whole.zarr")
    count = len(encoded)
    words = [sys.executable, "-c", _SLOW_RUN, "image.npy", "labels.zarr"]
    killed = subprocess.Popen(words, cwd=tmp_path)
    folder = tmp_path / "labels.zarr.parts" / "plane"
    limit = time.monotonic() + 240
    while len(list(folder.glob("[0-9]*.npz"))) < 3:
        assert killed.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)
    finished = len(list(folder.glob("[0-9]*.npz")))
    labels = sw.segment_everything(image, model, frame_px=256, out=tmp_path / "labels.zarr")
    assert len(encoded) == 2 * count - finished
    np.testing.assert_array_equal(whole[...], labels[...])
    assert labels[...].max() >= 4


def test_a_folder_keeps_what_was_put(discs: Predictor, tmp_path: Path, searched: Any) -> None:
    view, memory = searched
    store = FolderStore(tmp_path / "parts")
    store.put(3, memory.get(0))
    assert (3 in store, 0 in store) == (True, False)
    back, given_found = FolderStore(tmp_path / "parts").get(3), memory.get(0)
    for name, values in given_found.to_arrays().items():
        np.testing.assert_array_equal(back.to_arrays()[name], values)
    assert isinstance(view.parts[0], Frame)
