from collections.abc import Mapping

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from napari_samwise.model.attention import (
    RelativeAttention,
    fused_attention,
    reference_attention,
    relative_positions,
)
from napari_samwise.model.sam import Sam
from napari_samwise.model.windows import partition, unpartition


def attention_inputs(height: int, width: int, head_dim: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(height * 1000 + width * 10 + head_dim)
    q, k, v = torch.randn(3, 2, 3, height * width, head_dim, generator=generator)
    table_y = torch.randn(2 * height - 1, head_dim, generator=generator)
    table_x = torch.randn(2 * width - 1, head_dim, generator=generator)
    return q, k, v, relative_positions(table_y, height), relative_positions(table_x, width)


def test_embedding_matches_the_official_encoder(
    small_sam: Sam, golden: Mapping[str, Tensor]
) -> None:
    embedding = small_sam.image_encoder(golden["preprocessed"])
    torch.testing.assert_close(embedding, golden["embedding"], atol=1e-4, rtol=0)


def test_reference_attention_gives_the_official_embedding_too(
    small_sam: Sam, golden: Mapping[str, Tensor]
) -> None:
    attentions = [m for m in small_sam.modules() if isinstance(m, RelativeAttention)]
    for attention in attentions:
        attention.attend = reference_attention
    embedding = small_sam.image_encoder(golden["preprocessed"])
    assert len(attentions) == 3
    torch.testing.assert_close(embedding, golden["embedding"], atol=1e-4, rtol=0)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([2, 5, 16]))
def test_fused_attention_equals_the_reference(height: int, width: int, head_dim: int) -> None:
    inputs = attention_inputs(height, width, head_dim)
    torch.testing.assert_close(
        fused_attention(*inputs), reference_attention(*inputs), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("head_dim", [64, 80])
def test_fused_attention_runs_in_a_kernel_that_stores_no_scores(head_dim: int) -> None:
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION), torch.inference_mode():
        fused_attention(*attention_inputs(14, 14, head_dim))


def test_positions_are_those_of_the_query_relative_to_the_key() -> None:
    distances = torch.arange(-3.0, 4.0)[:, None]
    positions = relative_positions(distances, 4)
    expected = torch.arange(4.0)[:, None] - torch.arange(4.0)[None, :]
    assert positions[..., 0].equal(expected)


@given(st.integers(1, 13), st.integers(1, 13), st.integers(1, 6))
def test_windows_put_together_are_the_map(height: int, width: int, size: int) -> None:
    tokens = torch.randn(2, height, width, 3)
    windows = partition(tokens, size)
    assert windows.shape[1:] == (size, size, 3)
    assert unpartition(windows, (height, width)).equal(tokens)


def test_windows_are_cut_row_by_row_and_padded_with_zeros() -> None:
    tokens = torch.arange(1.0, 13.0).reshape(1, 3, 4, 1)
    windows = partition(tokens, 2)[..., 0]
    assert windows[0].tolist() == [[1, 2], [5, 6]]
    assert windows[1].tolist() == [[3, 4], [7, 8]]
    assert windows[3].tolist() == [[11, 12], [0, 0]]
