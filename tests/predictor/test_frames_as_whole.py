"""A plane that the model could encode at once, in frames: the same decisions, so the same masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage as ndi

from napari_samwise.intensity import Intensity
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.framed_mask import painted_logits
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
SIZE = (611, 901)
ON_WORM, ON_DISC = (300.0, 450.0), (140.0, 120.0)


@pytest.fixture(scope="module")
def plane() -> np.ndarray:
    """`(611, 901)` uint8: a worm across all frames, and discs of several sizes."""
    columns = np.arange(60, 840)
    line = np.ones(SIZE, dtype=bool)
    line[np.rint(300 + 60 * np.sin((columns - 450) / 110)).astype(int), columns] = False
    grey = np.where(ndi.distance_transform_edt(line) <= 6, 180.0, 60.0)
    rows, across = np.ogrid[: SIZE[0], : SIZE[1]]
    for y, x, radius in ((140, 120, 25), (110, 300, 9), (480, 560, 80), (500, 130, 50)):
        grey[np.hypot(rows - y, across - x) <= radius] = 200
    noise = np.random.default_rng(0).normal(0, 6, SIZE)
    return (ndi.gaussian_filter(grey, 1) + noise).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor("nano")


@pytest.fixture(scope="module")
def framed(predictor: Predictor, plane: np.ndarray) -> FramedPlane:
    return FramedPlane(predictor, PlaneSource(plane), LIMITS, frame_px=768)


def on_whole(predictor: Predictor, plane: np.ndarray, prompts: Prompts, **how: Any) -> Any:
    return predictor.decode(predictor.encode(plane, intensity=LIMITS), prompts, **how)


def iou(mask: Any, other: np.ndarray) -> float:
    whole = np.zeros(SIZE, dtype=bool)
    whole[mask.roi.slices] = mask.inside
    union = np.count_nonzero(whole | other)
    return np.count_nonzero(whole & other) / union if union else 1.0


@pytest.mark.parametrize(
    "prompts",
    [
        Prompts([ON_WORM]),
        Prompts([ON_WORM, (300, 200)], [1, 0]),
        Prompts([ON_DISC]),
        Prompts([ON_DISC, (110, 300)]),
        Prompts([(480, 560)]),
        Prompts(box=(399, 479, 561, 641)),
        # 134 and a quarter pixels of the third level: between what has room there and what has not.
        Prompts(box=(30, 100, 566, 500)),
    ],
    ids=["worm", "part of it", "disc", "far apart", "large", "box", "just too large"],
)
@pytest.mark.parametrize("keep", [1, None])
def test_prompts_are_answered_alike(
    predictor: Predictor, plane: np.ndarray, framed: FramedPlane, prompts: Prompts, keep: int | None
) -> None:
    whole = on_whole(predictor, plane, prompts, keep=keep)
    found = framed.decode(prompts, keep=keep)
    np.testing.assert_allclose(found.scores, whole.scores, atol=2e-3)
    assert min(iou(a, b) for a, b in zip(found.masks, whole.masks, strict=True)) >= 0.99


@pytest.mark.parametrize("click", [ON_DISC, ON_WORM, (480.0, 560.0)])
def test_a_mask_is_refined_alike(
    predictor: Predictor, plane: np.ndarray, framed: FramedPlane, click: tuple[float, float]
) -> None:
    first = Prompts([click])
    more = Prompts([click, (click[0] + 7, click[1] - 9)])
    before = on_whole(predictor, plane, first)
    fed_back = more.replace(mask=before.logits[0])
    whole = on_whole(predictor, plane, fed_back, multimask=False)
    for found in (
        framed.decode(more, earlier=framed.decode(first).outlines[0], multimask=False),
        framed.decode(fed_back, multimask=False),
    ):
        np.testing.assert_allclose(found.scores, whole.scores, atol=2e-3)
        assert iou(found.masks[0], whole.masks[0]) >= 0.99


def test_a_painted_mask_is_refined_alike(
    predictor: Predictor, plane: np.ndarray, framed: FramedPlane
) -> None:
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    painted = np.hypot(rows - 490, columns - 550) <= 60
    prompts = Prompts(mask=painted)
    whole, found = on_whole(predictor, plane, prompts), framed.decode(prompts)
    np.testing.assert_allclose(found.scores, whole.scores, atol=2e-3)
    assert iou(found.masks[0], whole.masks[0]) >= 0.99


def test_a_painted_cell_counts_by_its_share() -> None:
    mask = np.zeros((3, 5), dtype=bool)
    mask[:, 1:] = True
    np.testing.assert_array_equal(painted_logits(mask, 2), [[0, 5, 5], [0, 5, 5]])
    np.testing.assert_array_equal(painted_logits(mask, 1) > 0, mask)
