from collections.abc import Mapping

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from napari_samwise.errors import PromptError
from napari_samwise.geometry.resize import ResizeFrame
from napari_samwise.model.plane import mask_to_logits, upscale_logits
from napari_samwise.model.sam import Sam
from napari_samwise.prompts import Prompts

SIZE = (150, 211)


@pytest.fixture
def prompts(golden: Mapping[str, Tensor]) -> Prompts:
    """Points, a box and a mask, as a user gives them."""
    x0, y0, x1, y1 = golden["prompt/box_xyxy"].tolist()
    return Prompts(
        points=golden["prompt/points_xy"].flip(1).numpy(),
        labels=golden["prompt/point_labels"].numpy(),
        box=(y0, x0, y1, x1),
        mask=golden["prompt/mask_logits"][0, 0].numpy(),
    )


@pytest.fixture
def features(golden: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {"image_embedding": golden["embedding"]}


def test_pixels_match_the_official_preprocessing(
    small_sam: Sam, golden: Mapping[str, Tensor]
) -> None:
    pixels = small_sam.preprocess(golden["image"].numpy())
    torch.testing.assert_close(pixels, golden["preprocessed"], atol=1e-6, rtol=0)


def test_encode_matches_the_official_embedding(
    small_sam: Sam, golden: Mapping[str, Tensor]
) -> None:
    embedding = small_sam.encode(golden["image"].numpy())["image_embedding"]
    torch.testing.assert_close(embedding, golden["embedding"], atol=1e-4, rtol=0)


def test_decode_matches_from_prompts_to_full_size_logits(
    small_sam: Sam, golden: Mapping[str, Tensor], features: dict[str, Tensor], prompts: Prompts
) -> None:
    decoded = small_sam.decode(features, SIZE, prompts, multimask=True)
    case = "points_box_mask/multi"
    order = golden[f"{case}/iou"][0].argsort(descending=True)
    low_res, iou, full = (golden[f"{case}/{key}"][0, order] for key in KEYS)
    torch.testing.assert_close(decoded.low_res_logits, low_res, atol=1e-4, rtol=0)
    torch.testing.assert_close(decoded.predicted_iou, iou, atol=1e-4, rtol=0)
    logits = upscale_logits(decoded.low_res_logits, ResizeFrame(SIZE, 256))
    torch.testing.assert_close(logits[:, ::3, ::3], full, atol=1e-4, rtol=0)
    assert decoded.masks.equal(logits > 0)
    assert 0 < decoded.masks.float().mean() < 1


KEYS = ("low_res", "iou", "full_res_strided")


@pytest.mark.parametrize("size", [(16, 16), (17, 301), (256, 256), (700, 31), (1, 90)])
def test_any_size_of_plane_is_encoded_and_decoded(small_sam: Sam, size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    features = small_sam.encode(image)
    assert features["image_embedding"].shape == (1, 32, 16, 16)
    centre = (size[0] - 1) / 2, (size[1] - 1) / 2
    decoded = small_sam.decode(features, size, Prompts(points=[centre]), multimask=True)
    assert decoded.masks.shape == (3, *size)
    assert decoded.masks.dtype == torch.bool
    assert decoded.low_res_logits.shape == (3, 64, 64)


def test_order_of_points_does_not_matter(small_sam: Sam, features: dict[str, Tensor]) -> None:
    points, labels = np.array([(10, 20), (90, 150), (140, 5), (60, 60)]), np.array([1, 0, 1, 1])
    first = small_sam.decode(features, SIZE, Prompts(points, labels), multimask=True)
    order = [2, 0, 3, 1]
    second = small_sam.decode(features, SIZE, Prompts(points[order], labels[order]), multimask=True)
    torch.testing.assert_close(first.low_res_logits, second.low_res_logits, atol=1e-5, rtol=1e-4)


def test_a_point_is_where_its_y_and_x_are(small_sam: Sam, features: dict[str, Tensor]) -> None:
    there = small_sam.decode(features, SIZE, Prompts([(30, 90)]), multimask=False)
    swapped = small_sam.decode(features, SIZE, Prompts([(90, 30)]), multimask=False)
    assert not torch.allclose(there.low_res_logits, swapped.low_res_logits, atol=1e-3)


@pytest.mark.parametrize("multimask", [True, False])
def test_only_the_kept_masks_come_best_first(
    small_sam: Sam, features: dict[str, Tensor], prompts: Prompts, multimask: bool
) -> None:
    every = small_sam.decode(features, SIZE, prompts, multimask=multimask)
    best = small_sam.decode(features, SIZE, prompts, multimask=multimask, keep=1)
    assert len(every.masks) == (3 if multimask else 1)
    assert len(best.masks) == 1
    assert best.masks[0].equal(every.masks[0])
    torch.testing.assert_close(best.low_res_logits[0], every.low_res_logits[0])
    assert every.predicted_iou.equal(every.predicted_iou.sort(descending=True).values)


def test_a_mask_of_the_image_is_a_prompt(small_sam: Sam, features: dict[str, Tensor]) -> None:
    mask = np.zeros(SIZE, dtype=bool)
    mask[40:90, 100:160] = True
    by_mask = small_sam.decode(features, SIZE, Prompts(mask=mask), multimask=False)
    logits = mask_to_logits(mask, 64)
    by_logits = small_sam.decode(features, SIZE, Prompts(mask=logits), multimask=False)
    assert by_mask.low_res_logits.equal(by_logits.low_res_logits)


def test_a_mask_becomes_certain_logits_over_the_padded_square() -> None:
    mask = np.zeros((100, 200), dtype=bool)
    mask[:50, 100:] = True
    logits = mask_to_logits(mask, 64)
    assert logits.dtype == np.float32
    assert np.unique(logits) == pytest.approx([-6.906755, 6.906755])
    expected = np.zeros((64, 64), dtype=bool)
    expected[:16, 32:] = True
    assert np.array_equal(logits > 0, expected)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([(64, 16), (32, 8)]))
def test_upscaling_a_part_equals_upscaling_the_square(
    height: int, width: int, sizes: tuple[int, int]
) -> None:
    model_size, side = sizes
    frame = ResizeFrame((height, width), model_size)
    logits = torch.randn(2, side, side)
    square = F.interpolate(logits[None], (model_size, model_size), mode="bilinear")
    rows, columns = frame.input_size
    expected = F.interpolate(square[..., :rows, :columns], (height, width), mode="bilinear")[0]
    torch.testing.assert_close(upscale_logits(logits, frame), expected, atol=1e-5, rtol=0)


def test_bfloat16_encodes_nearly_the_same_in_float32(
    small_sam: Sam, golden: Mapping[str, Tensor]
) -> None:
    small_sam.precision = torch.bfloat16
    embedding = small_sam.encode(golden["image"].numpy())["image_embedding"]
    assert embedding.dtype == torch.float32
    error = (embedding - golden["embedding"]).abs().mean()
    assert 0 < error < 0.05


def test_text_is_refused(small_sam: Sam, features: dict[str, Tensor]) -> None:
    with pytest.raises(PromptError, match=r"'small' does not read text, got 'nuclei'"):
        small_sam.decode(features, SIZE, Prompts(text="nuclei"), multimask=True)


def test_masks_of_another_size_are_refused(small_sam: Sam, features: dict[str, Tensor]) -> None:
    with pytest.raises(PromptError, match=r"\(64, 64\), got \(256, 256\)"):
        small_sam.decode(features, SIZE, Prompts(mask=np.zeros((256, 256))), multimask=True)
    with pytest.raises(PromptError, match=r"\(150, 211\), got \(64, 64\)"):
        small_sam.decode(features, SIZE, Prompts(mask=np.ones((64, 64), bool)), multimask=True)
