"""The layers of micro-sam's instance decoder, with the names of the published weights."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Interpolation(nn.Module):
    """Double a map bilinearly and change its channels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to `(B, C', 2 * Y, 2 * X)`."""
        # Trained the other way round. The two commute, a mean of pixels being taken channel by
        # channel, and so the convolution has a quarter of the pixels to go through.
        return F.interpolate(self.conv(x), scale_factor=2, mode="bilinear", align_corners=False)


class TransposedConvolution(nn.Module):
    """Double a map by a learnt 2 x 2 pattern for each pixel."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.block = nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to `(B, C', 2 * Y, 2 * X)`."""
        out: Tensor = self.block(x)
        return out


Upsampler = Interpolation | TransposedConvolution


def build_upsampler(in_channels: int, out_channels: int, transposed: bool) -> Upsampler:
    """Build either of the two layers that double a map."""
    kind = TransposedConvolution if transposed else Interpolation
    return kind(in_channels, out_channels)


class ConvBlock(nn.Module):
    """Two 3 x 3 convolutions, each of a map normalised over its pixels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.InstanceNorm2d(in_channels),
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.InstanceNorm2d(out_channels),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to `(B, C', Y, X)`."""
        out: Tensor = self.block(x)
        return out


class SameConv(nn.Module):
    """A 3 x 3 convolution; a module of its own only for its name."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to the same shape."""
        out: Tensor = self.block(x)
        return out


class Deconv(nn.Module):
    """Double a map and convolve it."""

    def __init__(self, in_channels: int, out_channels: int, transposed: bool) -> None:
        super().__init__()
        self.block = nn.Sequential(
            build_upsampler(in_channels, out_channels, transposed),
            SameConv(out_channels),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, Y, X)` to `(B, C', 2 * Y, 2 * X)`."""
        out: Tensor = self.block(x)
        return out
