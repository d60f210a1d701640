"""A network for inference alone: normalisations folded into convolutions, weights laid out."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_for_inference(network: nn.Module) -> None:
    """Fold every batch normalisation into the convolution before it, and order weights for speed.

    By then a normalisation multiplies and adds fixed numbers, and the convolution can do that
    itself. Weights are ordered once, so that they are not reordered at every call. Outputs stay
    the same but for rounding; the names in the state dict do not.

    Parameters
    ----------
    network : Module
        In evaluation mode; changed in place. Folded are pairs that follow each other in a
        ``Sequential``.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential):
            _fold_pairs(module)
    order_for_convolution(network)


def order_for_convolution(network: nn.Module) -> None:
    """Put weights of convolutions in channels-last order, in which a CPU computes fastest."""
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def _fold_pairs(sequence: nn.Sequential) -> None:
    for index in range(len(sequence) - 1):
        first, second = sequence[index], sequence[index + 1]
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            sequence[index] = fuse_conv_bn_eval(first, second).requires_grad_(False)
            # Not removed: the names of what follows stay.
            sequence[index + 1] = nn.Identity()
