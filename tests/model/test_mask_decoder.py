from collections.abc import Mapping

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from napari_samwise.model.config import DecoderConfig
from napari_samwise.model.cross_attention import Attention
from napari_samwise.model.mask_decoder import MaskDecoder
from napari_samwise.model.sam import Sam
from napari_samwise.model.upscaling import Upscaling, join_pixels

CASES = ["point", "points", "box", "points_box", "points_mask", "points_box_mask"]


def decode(
    sam: Sam, golden: Mapping[str, Tensor], case: str, *, multimask: bool, keep: int | None = None
) -> tuple[Tensor, Tensor]:
    """Decode the official embeddings of a case."""
    dense = golden["points_mask/dense" if "mask" in case else "point/dense"]
    logits, iou = sam.mask_decoder(
        golden["embedding"],
        golden["dense_pe"],
        golden[f"{case}/sparse"],
        dense,
        multimask=multimask,
        keep=keep,
    )
    return logits, iou


def set_folding(module: nn.Module, can_fold: bool) -> None:
    for attention in module.modules():
        if isinstance(attention, Attention):
            attention.can_fold = can_fold


@pytest.mark.parametrize("can_fold", [True, False])
@pytest.mark.parametrize("mode", ["single", "multi"])
@pytest.mark.parametrize("case", CASES)
def test_masks_and_scores_match_the_official_ones(
    small_sam: Sam, golden: Mapping[str, Tensor], case: str, mode: str, can_fold: bool
) -> None:
    set_folding(small_sam, can_fold)
    logits, iou = decode(small_sam, golden, case, multimask=mode == "multi")
    order = golden[f"{case}/{mode}/iou"][0].argsort(descending=True)
    for found, key in ((logits, "low_res"), (iou, "iou")):
        expected = golden[f"{case}/{mode}/{key}"][:, order]
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_keeping_one_gives_the_first_of_all(small_sam: Sam, golden: Mapping[str, Tensor]) -> None:
    logits, iou = decode(small_sam, golden, "points", multimask=True)
    best, best_iou = decode(small_sam, golden, "points", multimask=True, keep=1)
    assert best.shape == (1, 1, 64, 64)
    torch.testing.assert_close(best, logits[:, :1])
    torch.testing.assert_close(best_iou, iou[:, :1])
    assert iou[0].tolist() == sorted(iou[0].tolist(), reverse=True)


def test_prompts_of_a_batch_are_decoded_as_if_alone(
    small_sam: Sam, golden: Mapping[str, Tensor]
) -> None:
    sparse = torch.cat([golden["points/sparse"], golden["points_mask/sparse"].flip(1)])
    args = golden["embedding"], golden["dense_pe"]
    for dense in (golden["point/dense"], golden["point/dense"].expand(2, -1, -1, -1)):
        logits, iou = small_sam.mask_decoder(*args, sparse, dense, multimask=True)
        for index in range(2):
            alone = small_sam.mask_decoder(*args, sparse[index, None], dense[:1], multimask=True)
            torch.testing.assert_close(logits[index], alone[0][0], atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(iou[index], alone[1][0], atol=1e-5, rtol=1e-4)


@given(
    tokens=st.integers(1, 4),
    prompts=st.integers(1, 3),
    cells=st.integers(1, 20),
    is_shared=st.booleans(),
)
def test_folded_attention_equals_the_plain_form(
    tokens: int, prompts: int, cells: int, is_shared: bool
) -> None:
    torch.manual_seed(tokens + 10 * cells)
    # Wide enough inside that the folded form is chosen for every size here.
    attention = Attention(64, num_heads=2, downsample=2)
    few, values = torch.randn(2, prompts, tokens, 64)
    many, unplaced = torch.randn(2, 1 if is_shared else prompts, cells, 64)
    with torch.inference_mode():
        folded = (
            attention.read_image(few, many, unplaced),
            attention.write_image(many, few, values),
        )
        attention.can_fold = False
        plain = (
            attention.read_image(few, many, unplaced),
            attention.write_image(many, few, values),
        )
    assert folded[1].shape == (prompts, cells, 64)
    torch.testing.assert_close(folded, plain, atol=1e-5, rtol=1e-4)


def test_upscaling_of_cells_equals_the_convolutions() -> None:
    torch.manual_seed(0)
    upscaling = Upscaling(16)
    embedding = torch.randn(2, 16, 3, 5)
    with torch.inference_mode():
        expected = nn.Sequential.forward(upscaling, embedding)
        pixels = upscaling(embedding.flatten(2).mT)
    assert expected.shape == (2, 2, 12, 20)
    torch.testing.assert_close(join_pixels(pixels.mT, 3, 5), expected, atol=1e-5, rtol=1e-4)


def test_masks_that_are_not_asked_for_are_not_computed() -> None:
    decoder = MaskDecoder(16, DecoderConfig(num_heads=2, mlp_dim=8, iou_head_dim=8)).eval()
    called: list[int] = []
    for index, network in enumerate(decoder.output_hypernetworks_mlps):
        network.register_forward_hook(lambda *_, index=index: called.append(index))
    embedding, sparse = torch.randn(1, 16, 4, 4), torch.randn(1, 2, 16)
    with torch.inference_mode():
        logits, iou = decoder(embedding, embedding, sparse, embedding, multimask=False)
        assert called == [0]
        assert logits.shape == (1, 1, 16, 16)
        assert iou.shape == (1, 1)
        decoder(embedding, embedding, sparse, embedding, multimask=True)
    assert called == [0, 1, 2, 3]
