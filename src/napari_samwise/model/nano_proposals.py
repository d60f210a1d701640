"""What ``nano`` proposes for clicks: masks in windows, sampled in their boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import sample_mask
from napari_samwise.model.proposals import Proposals


@dataclass(frozen=True, slots=True, eq=False)
class NanoProposals(Proposals):
    """Proposals in windows of several levels.

    Parameters
    ----------
    windows : tuple of Window
        The window of each mask.
    pyramid : Pyramid
        The pyramid of the plane.
    """

    windows: tuple[Window, ...]
    pyramid: Pyramid

    def patch(self, index: int) -> LogitsPatch:
        """Return the logits of one window."""
        cells = self.low_res_logits[index].cpu().numpy()
        return window_patch(cells, self.windows[index], self.pyramid)

    def upscale(self, index: int) -> BoxedMask:
        """Return one mask in pixels of the plane."""
        part, offset = sample_mask(self.low_res_logits[index], self.windows[index], self.pyramid)
        return BoxedMask.from_mask(part.cpu().numpy(), offset)


def window_patch(logits: NDArray[np.float32], window: Window, pyramid: Pyramid) -> LogitsPatch:
    """Place a window's logits `(h, w)` in the plane."""
    # Along y and x the scales differ by a rounded pixel, and only in planes that are resized.
    px = 1 / pyramid.scale(window.level)[0]
    origin = (window.corner[0] * px, window.corner[1] * px)
    return LogitsPatch(logits, origin, px * WINDOW_PX / logits.shape[-1])


def is_cut_off(logits: Tensor, windows: Sequence[Window], pyramid: Pyramid) -> Tensor:
    """Tell which masks reach a side of their window beyond which the plane goes on.

    Parameters
    ----------
    logits : Tensor
        `(W, M, h, w)` float32.
    windows : sequence of Window
        The W windows.
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    Tensor
        `(W, M)` bool.
    """
    sides = (logits[..., 0, :], logits[..., -1, :], logits[..., :, 0], logits[..., :, -1])
    touched = torch.stack([(side > 0).any(-1) for side in sides], -1)  # (W, M, 4)
    inner = []
    for window in windows:
        (top, left), (height, width) = window.corner, pyramid.size(window.level)
        inner.append((top > 0, top + WINDOW_PX < height, left > 0, left + WINDOW_PX < width))
    is_inner = torch.tensor(inner, device=logits.device)  # (W, 4)
    return (touched & is_inner[:, None]).any(-1)
