"""A batch of clicks gives what each click gives alone, and cropped upscaling the whole mask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.resize import ResizeFrame
from napari_samwise.model.plane import upscale_logits
from napari_samwise.model.proposals import Clicks
from napari_samwise.model.sam import Sam
from napari_samwise.model.sam_proposals import filled_part, upscale_in_box
from napari_samwise.prompts import Prompts

SIZE = (150, 211)
POINTS = np.array([(20.0, 30.0), (80.0, 100.0), (140.0, 200.0), (75.0, 10.0), (3.0, 180.0)])


@pytest.fixture
def features(golden: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {"image_embedding": golden["embedding"]}


def whole(mask: BoxedMask, size: tuple[int, int]) -> np.ndarray:
    frame = np.zeros(size, dtype=bool)
    frame[mask.roi.slices] = mask.inside
    return frame


def test_every_click_of_a_batch_is_decoded_as_if_alone(
    small_sam: Sam, features: dict[str, Tensor]
) -> None:
    proposals = small_sam.decode_clicks(features, SIZE, Clicks(POINTS), min_iou=-100)
    assert proposals.click.tolist() == np.repeat(np.arange(5), 3).tolist()
    for click, point in enumerate(POINTS):
        alone = small_sam.decode(features, SIZE, Prompts([point]), multimask=True)
        own = torch.nonzero(proposals.click == click)[:, 0]
        order = own[proposals.predicted_iou[own].argsort(descending=True)]
        iou = proposals.predicted_iou[order]
        torch.testing.assert_close(iou, alone.predicted_iou, atol=1e-5, rtol=1e-5)
        for index, mask in zip(order.tolist(), alone.masks.numpy(), strict=True):
            differing = (whole(proposals.upscale(index), SIZE) != mask).sum()
            assert differing <= 2  # where a logit is 0 but for rounding


def test_masks_below_the_least_iou_are_left_out(
    small_sam: Sam, features: dict[str, Tensor]
) -> None:
    every = small_sam.decode_clicks(features, SIZE, Clicks(POINTS), min_iou=-100)
    limit = float(every.predicted_iou.median())
    some = small_sam.decode_clicks(features, SIZE, Clicks(POINTS), min_iou=limit)
    kept = every.predicted_iou >= limit
    assert 0 < kept.sum() < len(kept)
    assert some.click.equal(every.click[kept])
    torch.testing.assert_close(some.predicted_iou, every.predicted_iou[kept])
    torch.testing.assert_close(
        some.low_res_logits, every.low_res_logits[kept], atol=1e-4, rtol=1e-4
    )
    none = small_sam.decode_clicks(features, SIZE, Clicks(POINTS), min_iou=100)
    assert len(none) == 0
    assert none.best_predicted_iou == every.best_predicted_iou == every.predicted_iou.max()


@settings(max_examples=25)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    corner=st.tuples(st.integers(0, 15), st.integers(0, 15)),
    extent=st.tuples(st.integers(1, 16), st.integers(1, 16)),
    seed=st.integers(0, 9),
)
def test_upscaling_in_a_box_is_upscaling(
    size: tuple[int, int], corner: tuple[int, int], extent: tuple[int, int], seed: int
) -> None:
    frame = ResizeFrame(size, 64)
    logits = -torch.rand(16, 16, generator=torch.Generator().manual_seed(seed)) * 4 - 0.1
    (y, x), (h, w) = corner, extent
    logits[y : y + h, x : x + w] *= -1
    expected = upscale_logits(logits[None], frame)[0]
    found = whole(upscale_in_box(logits, frame), size)
    sure = (expected.abs() > 1e-4).numpy()
    np.testing.assert_array_equal(found[sure], (expected > 0).numpy()[sure])


@pytest.mark.parametrize(("size", "filled"), [((64, 64), (16, 16)), ((10, 64), (3, 16))])
def test_padding_is_no_part_of_the_logits(size: tuple[int, int], filled: tuple[int, int]) -> None:
    part = filled_part(torch.zeros(2, 16, 16), ResizeFrame(size, 64))
    assert part.shape == (2, *filled)
