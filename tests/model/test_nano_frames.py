"""A frame of one level shows nano the same as the whole plane does."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.model.look import Look
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

SMALL = NanoConfig(
    widths=(8, 8, 8, 8, 8), depths=(1, 2, 1, 1, 1), embed_dim=24, detail_dim=12, fine_dim=4
)
LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    torch.manual_seed(3)
    return Predictor(Nano(SMALL))


def plane(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, size).astype(np.uint8)


def prompts() -> Iterator[Prompts]:
    yield Prompts([(203, 310)])
    yield Prompts([(0, 0)])
    yield Prompts([(203, 310), (260, 330), (20, 20)], [1, 1, 0])
    yield Prompts(box=(200, 300, 280, 390))
    yield Prompts(box=(30, 30, 380, 500))
    mask = np.zeros((401, 603), dtype=bool)
    mask[200:260, 300:350] = True
    yield Prompts([(230, 320)], mask=mask)


@pytest.mark.parametrize("given", list(prompts()))
@pytest.mark.parametrize("multimask", [True, False])
def test_one_frame_of_everything_answers_as_the_plane_does(
    predictor: Predictor, given: Prompts, multimask: bool
) -> None:
    """All levels of a plane that fits into one frame: the same picture, so the same masks."""
    image = plane((401, 603))
    whole = predictor.decode(predictor.encode(image, intensity=LIMITS), given, multimask=multimask)
    framed = FramedPlane(predictor, PlaneSource(image), LIMITS, frame_px=640)
    found = framed.decode(given, multimask=multimask)
    np.testing.assert_allclose(found.scores, whole.scores, atol=2e-3)
    best = framed_mask(found.outlines[0].cut(Roi((0, 0), (401, 603))), whole.masks[0])
    assert best > 0.97


def framed_mask(a: np.ndarray, b: np.ndarray) -> float:
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


@pytest.mark.parametrize("step", [1, 2, 16])
def test_a_frame_is_one_level_in_pixels_of_the_plane(predictor: Predictor, step: int) -> None:
    size = (200 * step - step // 2, 130 * step)
    pyramid = Pyramid(size, step)
    assert pyramid.finest_size == (200, 130)
    assert pyramid.count == 1
    assert pyramid.scale(0) == (1 / step, 1 / step)
    nano = predictor.model
    with torch.inference_mode():
        noise = np.random.default_rng(0).uniform(0, 255, (200, 130, 3))
        features = nano.encode_frame(noise.astype(np.float32), step)
        look = Look(features, size, Prompts([(50 * step, 60 * step)]), (9.0, 9.0))
        (found,) = nano.propose([look], multimask=True)
    assert len(found) == 4
    shape, cell_px = nano.logits_grid(size, step)
    assert (shape, cell_px) == ((100, 65), 2 * step)
    for index in range(4):
        patch = found.patch(index)
        assert patch.origin == (0, 0)
        assert patch.cell_px == 2 * step
        mask = found.upscale(index)
        # Two ways of interpolating; they round differently where a logit is all but 0.
        differ = np.count_nonzero(patch.sample(mask.roi) != mask.inside)
        assert differ <= 1e-4 * mask.inside.size


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_what_is_encoded_may_be_read_only_and_stays_as_it_is(
    predictor: Predictor, dtype: type
) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (192, 192, 3)).astype(dtype)
    before = picture.copy()
    picture.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predictor.model.encode_frame(picture, 2)
    np.testing.assert_array_equal(picture, before)
