"""The image encoder of SAM: a plain vision transformer with windowed attention.

Kirillov et al. 2023, appendix A, after Li et al. 2022 (ViTDet). Parameter names are those of the
published checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from napari_samwise.model.attention import RelativeAttention
from napari_samwise.model.config import ViTConfig
from napari_samwise.model.layers import FeedForward, build_neck
from napari_samwise.model.windows import partition, unpartition

_NORM_EPS = 1e-6


class PatchEmbed(nn.Module):
    """Cut the image into patches and make each a token.

    Parameters
    ----------
    patch_size : int
        Side of a patch in pixels.
    embed_dim : int
        Channels of a token.
    """

    def __init__(self, patch_size: int, embed_dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, embed_dim, kernel_size=patch_size, stride=patch_size)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map `(B, 3, Y, X)` pixels to `(B, h, w, embed_dim)` tokens."""
        tokens: Tensor = self.proj(pixels)
        return tokens.permute(0, 2, 3, 1)


class Block(nn.Module):
    """Transformer block whose attention sees one window, or everything.

    Parameters
    ----------
    config : ViTConfig
        Dimensions of the encoder.
    size : int
        Side of the map in tokens.
    is_global : bool
        Whether every token sees all others.
    """

    def __init__(self, config: ViTConfig, size: int, is_global: bool) -> None:
        super().__init__()
        dim = config.embed_dim
        self.window_size = None if is_global else config.window_size
        self.norm1 = nn.LayerNorm(dim, eps=_NORM_EPS)
        self.attn = RelativeAttention(dim, config.num_heads, self.window_size or size)
        self.norm2 = nn.LayerNorm(dim, eps=_NORM_EPS)
        self.mlp = FeedForward(dim, int(dim * config.mlp_ratio), nn.GELU())

    def forward(self, tokens: Tensor) -> Tensor:
        """Map `(B, h, w, C)` to the same shape."""
        attended = self.norm1(tokens)
        if self.window_size is None:
            attended = self.attn(attended)
        else:
            windows = self.attn(partition(attended, self.window_size))
            attended = unpartition(windows, (tokens.shape[1], tokens.shape[2]))
        tokens = tokens + attended
        out: Tensor = tokens + self.mlp(self.norm2(tokens))
        return out


class ImageEncoderViT(nn.Module):
    """Vision transformer from normalised pixels to the image embedding.

    Parameters
    ----------
    config : ViTConfig
        Dimensions of the encoder.
    model_size : int
        Side of the square input in pixels.
    out_channels : int
        Channels of the embedding.
    """

    def __init__(self, config: ViTConfig, model_size: int, out_channels: int) -> None:
        super().__init__()
        size = model_size // config.patch_size
        self.patch_embed = PatchEmbed(config.patch_size, config.embed_dim)
        self.pos_embed = nn.Parameter(torch.zeros(1, size, size, config.embed_dim))
        self.blocks = nn.ModuleList(
            Block(config, size, is_global=index in config.global_blocks)
            for index in range(config.depth)
        )
        self.neck = build_neck(config.embed_dim, out_channels)

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode a batch of images.

        Parameters
        ----------
        pixels : Tensor
            `(B, 3, model_size, model_size)` float, normalised and zero-padded.

        Returns
        -------
        Tensor
            `(B, out_channels, h, w)`, the image embedding.
        """
        tokens: Tensor = self.patch_embed(pixels) + self.pos_embed
        for block in self.blocks:
            tokens = block(tokens)
        embedding: Tensor = self.neck(tokens.permute(0, 3, 1, 2))
        return embedding
