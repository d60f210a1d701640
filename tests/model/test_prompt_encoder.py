from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from napari_samwise.geometry.resize import ResizeFrame
from napari_samwise.model.prompt_encoder import PromptEncoder
from napari_samwise.model.sam import Sam


def to_model(points_xy: Tensor) -> Tensor:
    """Turn (x, y) of the reference image into (y, x) of the network, with a batch axis."""
    frame = ResizeFrame((150, 211), 256)
    return torch.from_numpy(frame.to_model(points_xy.flip(-1).numpy()).astype(np.float32))[None]


@pytest.fixture
def prompts(golden: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        "points": to_model(golden["prompt/points_xy"]),
        "labels": golden["prompt/point_labels"][None],
        "boxes": to_model(golden["prompt/box_xyxy"].view(2, 2)),
        "masks": golden["prompt/mask_logits"],
    }


def test_dense_position_encoding_matches(small_sam: Sam, golden: Mapping[str, Tensor]) -> None:
    torch.testing.assert_close(
        small_sam.prompt_encoder.dense_pe, golden["dense_pe"], atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("points", ("points", "labels")),
        ("box", ("boxes",)),
        ("points_box", ("points", "labels", "boxes")),
        ("points_mask", ("points", "labels", "masks")),
        ("points_box_mask", ("points", "labels", "boxes", "masks")),
    ],
)
def test_embeddings_match_the_official_ones(
    small_sam: Sam,
    golden: Mapping[str, Tensor],
    prompts: dict[str, Tensor],
    case: str,
    given: tuple[str, ...],
) -> None:
    sparse, dense = small_sam.prompt_encoder(**{name: prompts[name] for name in given})
    torch.testing.assert_close(sparse, golden[f"{case}/sparse"], atol=1e-5, rtol=0)
    expected = golden["points_mask/dense" if "masks" in given else "point/dense"]
    torch.testing.assert_close(dense, expected, atol=1e-5, rtol=0)


def test_one_point_is_followed_by_a_padding_token(
    small_sam: Sam, golden: Mapping[str, Tensor], prompts: dict[str, Tensor]
) -> None:
    encoder = small_sam.prompt_encoder
    sparse, _ = encoder(prompts["points"][:, :1], prompts["labels"][:, :1])
    torch.testing.assert_close(sparse, golden["point/sparse"], atol=1e-5, rtol=0)
    assert sparse[0, 1].equal(encoder.not_a_point_embed.weight[0])


def test_a_mask_alone_has_no_sparse_token(small_sam: Sam, prompts: dict[str, Tensor]) -> None:
    sparse, dense = small_sam.prompt_encoder(masks=prompts["masks"])
    assert sparse.shape == (1, 0, 32)
    assert dense.shape == (1, 32, 16, 16)


def test_objects_of_a_batch_do_not_meet(small_sam: Sam, prompts: dict[str, Tensor]) -> None:
    points, labels = prompts["points"].view(3, 1, 2), prompts["labels"].view(3, 1)
    together, _ = small_sam.prompt_encoder(points, labels)
    for index in range(3):
        alone, _ = small_sam.prompt_encoder(points[index, None], labels[index, None])
        torch.testing.assert_close(together[index], alone[0])


def test_loading_weights_renews_the_dense_encoding() -> None:
    old, new = (PromptEncoder(16, 4, 64, 8) for _ in range(2))
    assert not old.dense_pe.equal(new.dense_pe)
    old.load_state_dict(new.state_dict())
    assert old.dense_pe.equal(new.dense_pe)
    assert "dense_pe" not in new.state_dict()


def test_cells_are_encoded_as_points_at_their_centres() -> None:
    encoder = PromptEncoder(16, 4, 64, 8)
    with torch.no_grad():
        for embedding in encoder.point_embeddings:
            embedding.weight.zero_()
    row, column, cell = 1, 3, 64 / 4
    centre = torch.tensor([[[(row + 0.5) * cell - 0.5, (column + 0.5) * cell - 0.5]]])
    sparse, _ = encoder(centre, torch.ones(1, 1, dtype=torch.int64))
    torch.testing.assert_close(sparse[0, 0], encoder.dense_pe[0, :, row, column])
