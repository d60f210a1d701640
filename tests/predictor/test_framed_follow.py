"""An object many frames long, of which every look shows a part that no frame cuts off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage as ndi
from torch import Tensor

from napari_samwise.errors import Cancelled
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.frame_encoder import Candidate, FrameEncoder
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.framed_follow import widen_long
from napari_samwise.predictor.framed_mask import given_mask
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
SIZE = (700, 1600)
SIGHT_PX = 44
"""How far the model sees around a click, in pixels of its picture."""


@pytest.fixture
def model(tiny_model_class: Any) -> Any:
    class Nearsighted(tiny_model_class):  # type: ignore[misc]
        whole_px, frame_px, top_px, room_px, span_px = 128, 128, 128, 64, 64
        levels_a_click = 2
        follows_ends = True

        def encode_frame(self, picture: np.ndarray, step: int) -> dict[str, Tensor]:
            return {**super().encode_frame(picture, step), "step": torch.tensor([step])}

        def decode(
            self,
            features: Mapping[str, Tensor],
            image_size: tuple[int, int],
            prompts: Prompts,
            **options: Any,
        ) -> Any:
            step = int(features["step"])
            seen = prompts.replace(points=prompts.points / step)
            decoded = super().decode(features, image_size, seen, **options)
            full = decoded.masks.repeat_interleave(step, 1).repeat_interleave(step, 2)
            cut = full[:, : image_size[0], : image_size[1]].numpy()
            rows, columns = np.ogrid[: cut.shape[1], : cut.shape[2]]
            y, x = prompts.points[0]
            near = np.hypot(rows - y, columns - x) <= SIGHT_PX * step
            masks = torch.from_numpy(cut & near)
            height, width = decoded.low_res_logits.shape[1:]
            index = np.ix_(
                np.arange(height) * cut.shape[1] // height, np.arange(width) * cut.shape[2] // width
            )
            low = torch.from_numpy(np.stack([np.where(m[index], 8.0, -8.0) for m in masks.numpy()]))
            return type(decoded)(low.float(), decoded.predicted_iou, masks)

    return Nearsighted()


@pytest.fixture(scope="module")
def worm() -> np.ndarray:
    columns = np.arange(60, 1540)
    rows = np.rint(350 + 150 * np.sin(columns / 170)).astype(int)
    line = np.ones(SIZE, dtype=bool)
    line[rows, columns] = False
    mask: np.ndarray = ndi.distance_transform_edt(line) <= 9
    return mask


def framed(model: Any, worm: np.ndarray) -> FramedPlane:
    image = np.where(worm, 200, 50).astype(np.uint8)
    return FramedPlane(Predictor(model), PlaneSource(image), LIMITS)


def click_on(worm: np.ndarray, column: int = 800) -> Prompts:
    return Prompts(points=[(float(np.flatnonzero(worm[:, column]).mean().round()), float(column))])


def iou(mask: Any, truth: np.ndarray) -> float:
    whole = np.zeros(SIZE, dtype=bool)
    whole[mask.roi.slices] = mask.cut(mask.roi)
    return float((whole & truth).sum() / (whole | truth).sum())


def test_one_click_gives_the_whole_object(model: Any, worm: np.ndarray) -> None:
    plane = framed(model, worm)
    mask = plane.decode(click_on(worm)).masks[0]
    # The cells of this model's logits are as wide as the worm on the level where it is followed.
    assert iou(mask, worm) > 0.6
    assert mask.roi.shape[1] > 0.97 * np.ptp(np.flatnonzero(worm.any(axis=0)))
    # Nothing is encoded where the object is not.
    assert not plane.is_encoded(plane.lattice.nearest(0, (80.0, 1100.0)))


def test_a_model_that_needs_no_following_is_left_alone(model: Any, worm: np.ndarray) -> None:
    model.follows_ends = False
    assert iou(framed(model, worm).decode(click_on(worm)).masks[0], worm) < 0.3


def test_following_can_be_stopped(model: Any, worm: np.ndarray) -> None:
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) > 6

    with pytest.raises(Cancelled):
        framed(model, worm).decode(click_on(worm), should_stop=should_stop)
    assert len(asked) == 7


def test_a_thin_object_is_not_looked_for_where_it_has_no_width(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A coarse level shows a blur that holds the mask and more; it must not take over."""
    band = np.zeros((1024, 1024), dtype=bool)
    band[500:516, 300:700] = True
    blur = np.zeros_like(band)
    blur[400:616, 200:800] = True
    asked: list[int] = []

    def propose(self: FrameEncoder, levels: list[int], *_: Any, **__: Any) -> list[Candidate]:
        asked.extend(levels)
        wider = np.zeros_like(band)
        wider[500:516, 200:800] = True
        return [Candidate(given_mask(wider if levels[0] == 1 else blur, band.shape), 0.9)]

    monkeypatch.setattr(FrameEncoder, "propose", propose)
    image = np.where(band, 200, 50).astype(np.uint8)
    frames = FrameEncoder(Predictor(model), PlaneSource(image), LIMITS, 128)
    start = Candidate(given_mask(band, band.shape), 0.9)
    wide = widen_long(frames, start, Prompts(points=[(508, 500)]), lambda: None)
    # 16 pixels are 8 on level 1, and 4 on level 2.
    assert asked == [1]
    assert wide.mask.boxed().roi.shape == (16, 600)
