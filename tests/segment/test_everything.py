"""Everything mode from an image to labels, with models that need no weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import napari_samwise as sw
from napari_samwise.errors import Cancelled, ImageError, InputError
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.model.proposals import Clicks
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.everything.defaults import default_options
from napari_samwise.segment.everything.filters import filter_candidates
from napari_samwise.segment.everything.find import find_candidates
from napari_samwise.segment.everything.generate import find_everything
from napari_samwise.segment.everything.labels import label_candidates
from napari_samwise.segment.everything.options import EverythingOptions, Search
from napari_samwise.segment.everything.plan import Plan

GRID = EverythingOptions(search=Search(points_per_side=12))


def blobs(shift: int = 0) -> np.ndarray:
    """`(60, 80)` uint16 with five squares of 10 x 10 on a flat ground, and where they are."""
    image = np.full((60, 80), 20, dtype=np.uint16)
    for index, (y, x) in enumerate([(5, 8), (8, 50), (25, 30), (40, 10), (45, 62)]):
        image[y : y + 10, x + shift : x + shift + 10] = 1000 - 90 * index
    return image


def expected_labels(image: np.ndarray) -> np.ndarray:
    values = list(dict.fromkeys(image.ravel().tolist()))
    return np.select([image == v for v in values], [0, *range(1, len(values))])


class DiscModel(SegmentationModel):
    """Answers each click by three discs of its own, of random size, promise and sharpness."""

    name = "discs"
    digest = "discs"

    def __init__(self) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))

    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        return {"image_embedding": torch.from_numpy(image.copy())[None]}

    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        seed = [int(1000 * v) for v in prompts.points[0]]
        rng = np.random.default_rng([*seed, *image_size])
        cells = np.stack(np.mgrid[: image_size[0], : image_size[1]])
        away = np.hypot(*(cells - prompts.points[0][:, None, None]))
        radius, slope = rng.uniform(1, 14, (2, 3, 1, 1))
        logits = torch.from_numpy(((radius - away) * slope / 4).astype(np.float32))
        promise = torch.from_numpy(rng.uniform(0.2, 1, 3).astype(np.float32))
        order = promise.argsort(descending=True)
        return Decoded(logits[order], promise[order], logits[order] > 0)


@pytest.fixture
def discs() -> Predictor:
    return Predictor(DiscModel())


LOOSE = EverythingOptions(
    predicted_iou=0.3, stability=0.2, overlap_of="mask", search=Search(points_per_side=10)
)
STRICT = replace(LOOSE, predicted_iou=0.6, stability=0.5, nms_iou=0.4, min_area=30)


def test_every_blob_is_found_and_numbered_by_place(tiny_model: Any) -> None:
    labels = sw.segment_everything(blobs(), tiny_model, "YX", options=GRID)
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, expected_labels(blobs()))


def test_colour(tiny_model: Any) -> None:
    image = np.repeat((blobs() // 4).astype(np.uint8)[..., None], 3, axis=-1)
    labels = sw.segment_everything(image, tiny_model, options=GRID)
    np.testing.assert_array_equal(labels > 0, blobs() > 20)


@pytest.mark.parametrize("axes", ["ZYX", "YZX", "ZYXC"])
def test_a_stack_plane_by_plane_with_ids_used_once(tiny_model: Any, axes: str) -> None:
    stack = np.stack([blobs(), np.full_like(blobs(), 20), blobs(3)])
    image = np.repeat(stack[..., None], 3, axis=-1) if "C" in axes else stack
    image = np.moveaxis(image, 0, axes.index("Z"))
    labels = sw.segment_everything(image, tiny_model, axes, options=GRID)
    labels = np.moveaxis(labels, axes.index("Z"), 0)
    np.testing.assert_array_equal(labels[0], expected_labels(blobs()))
    assert not labels[1].any()
    second = expected_labels(blobs(3))
    np.testing.assert_array_equal(labels[2], np.where(second, second + 5, 0))


def test_crops_find_the_same(tiny_model: Any) -> None:
    options = replace(GRID, search=Search(points_per_side=12, crop_layers=1))
    labels = sw.segment_everything(blobs(), tiny_model, options=options)
    np.testing.assert_array_equal(labels, expected_labels(blobs()))
    assert len(tiny_model.encoded) == 5


@pytest.mark.parametrize("batch", [1, 3, 100])
@pytest.mark.parametrize("layers", [0, 1])
def test_labels_do_not_depend_on_the_batches(discs: Predictor, batch: int, layers: int) -> None:
    search = Search(points_per_side=10, crop_layers=layers)
    labels = [
        sw.segment_everything(
            blobs(), discs, options=replace(STRICT, search=replace(search, clicks_per_batch=size))
        )
        for size in (None, batch)
    ]
    np.testing.assert_array_equal(*labels)
    assert labels[0].max() > 5


@pytest.mark.parametrize("seed", range(3))
def test_labels_do_not_depend_on_the_order_of_candidates(discs: Predictor, seed: int) -> None:
    candidates = find_candidates(blobs(), discs, options=LOOSE)
    order = np.random.default_rng(seed).permutation(len(candidates))
    labels = [
        label_candidates(filter_candidates(some, STRICT), STRICT.min_visible)
        for some in (candidates, candidates.select(order))
    ]
    np.testing.assert_array_equal(*labels)


@pytest.mark.parametrize(
    "changes",
    [
        {"predicted_iou": 0.7},
        {"stability": 0.6},
        {"min_area": 60, "max_area_share": 0.1},
        {"nms_iou": 0.2, "min_visible": 0.9},
        {"overlap_of": "box", "min_region_area": 20},
    ],
)
@pytest.mark.parametrize("layers", [0, 1])
def test_filtering_again_is_decoding_again(
    discs: Predictor, changes: dict[str, Any], layers: int
) -> None:
    loose = replace(LOOSE, search=replace(LOOSE.search, crop_layers=layers))
    strict = replace(loose, **changes)
    kept = find_candidates(blobs(), discs, options=loose)
    passed = filter_candidates(kept, strict)
    assert 0 < len(passed) < len(kept)
    labels = label_candidates(passed, strict.min_visible)
    np.testing.assert_array_equal(labels, sw.segment_everything(blobs(), discs, options=strict))


def test_the_ground_is_no_object_unless_asked_for(tiny_model: Any) -> None:
    labels = sw.segment_everything(blobs(), tiny_model, options=replace(GRID, keep_background=True))
    assert labels.max() == 6
    assert (labels[blobs() == 20] == 1).all()


@pytest.mark.parametrize("changes", [{"predicted_iou": 0.2}, {"stability": 0.1}])
def test_what_was_not_kept_cannot_be_filtered(discs: Predictor, changes: dict[str, Any]) -> None:
    kept = find_candidates(blobs(), discs, options=LOOSE)
    with pytest.raises(InputError, match="decode again with lower thresholds"):
        filter_candidates(kept, replace(LOOSE, **changes))
    with pytest.raises(InputError, match="search has changed"):
        filter_candidates(kept, replace(LOOSE, search=Search()))


def test_nothing_found_is_a_result(tiny_model: Any) -> None:
    options = replace(GRID, predicted_iou=0.95)
    found = find_everything(Plan.make(blobs(), tiny_model, options=options))
    assert found.count == 0
    assert not found.labels.any()
    assert found.best_predicted_iou == pytest.approx(0.9)
    flat = np.full((40, 40), 7)
    flat[0, 0] = 8
    assert not sw.segment_everything(flat, tiny_model, options=GRID).any()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"workers": 1.5}, "workers must be a whole number, 1 or more, got 1.5"),
        ({"workers": 0}, "1 or more, got 0"),
        ({"link": 5}, "got link=5"),
        ({"options": {"min_area": 3}}, "must be EverythingOptions, got dict"),
    ],
)
def test_arguments_of_a_wrong_kind(tiny_model: Any, how: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sw.segment_everything(np.stack([blobs()] * 2), tiny_model, "ZYX", **how)


def test_a_model_with_seeds_is_clicked_there_only(tiny_model_class: type) -> None:
    class Seeded(tiny_model_class):  # type: ignore[misc]
        has_seeds = True
        asked: float

        def find_seeds(self, features: Any, image_size: Any, *, min_confidence: float) -> Clicks:
            self.asked = min_confidence
            return Clicks(np.array([(45.0, 15.0), (30.0, 35.0)]), np.array([10.0, 10.0]))

    model = Seeded()
    options = EverythingOptions(search=Search(seed_confidence=0.7))
    labels = sw.segment_everything(blobs(), model, options=options)
    assert model.asked == 0.7
    expected = expected_labels(blobs())
    np.testing.assert_array_equal(labels, np.select([expected == 3, expected == 4], [1, 2]))
    options = replace(options, search=Search(points_per_side=12))
    assert sw.segment_everything(blobs(), model, options=options).max() == 5
    assert default_options(model).overlap_of == "mask"


def test_options_that_suit_the_model(tiny_model: Any) -> None:
    paper = default_options(tiny_model)
    assert (paper.predicted_iou, paper.stability, paper.nms_iou) == (0.88, 0.95, 0.7)
    assert paper.overlap_of == "box"
    tiny_model.name = "vit_b_lm"
    assert default_options(tiny_model).predicted_iou == 0.65


def test_progress_reaches_the_end(tiny_model: Any) -> None:
    seen: list[tuple[int, int]] = []
    options = replace(GRID, search=Search(points_per_side=4, crop_layers=1))
    sw.segment_everything(
        np.stack([blobs()] * 2),
        tiny_model,
        options=options,
        progress=lambda *step: seen.append(step),
    )
    assert seen == sorted(seen)
    assert seen[-1] == (1000, 1000)


def test_stopping(tiny_model: Any) -> None:
    answers = iter([False, False, True])
    predictor = Predictor(tiny_model)
    with pytest.raises(Cancelled, match="stopped"):
        sw.segment_everything(blobs(), predictor, should_stop=lambda: next(answers))
    assert len(predictor.store) == 1


@pytest.mark.parametrize(
    ("image", "axes", "options", "error", "message"),
    [
        (np.zeros(30), None, None, ImageError, "rank 1"),
        (np.zeros((30, 30)), "ZYX", None, ImageError, "name 3 axes"),
        (np.full((20, 20), np.nan), None, None, ImageError, "finite"),
        (np.eye(12, 20), None, None, ImageError, "16 x 16"),
        (blobs(), None, Search(crop_layers=3), InputError, "16 x 16 is the least"),
    ],
)
def test_bad_input(
    tiny_model: Any,
    image: np.ndarray,
    axes: str | None,
    options: Search | None,
    error: type[Exception],
    message: str,
) -> None:
    chosen = GRID if options is None else EverythingOptions(search=options)
    with pytest.raises(error, match=message):
        sw.segment_everything(image, tiny_model, axes, options=chosen)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EverythingOptions(predicted_iou=1.5), "predicted_iou must lie between 0 and 1"),
        (lambda: EverythingOptions(stability=float("nan")), "stability"),
        (lambda: EverythingOptions(min_area=-1), "min_area"),
        (lambda: EverythingOptions(overlap_of="area"), "'box' or 'mask', got 'area'"),
        (lambda: Search(points_per_side=0), "points_per_side must be 1 or more, got 0"),
        (lambda: Search(crop_overlap=1.0), "crop_overlap"),
    ],
)
def test_options_out_of_range(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_a_model_without_seeds_says_so(tiny_model: Any) -> None:
    with pytest.raises(InputError, match="grid of points"):
        tiny_model.find_seeds({}, (20, 20), min_confidence=0.5)
