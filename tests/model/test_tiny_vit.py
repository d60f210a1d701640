from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from napari_samwise.model.config import TinyViTConfig
from napari_samwise.model.tiny_vit import BiasAttention, TinyViT


def test_embedding_matches_the_official_encoder(
    small_tiny_vit: TinyViT, tiny_vit_golden: Mapping[str, Tensor]
) -> None:
    # The official code copies its position biases when eval() is called, and here that was before
    # the weights were set: the reference numbers are those of biases at zero. What biases do is
    # tested below against the formula.
    for module in small_tiny_vit.modules():
        if isinstance(module, BiasAttention):
            module.attention_biases.zero_()
    y, x = torch.meshgrid(torch.arange(1024.0), torch.arange(1024.0), indexing="ij")
    waves = torch.stack(
        [torch.sin(x / 37 + y / 59), torch.cos(x / 23 - y / 41), torch.sin(x * y / 9000)]
    )
    embedding = small_tiny_vit(waves.unsqueeze(0))
    assert embedding.shape == (1, 256, 64, 64)
    torch.testing.assert_close(
        embedding[:, ::8, ::4, ::4], tiny_vit_golden["output_strided"], atol=1e-4, rtol=0
    )
    assert embedding.mean().item() == pytest.approx(tiny_vit_golden["output_mean"].item(), abs=1e-6)
    assert embedding.std().item() == pytest.approx(tiny_vit_golden["output_std"].item(), abs=1e-6)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_attention_adds_the_bias_of_the_distance(size: int) -> None:
    torch.manual_seed(size)
    heads, head_dim = 2, 5
    attention = BiasAttention(heads * head_dim, heads, size).eval()
    torch.nn.init.normal_(attention.attention_biases)
    windows = torch.randn(3, size, size, heads * head_dim)

    tokens = attention.norm(windows.flatten(1, 2))
    count = size * size
    q, k, v = attention.qkv(tokens).view(3, count, heads, 3, head_dim).permute(3, 0, 2, 1, 4)
    scores = q @ k.transpose(2, 3) / head_dim**0.5
    for a in range(count):
        for b in range(count):
            rows, columns = abs(a // size - b // size), abs(a % size - b % size)
            scores[..., a, b] += attention.attention_biases[:, rows * size + columns]
    expected = (scores.softmax(-1) @ v).transpose(1, 2).reshape(3, count, -1)
    expected = attention.proj(expected).view_as(windows)
    torch.testing.assert_close(attention(windows), expected, atol=1e-5, rtol=1e-4)


def test_the_embedding_is_a_sixteenth_of_the_input() -> None:
    config = TinyViTConfig(embed_dims=(8, 8, 10, 10), depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 2))
    encoder = TinyViT(config, 6).eval()
    with torch.inference_mode():
        assert encoder(torch.zeros(2, 3, 128, 128)).shape == (2, 6, 8, 8)
    assert config.stride == 16
