"""Movies whose planes are larger than what the model sees at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import zarr

from napari_samwise.errors import Cancelled
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.track import track
from napari_samwise.segment.tracking.tracks import Tracks
from napari_samwise.weights.load import load_model

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
FRAME_PX = 128
DISCS = {
    1: {"centre": (60, 50), "velocity": (4, 7), "radius": 11, "grey": 0.5},
    # A mother who divides where four frames meet, and her daughters.
    2: {"centre": (124, 189), "velocity": (1, 1), "radius": 12, "grey": 0.7, "end": 2},
    3: {"centre": (127, 182), "velocity": (0, -1), "radius": 8.5, "grey": 0.7, "begin": 3},
    4: {"centre": (127, 202), "velocity": (0, 1), "radius": 8.5, "grey": 0.7, "begin": 3},
    # Out of the plane, and into a corner.
    5: {"centre": (200, 390), "velocity": (0, 8), "radius": 9, "grey": 0.85},
    6: {"centre": (270, 10), "velocity": (3, -1), "radius": 10, "grey": 0.6},
}


def in_frames(model: Any) -> Any:
    """Let a model see 128 pixels at once."""
    model.whole_px, model.frame_px, model.top_px = 200, FRAME_PX, FRAME_PX
    return model


@pytest.fixture
def framing(tiny_model: Any) -> Any:
    """The tiny model, which sees 128 pixels at once."""
    return in_frames(tiny_model)


@pytest.fixture
def movie(drawn: Callable[..., Any]) -> Any:
    """Seven frames of 300 x 420 pixels."""
    return drawn(DISCS, 7, (300, 420))


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))


def assert_same(framed: Tracks, whole: Tracks, least: float, frames: int = 0) -> None:
    """Compare tracks that may begin and end so many frames earlier or later."""
    assert framed.graph == whole.graph
    assert framed.spans.keys() == whole.spans.keys()
    for label, span in whole.spans.items():
        both = np.array([span, framed.spans[label]])
        assert np.ptp(both, axis=0).max() <= frames
        for t in range(both[:, 0].max(), both[:, 1].min() + 1):
            assert iou(framed.labels[t] == label, whole.labels[t] == label) >= least


@pytest.mark.parametrize("options", [TrackingOptions(), TrackingOptions(backward=True)])
def test_frames_give_what_whole_planes_give(
    framing: Any, tiny_model_class: Any, movie: Any, options: TrackingOptions
) -> None:
    first = 2 if options.backward else 0
    start = np.zeros_like(movie.labels)
    start[first] = movie.labels[first]
    whole = track(movie.image, start, tiny_model_class(), intensity=LIMITS, options=options)
    framed = track(movie.image, start, framing, intensity=LIMITS, options=options)
    assert sorted(whole.graph.values()) == [[2], [2]]
    assert whole.spans[5][1] < 6
    assert_same(framed, whole, 0.99)
    # The table was noted on the way; the labels tell the same.
    again = Tracks.from_labels(framed.labels, framed.graph).table
    for name in ("id", "t", "y", "x", "area"):
        np.testing.assert_array_equal(framed.table[name], again[name])
    assert max(max(shape) for shape in framing.encoded) == FRAME_PX


def test_nano_in_frames_follows_as_it_does_in_whole_planes(movie: Any) -> None:
    whole = track(movie.image, movie.labels[0], load_model("nano"), intensity=LIMITS)
    nano = load_model("nano")
    nano.whole_px, nano.frame_px = 200, 256
    framed = track(movie.image, movie.labels[0], nano, intensity=LIMITS)
    # On which frame daughters are first two things lies within what levels of frames may differ.
    # Of a disc that leaves the picture a few dozen pixels are left in the end.
    assert_same(framed, whole, 0.85, frames=1)
    assert iou(framed.labels[6] == 1, movie.labels[6] == 1) > 0.9


def test_objects_that_nobody_named_are_found_in_frames(
    framing: Any, drawn: Callable[..., Any]
) -> None:
    at_rest = {"velocity": (0, 0), "radius": 9, "grey": 0.8}
    movie = drawn(
        {1: {"centre": (30, 30), **at_rest}, 2: {"centre": (40, 170), **at_rest}}, 1, (64, 208)
    )
    start = np.where(movie.labels[0] == 1, 1, 0)
    options = TrackingOptions(new_objects=True)
    tracks = track(movie.image, start, framing, intensity=LIMITS, options=options)
    assert movie.iou(tracks.labels, 1, 1, 0) == 1
    owner = tracks.labels[0, 40, 170]
    assert owner > 1
    assert movie.iou(tracks.labels, 2, owner, 0) == 1
    assert max(max(shape) for shape in framing.encoded) == FRAME_PX


FIRST = {1: (700, 2100), 2: (3015, 2960), 3: (5970, 90)}
MOVE = {1: (9, 4), 2: (-5, 8), 3: (0, 6)}


class BigMovie:
    """Squares of 20 pixels on planes of 6000, computed where they are asked for."""

    shape, side = (6, 6000, 6000), 20

    def __init__(self, chunk: int) -> None:
        self.computed: set[tuple[int, int, int]] = set()
        cells = da.zeros(self.shape, chunks=(1, chunk, chunk), dtype=np.uint8)
        self.image = cells.map_blocks(self._fill, dtype=np.uint8, meta=np.empty((0, 0, 0), "u1"))
        self.chunk = chunk

    def box(self, label: int, t: int) -> Roi:
        y, x = (a + t * b for a, b in zip(FIRST[label], MOVE[label], strict=True))
        return Roi((y, x), (self.side, self.side)).intersect(Roi((0, 0), self.shape[1:]))

    def _fill(self, block: np.ndarray, block_info: Any = None) -> np.ndarray:
        (t, _), *plane = block_info[0]["array-location"]
        here = Roi.from_bounds([a for a, _ in plane], [b for _, b in plane])
        self.computed.add((t, here.offset[0] // self.chunk, here.offset[1] // self.chunk))
        filled = np.full(block.shape, 20 + t, dtype=np.uint8)
        for label in FIRST:
            common = self.box(label, t).intersect(here)
            if not common.is_empty:
                ramp = np.arange(common.shape[1], dtype=np.uint8)
                inside = common.shift([-start for start in here.offset])
                filled[0][inside.slices] = 120 + 25 * label + ramp
        return filled


def test_of_a_large_lazy_movie_only_what_is_near_objects_is_read(
    framing: Any, tmp_path: Path
) -> None:
    movie = BigMovie(chunk=250)
    prompts = {label: Prompts([(0, y + 9, x + 9)]) for label, (y, x) in FIRST.items()}
    tracemalloc.start()
    try:
        tracks = track(
            movie.image, prompts, framing, "TYX", intensity=LIMITS, out=tmp_path / "labels.zarr"
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Objects are as large as they are, and where they are.
    assert tracks.spans == {1: (0, 5), 2: (0, 5), 3: (0, 5)}
    for label, t in product(FIRST, range(6)):
        box = movie.box(label, t)
        there = tracks.labels[(t, *box.slices)]
        assert (there == label).all()
        row = (tracks.table["id"] == label) & (tracks.table["t"] == t)
        assert tracks.table["area"][row] == np.prod(box.shape)
    near = {
        (t, y // movie.chunk, x // movie.chunk)
        for label, t in product(FIRST, range(6))
        for y, x in product(
            *(range(max(0, a - 640), min(b + 640, 6000)) for a, b in _sides(movie.box(label, t)))
        )
    }
    assert movie.computed <= near
    assert len(movie.computed) < 6 * 24 * 24 / 10
    assert max(max(shape) for shape in framing.encoded) == FRAME_PX
    # One plane of labels alone would need 144 MB.
    assert peak < 60e6
    assert isinstance(tracks.labels, zarr.Array)


def _sides(box: Roi) -> list[tuple[int, int]]:
    return list(zip(box.offset, box.end, strict=True))


def test_frames_are_written_as_they_are_found(framing: Any, movie: Any) -> None:
    out = zarr.create_array({}, shape=movie.labels.shape, chunks=(1, 100, 100), dtype="int32")
    out[:, :3, 200:210] = 99  # of an earlier run
    told: list[int] = []

    def look(t: int, labels: np.ndarray) -> None:
        told.append(t)
        np.testing.assert_array_equal(out[t], labels)

    with pytest.raises(Cancelled, match="after 3 of 7 frames"):
        track(
            movie.image,
            movie.labels[0],
            framing,
            intensity=LIMITS,
            out=out,
            on_frame=look,
            should_stop=lambda: len(told) == 3,
        )
    assert told == [0, 1, 2]
    assert iou(out[2] == 1, movie.labels[2] == 1) > 0.9
    assert not out[3:].any()
    assert not (out[:] == 99).any()


def test_stopping_within_a_plane(framing: Any, movie: Any) -> None:
    with pytest.raises(Cancelled):
        track(
            movie.image,
            movie.labels[0],
            Predictor(framing),
            intensity=LIMITS,
            should_stop=lambda: len(framing.encoded) >= 2,
        )
    assert len(framing.encoded) == 2


def test_a_pyramid_is_one_movie(framing: Any, movie: Any) -> None:
    alone = track(movie.image, movie.labels[0], framing, intensity=LIMITS)
    levels = [movie.image, movie.image[:, ::2, ::2]]
    pyramid = track(levels, movie.labels[0], framing, "TYX", intensity=LIMITS)
    np.testing.assert_array_equal(pyramid.labels, alone.labels)
