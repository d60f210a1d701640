"""The image encoder of MobileSAM: TinyViT, convolutions first and windowed attention after.

Wu et al. 2022 (TinyViT), as cut to SAM's embedding by Zhang et al. 2023 (MobileSAM). Parameter
names are those of the published checkpoint.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_samwise.model.config import TinyViTConfig
from napari_samwise.model.layers import build_neck
from napari_samwise.model.windows import partition, unpartition


class ConvNorm(nn.Sequential):
    """Convolution without bias, then batch norm.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the maps.
    kernel : int
        Side of the kernel; the padding keeps the size at stride 1.
    stride : int
        Stride of the convolution.
    groups : int
        Groups of channels; as many as channels for a depthwise convolution.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        conv = nn.Conv2d(
            in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.add_module("c", conv)
        self.add_module("bn", nn.BatchNorm2d(out_channels))


class Stem(nn.Module):
    """Two strided convolutions from pixels to the first stage, at a quarter of the size."""

    def __init__(self, out_channels: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.seq = nn.Sequential(
            ConvNorm(3, half, 3, stride=2), nn.GELU(), ConvNorm(half, out_channels, 3, stride=2)
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Map `(B, 3, Y, X)` to `(B, C, Y / 4, X / 4)`."""
        out: Tensor = self.seq(pixels)
        return out


class MBConv(nn.Module):
    """Inverted residual block: widen, convolve each channel, narrow."""

    def __init__(self, channels: int, expand_ratio: int) -> None:
        super().__init__()
        hidden = channels * expand_ratio
        self.conv1 = ConvNorm(channels, hidden, 1)
        self.conv2 = ConvNorm(hidden, hidden, 3, groups=hidden)
        self.conv3 = ConvNorm(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to the same shape."""
        hidden = F.gelu(self.conv2(F.gelu(self.conv1(x))))
        return F.gelu(x + self.conv3(hidden))


class PatchMerging(nn.Module):
    """Change the channels between two stages, and halve the map where ``stride`` is 2."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(in_channels, out_channels, 1)
        self.conv2 = ConvNorm(out_channels, out_channels, 3, stride=stride, groups=out_channels)
        self.conv3 = ConvNorm(out_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to `(B, C', Y / stride, X / stride)`."""
        out: Tensor = self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))
        return out


class BiasAttention(nn.Module):
    """Self-attention in a window with one learnt score for each distance ``(|dy|, |dx|)``."""

    distances: Tensor

    def __init__(self, dim: int, num_heads: int, size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.attention_biases = nn.Parameter(torch.zeros(num_heads, size * size))
        # On the CPU also when the network is built on "meta", because no file fills it later.
        axis = torch.arange(size, device="cpu")
        cells = torch.cartesian_prod(axis, axis)
        apart = (cells[:, None] - cells[None, :]).abs()
        self.register_buffer("distances", apart[..., 0] * size + apart[..., 1], persistent=False)

    def forward(self, windows: Tensor) -> Tensor:
        """Map `(B, size, size, dim)` to the same shape."""
        tokens = self.norm(windows.flatten(1, 2))
        # (B, heads, tokens, 3 * d): unlike in ViT the three lie together within a head.
        qkv = torch.unflatten(self.qkv(tokens), 2, (self.num_heads, -1)).transpose(1, 2)
        q, k, v = qkv.chunk(3, dim=-1)
        bias = self.attention_biases[:, self.distances].to(q.dtype)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.unsqueeze(0))
        out = self.proj(out.transpose(1, 2).flatten(2))
        return torch.unflatten(out, 1, windows.shape[1:3])


class Mlp(nn.Module):
    """Norm and the two linear layers of a block, named as in the checkpoint."""

    def __init__(self, dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map `(..., dim)` to the same shape."""
        out: Tensor = self.fc2(F.gelu(self.fc1(self.norm(tokens))))
        return out


class TinyViTBlock(nn.Module):
    """Windowed attention, a depthwise convolution that joins the windows, and an MLP."""

    def __init__(self, dim: int, num_heads: int, window_size: int, mlp_ratio: int) -> None:
        super().__init__()
        self.window_size = window_size
        self.attn = BiasAttention(dim, num_heads, window_size)
        self.mlp = Mlp(dim, dim * mlp_ratio)
        self.local_conv = ConvNorm(dim, dim, 3, groups=dim)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to the same shape."""
        tokens = x.permute(0, 2, 3, 1)
        windows = self.attn(partition(tokens, self.window_size))
        tokens = tokens + unpartition(windows, (x.shape[2], x.shape[3]))
        tokens = self.local_conv(tokens.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        out: Tensor = tokens + self.mlp(tokens)
        return out.permute(0, 3, 1, 2)


class Stage(nn.Module):
    """Blocks of one size, then the merging to the next stage."""

    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to the maps of the next stage."""
        for block in self.blocks:
            x = block(x)
        return x if self.downsample is None else self.downsample(x)


class TinyViT(nn.Module):
    """TinyViT from normalised pixels to the image embedding.

    Parameters
    ----------
    config : TinyViTConfig
        Dimensions of the encoder.
    out_channels : int
        Channels of the embedding.
    """

    def __init__(self, config: TinyViTConfig, out_channels: int) -> None:
        super().__init__()
        last_dim = config.embed_dims[-1]
        self.patch_embed = Stem(config.embed_dims[0])
        self.layers = nn.ModuleList(
            _build_stage(config, index) for index in range(len(config.depths))
        )
        # The ImageNet head: never run here, but part of the published checkpoints.
        self.norm_head = nn.LayerNorm(last_dim)
        if config.num_classes:
            self.head = nn.Linear(last_dim, config.num_classes)
        self.neck = build_neck(last_dim, out_channels)

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode a batch of images.

        Parameters
        ----------
        pixels : Tensor
            `(B, 3, Y, X)` float, normalised and zero-padded.

        Returns
        -------
        Tensor
            `(B, out_channels, h, w)`, the image embedding.
        """
        # Channels last, so that going between maps and tokens moves no memory.
        x: Tensor = self.patch_embed(pixels.contiguous(memory_format=torch.channels_last))
        for layer in self.layers:
            x = layer(x)
        embedding: Tensor = self.neck(x)
        return embedding


def _build_stage(config: TinyViTConfig, index: int) -> Stage:
    """Build one stage; the first is convolutional, the last merges nothing."""
    dim = config.embed_dims[index]
    blocks: list[nn.Module] = [
        MBConv(dim, config.expand_ratio)
        if index == 0
        else TinyViTBlock(
            dim, config.num_heads[index], config.window_sizes[index], config.mlp_ratio
        )
        for _ in range(config.depths[index])
    ]
    if index + 1 == len(config.depths):
        return Stage(blocks, None)
    merging = PatchMerging(dim, config.embed_dims[index + 1], config.merge_strides[index])
    return Stage(blocks, merging)
