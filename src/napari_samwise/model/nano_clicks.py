"""From many independent clicks to what the decoder of ``nano`` is given."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from napari_samwise.model.nano_decoder import INCLUDE, NO_POINT, WindowPrompts
from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_seeds import LevelClicks, suited_level
from napari_samwise.model.proposals import Clicks


def click_windows(clicks: Clicks, pyramid: Pyramid) -> tuple[NDArray[np.int64], list[Window]]:
    """Choose the windows in which to decode clicks.

    Parameters
    ----------
    clicks : Clicks
        The clicks; with levels or sizes, each needs one level only.
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    owner : ndarray
        `(W,)` int64, the click of each window, ascending.
    windows : list of Window
        The W windows.
    """
    if isinstance(clicks, LevelClicks) and clicks.levels is not None:
        owner, levels = np.arange(len(clicks)), clicks.levels
    elif clicks.sizes is None:
        owner = np.repeat(np.arange(len(clicks)), pyramid.count)
        levels = np.tile(np.arange(pyramid.count), len(clicks))
    else:
        owner, levels = np.arange(len(clicks)), suited_level(clicks.sizes, pyramid)
    windows = [
        pyramid.window(level, clicks.points[index])
        for index, level in zip(owner.tolist(), levels.tolist(), strict=True)
    ]
    return owner, windows


def click_prompts(
    points: NDArray[np.float64], windows: list[Window], pyramid: Pyramid, device: torch.device
) -> WindowPrompts:
    """Express one click a window in the window's pixels.

    Parameters
    ----------
    points : ndarray
        `(W, 2)` float64, (y, x) in pixels of the plane.
    windows : list of Window
        The W windows.
    pyramid : Pyramid
        The pyramid of the plane.
    device : torch.device
        Where to put the result.
    """
    placed = np.zeros((len(windows), 2, 2), dtype=np.float32)
    for index, window in enumerate(windows):
        placed[index, 0] = pyramid.to_window(points[index], window)
    labels = torch.tensor([INCLUDE, NO_POINT], device=device).expand(len(windows), -1)
    side = WINDOW_PX // 2
    return WindowPrompts(
        torch.from_numpy(placed).to(device),
        labels,
        torch.zeros(len(windows), 1, side, side, device=device),
    )
