"""The instance decoder of micro-sam: from an image embedding to foreground and distances.

Archit et al. 2025, Segment Anything for Microscopy: a UNETR (Hatamizadeh et al. 2022) on SAM's
encoder. Its skip connections start at the image embedding too, so that an embedding is all it
needs. Names are those of the published ``decoder_state``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from napari_samwise.model.unetr_blocks import ConvBlock, Deconv, Upsampler, build_upsampler

MAPS = 3
"""Foreground, distance to the centre, distance to the boundary."""
STRIDE = 16
"""The maps have so many pixels a side for one cell of the embedding: four doublings."""

_BASE = "base.block.1.weight"
_TRANSPOSED = "decoder.samplers.0.block.weight"
_LEVELS = 3


@dataclass(frozen=True, slots=True)
class UnetrConfig:
    """Dimensions of an instance decoder; the defaults are the published ones.

    Parameters
    ----------
    embedding_dim : int
        Channels of the image embedding.
    features : tuple of int
        Channels at the embedding's size, and at twice, four and eight times that size.
    transposed : bool
        Whether maps are doubled by transposed convolutions instead of interpolation.
    """

    embedding_dim: int = 256
    features: tuple[int, ...] = (512, 256, 128, 64)
    transposed: bool = False

    @classmethod
    def from_state_dict(cls, tensors: Mapping[str, Tensor]) -> UnetrConfig:
        """Read the dimensions from shapes.

        Raises
        ------
        KeyError, IndexError
            If these are not the tensors of such a decoder.
        """
        first, embedding_dim = tensors[_BASE].shape[:2]
        blocks = [f"decoder.blocks.{index}.block.1.weight" for index in range(_LEVELS)]
        features = (first, *(tensors[name].shape[0] for name in blocks))
        return cls(embedding_dim, features, _TRANSPOSED in tensors)


class SkipDecoder(nn.Module):
    """The expanding half of a U-Net.

    Parameters
    ----------
    features : sequence of int
        Channels of each level, coarse to fine.
    transposed : bool
        How maps are doubled.
    """

    def __init__(self, features: Sequence[int], transposed: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(ConvBlock(a, b) for a, b in pairwise(features))
        self.samplers = nn.ModuleList(
            build_upsampler(a, b, transposed) for a, b in pairwise(features)
        )

    def forward(self, x: Tensor, skips: Sequence[Tensor]) -> Tensor:
        """Double `(B, C, Y, X)` level by level, with a map of that level's size joined to each."""
        for block, sampler, skip in zip(self.blocks, self.samplers, skips, strict=True):
            x = sampler(x)
            x = block(torch.cat([x, _middle_channels(skip, x.shape[1])], dim=1))
        return x


class Unetr(nn.Module):
    """The instance decoder.

    Parameters
    ----------
    config : UnetrConfig
        Its dimensions.
    """

    def __init__(self, config: UnetrConfig) -> None:
        super().__init__()
        self.config = config
        features, transposed = config.features, config.transposed
        first, last = features[0], features[-1]
        self.base = ConvBlock(config.embedding_dim, first)
        self.decoder = SkipDecoder(features, transposed)
        self.deconv1 = Deconv(config.embedding_dim, features[0], transposed)
        self.deconv2 = Deconv(features[0], features[1], transposed)
        self.deconv3 = Deconv(features[1], features[2], transposed)
        self.deconv4 = Deconv(features[2], features[3], transposed)
        self.deconv_out: Upsampler = build_upsampler(last, last, transposed)
        self.decoder_head = ConvBlock(2 * last, last)
        self.out_conv = nn.Conv2d(last, MAPS, kernel_size=1)

    def forward(self, embedding: Tensor) -> Tensor:
        """Predict the maps of a batch of planes.

        Parameters
        ----------
        embedding : Tensor
            `(B, embedding_dim, h, w)` float32, from the encoder that it was trained with.

        Returns
        -------
        Tensor
            `(B, 3, 16 * h, 16 * w)` float32, 0 to 1: foreground, and the distances to the centre
            and to the boundary, each in parts of its maximum within the object. The latter is
            turned round: 0 deep inside, 1 at the boundary; both are 1 outside.
        """
        skips = [self.deconv1(embedding)]
        for deconv in (self.deconv2, self.deconv3, self.deconv4):
            skips.append(deconv(skips[-1]))
        x = self.decoder(self.base(embedding), skips[:-1])
        x = self.decoder_head(torch.cat([self.deconv_out(x), skips[-1]], dim=1))
        maps: Tensor = self.out_conv(x).sigmoid()
        return maps


def _middle_channels(skip: Tensor, channels: int) -> Tensor:
    """Return the middle channels of a map: how torch-em crops a skip connection to its level."""
    return skip.narrow(1, (skip.shape[1] - channels) // 2, channels)
