"""The laws of crops, stability, suppression, regions and labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.everything.background import is_background
from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.choose import suppress
from napari_samwise.segment.everything.conflicts import box_iou, in_blocks, overlapping_pairs
from napari_samwise.segment.everything.crops import cover
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.grid import grid_clicks, grid_in_plane
from napari_samwise.segment.everything.labels import label_candidates
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.packed_masks import PackedMasks
from napari_samwise.segment.everything.regions import clean_regions
from napari_samwise.segment.everything.scaled_mask import ScaledMask
from napari_samwise.segment.everything.stability import stability_scores

SIZE = (12, 14)
MASKS = st.lists(
    hnp.arrays(np.bool_, SIZE, elements=st.booleans()).filter(np.any), min_size=1, max_size=6
)
RECTANGLES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 9), st.integers(1, 4), st.integers(1, 5)),
    min_size=1,
    max_size=12,
)
LIMITS = st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0])


def rectangle(y: int, x: int, height: int, width: int) -> BoxedMask:
    return BoxedMask(Roi((y, x), (height, width)), np.ones((height, width), dtype=bool))


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


def in_frame(mask: BoxedMask) -> np.ndarray:
    frame = np.zeros(SIZE, dtype=bool)
    frame[mask.roi.slices] = mask.inside
    return frame


def test_stability_is_the_iou_at_two_thresholds() -> None:
    logits = torch.tensor(
        [[[3.0, 0.5], [-0.5, -3.0]], [[2.0, 2], [-2, -2]], [[-5.0, -5], [-5, -5]]]
    )
    assert stability_scores(logits, 1.0).tolist() == pytest.approx([1 / 3, 1, 0])
    assert stability_scores(logits, 0.0).tolist() == [1, 1, 0]


@given(hnp.arrays(np.float32, (3, 4, 5), elements=st.floats(-4, 4, width=32)), st.floats(0, 3))
def test_stability_of_whole_masks(logits: np.ndarray, offset: float) -> None:
    limit = np.float32(offset)
    found = stability_scores(torch.from_numpy(logits), float(limit)).tolist()
    for plane, score in zip(logits, found, strict=True):
        high, low = plane > limit, plane > -limit
        assert score == pytest.approx(iou(high, low) if low.any() else 0)


# Of 65, 66 and 69 pixels the last quarter would have fewer than 16, which is refused.
@given(
    size=st.tuples(st.integers(70, 300), st.integers(70, 300)),
    layers=st.integers(0, 2),
    overlap=st.floats(0, 0.5),
)
def test_every_layer_of_crops_covers_the_plane(
    size: tuple[int, int], layers: int, overlap: float
) -> None:
    crops = cover(size, layers, overlap)
    assert len(crops) == sum(4**layer for layer in range(layers + 1))
    for layer in range(layers + 1):
        seen = np.zeros(size, dtype=bool)
        for crop in crops:
            if crop.layer == layer:
                assert crop.roi.intersect(crops[0].roi) == crop.roi
                seen[crop.roi.slices] = True
        assert seen.all()


def test_crops_are_those_of_the_official_code() -> None:
    # generate_crop_boxes((600, 900), 1, 512 / 1500), turned from XYXY to offset and shape.
    offsets = [(0, 0), (0, 348), (198, 0), (198, 348)]
    crops = cover((600, 900), 1, 512 / 1500)
    assert [crop.roi for crop in crops[1:]] == [Roi(o, (402, 552)) for o in offsets]


def test_background_fills_the_rim_and_a_network_only_reaches_it() -> None:
    ground = np.ones(SIZE, dtype=bool)
    ground[2:5, :4] = False
    ground[7:10, 5:9] = False
    network = np.zeros(SIZE, dtype=bool)
    network[5, :] = network[:, 3] = True
    half = np.ones(SIZE, dtype=bool)
    half[:, 0] = False
    assert is_background(BoxedMask.from_mask(ground), SIZE)
    assert not is_background(BoxedMask.from_mask(network), SIZE)
    assert not is_background(BoxedMask.from_mask(half), SIZE)


def test_too_many_layers() -> None:
    with pytest.raises(InputError, match="use fewer"):
        cover((60, 80), 3, 0.3)


@given(st.tuples(st.integers(16, 99), st.integers(16, 99)), st.integers(1, 9))
def test_the_grid_is_symmetric_and_inside(size: tuple[int, int], side: int) -> None:
    points = grid_clicks(size, side).points
    assert len(points) == side**2
    np.testing.assert_allclose(points + points[::-1], np.broadcast_to(size, points.shape) - 1.0)
    assert (points >= -0.5 + 0.5 / side).all()


@given(st.tuples(st.integers(0, 90), st.integers(0, 90)), st.floats(2.5, 40))
def test_cells_share_out_the_points_of_a_grid(border: tuple[int, int], spacing: float) -> None:
    plane = Roi((0, 0), (90, 90))
    whole = {tuple(point) for point in grid_in_plane(plane, spacing).points}
    cells = [
        Roi.from_bounds((y0, x0), (y1, x1))
        for y0, y1 in ((0, border[0]), (border[0], 90))
        for x0, x1 in ((0, border[1]), (border[1], 90))
    ]
    parts = [{tuple(p) for p in grid_in_plane(cell, spacing).points} for cell in cells]
    assert set().union(*parts) == whole
    assert sum(map(len, parts)) == len(whole)


@given(MASKS, st.sampled_from([1, 2, 4]))
def test_packing_loses_nothing(masks: list[np.ndarray], step: int) -> None:
    given = [ScaledMask(BoxedMask.from_mask(mask), step) for mask in masks]
    packed = PackedMasks.join([PackedMasks.pack(given[:1]), PackedMasks.pack(given[1:])])
    order = np.arange(len(masks))[::-1]
    for mask, index in zip(given, packed.select(order[order]), strict=True):
        assert (index.box, index.step, index.area) == (mask.box, mask.step, mask.area)
        np.testing.assert_array_equal(index.cells.inside, mask.cells.inside)
    np.testing.assert_array_equal(packed.areas, [mask.sum() * step**2 for mask in masks])


@given(MASKS, st.sampled_from([(1, 1), (1, 4), (2, 4), (4, 4)]))
def test_overlap_of_scaled_masks_is_that_of_their_pixels(
    masks: list[np.ndarray], steps: tuple[int, int]
) -> None:
    pair = [masks[0], masks[-1]]
    scaled = [ScaledMask(BoxedMask.from_mask(m), s) for m, s in zip(pair, steps, strict=True)]
    size = [4 * side for side in SIZE]
    pixels = [np.kron(m, np.ones((s, s), dtype=bool)) for m, s in zip(pair, steps, strict=True)]
    full = [np.pad(p, [(0, a - b) for a, b in zip(size, p.shape, strict=True)]) for p in pixels]
    assert scaled[0].shared_area(scaled[1]) == np.count_nonzero(full[0] & full[1])
    rows, columns = np.arange(3, size[0]), np.arange(size[1] - 5)
    for mask, expected in zip(scaled, full, strict=True):
        np.testing.assert_array_equal(mask.at(rows, columns), expected[3:, :-5])


@given(RECTANGLES, st.integers(1, 400))
def test_every_pair_that_overlaps_is_found_once(places: list[tuple[int, ...]], factor: int) -> None:
    boxes = np.array([(y, x, y + h, x + w) for y, x, h, w in places]) * factor
    frames = [in_frame(rectangle(*place)) for place in places]
    expected = {
        (a, b)
        for a in range(len(places))
        for b in range(a + 1, len(places))
        if (frames[a] & frames[b]).any()
    }
    pairs = [tuple(pair) for pair in overlapping_pairs(boxes).tolist()]
    assert sorted(pairs) == sorted(expected)
    blocks = list(in_blocks(boxes, 100))
    assert len({(row, column) for row, column, _ in blocks}) == len(blocks)
    assert sum(len(members) for *_, members in blocks) >= len(boxes)


@given(RECTANGLES)
def test_overlap_of_boxes_is_that_of_filled_boxes(places: list[tuple[int, ...]]) -> None:
    boxes = np.array([(y, x, y + h, x + w) for y, x, h, w in places])
    frames = [in_frame(rectangle(*place)) for place in places]
    np.testing.assert_allclose(box_iou(boxes[0], boxes), [iou(frames[0], f) for f in frames])


@pytest.mark.parametrize("overlap_of", ["box", "mask"])
@given(places=RECTANGLES, limit=LIMITS, data=st.data())
def test_laws_of_suppression(
    overlap_of: str, places: list[tuple[int, ...]], limit: float, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(places))))
    options = EverythingOptions(nms_iou=limit, overlap_of=overlap_of)  # type: ignore[arg-type]
    scored = [(1 - 0.05 * rank, rectangle(*places[index])) for index, rank in enumerate(order)]
    kept = suppress(candidates(*scored).table(), options).tolist()
    frames = [in_frame(mask) for _, mask in scored]
    assert order.index(0) in kept
    for a in kept:
        assert all(iou(frames[a], frames[b]) <= limit for b in kept if b != a)
    for dropped in {*range(len(places))} - {*kept}:
        better = [k for k in kept if order[k] < order[dropped]]
        assert any(iou(frames[k], frames[dropped]) > limit for k in better)
    again = candidates(*(scored[index] for index in kept)).table()
    assert suppress(again, options).tolist() == list(range(len(kept)))


def test_slanting_neighbours_differ_by_mask_but_not_by_box() -> None:
    upper = BoxedMask.from_mask(np.triu(np.ones((9, 9), dtype=bool), 1))
    lower = BoxedMask.from_mask(np.tril(np.ones((9, 9), dtype=bool), -1)).shift((-1, 1))
    assert upper.roi == lower.roi
    both = candidates((0.9, upper), (0.8, lower)).table()
    assert suppress(both, EverythingOptions(overlap_of="box")).tolist() == [0]
    assert suppress(both, EverythingOptions(overlap_of="mask")).tolist() == [0, 1]


@given(hnp.arrays(np.bool_, SIZE, elements=st.booleans()).filter(np.any), st.integers(0, 20))
def test_cleaned_regions_are_large(mask: np.ndarray, min_area: int) -> None:
    cleaned = in_frame(clean_regions(BoxedMask.from_mask(mask), min_area))
    islands, count = ndimage.label(cleaned, np.ones((3, 3)))
    sizes = ndimage.sum_labels(cleaned, islands, range(1, count + 1))
    assert count == 1 or (sizes >= min_area).all()
    gaps, count = ndimage.label(~np.pad(cleaned, 1))
    holes = [np.count_nonzero(gaps == gap) for gap in range(2, count + 1)]
    assert all(hole >= min_area for hole in holes)


def test_a_hole_is_filled_and_an_island_removed() -> None:
    mask = np.zeros(SIZE, dtype=bool)
    mask[1:9, 1:9] = True
    mask[4:6, 4:6] = False
    mask[11, 12:14] = True
    whole = mask.copy()
    whole[4:6, 4:6], whole[11] = True, False
    boxed = BoxedMask.from_mask(mask)
    np.testing.assert_array_equal(in_frame(clean_regions(boxed, 5)), whole)
    np.testing.assert_array_equal(in_frame(clean_regions(boxed, 2)), mask)


def found(*scored: tuple[float, BoxedMask]) -> Found:
    return Found(
        PackedMasks.pack([ScaledMask(mask) for _, mask in scored]),
        np.array([score for score, _ in scored], dtype=np.float32),
        np.ones(len(scored), dtype=np.float32),
        np.zeros((len(scored), 2)),
        1.0,
    )


def candidates(*scored: tuple[float, BoxedMask]) -> Candidates:
    return Candidates(SIZE, (found(*scored),), None, EverythingOptions())


WHOLE, LEFT, RIGHT = rectangle(2, 2, 6, 10), rectangle(2, 2, 6, 5), rectangle(2, 7, 6, 5)
NUCLEUS = rectangle(4, 4, 2, 4)


def areas(*scored: tuple[float, BoxedMask]) -> list[int]:
    return np.bincount(label_candidates(candidates(*scored), 0.5).ravel())[1:].tolist()


def test_the_better_mask_owns_the_pixel() -> None:
    assert areas((0.9, LEFT), (0.8, rectangle(2, 6, 6, 5))) == [30, 24]
    assert areas((0.8, LEFT), (0.9, rectangle(2, 6, 6, 5))) == [24, 30]


def test_parts_of_a_better_whole_disappear() -> None:
    assert areas((0.9, WHOLE), (0.8, LEFT), (0.8, NUCLEUS)) == [60]


def test_a_cluster_of_better_parts_disappears() -> None:
    assert areas((0.8, WHOLE), (0.9, LEFT), (0.85, RIGHT)) == [30, 30]


def test_a_cell_keeps_its_ring_around_a_better_nucleus() -> None:
    assert areas((0.8, WHOLE), (0.9, NUCLEUS)) == [52, 8]


@given(RECTANGLES, st.randoms())
def test_labels_are_numbered_by_place_without_gaps(
    places: list[tuple[int, ...]], rng: object
) -> None:
    scored = [(0.5 + 0.01 * i, rectangle(*place)) for i, place in enumerate(places)]
    labels = label_candidates(candidates(*scored), 0.3)
    present, first = np.unique(labels[labels > 0], return_index=True)
    assert present.tolist() == list(range(1, len(present) + 1))
    assert (np.diff(first) > 0).all()
    rng.shuffle(scored)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(label_candidates(candidates(*scored), 0.3), labels)


def test_no_candidates_no_labels() -> None:
    assert not label_candidates(candidates(), 0.5).any()
