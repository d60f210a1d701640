"""From the prompts of one object to what the decoder of ``nano`` is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.errors import PromptError
from napari_samwise.geometry.logits_patch import OUTSIDE_LOGIT
from napari_samwise.model.nano_decoder import (
    BOX_FIRST,
    BOX_SECOND,
    EXCLUDE,
    INCLUDE,
    NO_POINT,
    WindowPrompts,
)
from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid, Window, halve, resize_to_finest
from napari_samwise.model.nano_paste import cut_mask
from napari_samwise.prompts import Prompts

_PAINTED_LOGIT = 5.0
ROOM_PX, SPAN_PX = int(0.7 * WINDOW_PX), int(0.95 * WINDOW_PX)
"""Extent that an object may have in a window to be well seen, and that single points may span."""


def earlier_logits(prompts: Prompts, pyramid: Pyramid, device: torch.device) -> Tensor | None:
    """Return the mask prompt as low-resolution logits.

    Parameters
    ----------
    prompts : Prompts
        With logits of an earlier prediction, a mask in image pixels, or neither.
    pyramid : Pyramid
        The pyramid of the plane.
    device : torch.device
        Where to put them.

    Returns
    -------
    Tensor or None
        `(h, w)` float32 at stride 2 of level 0.

    Raises
    ------
    PromptError
        If the logits belong to a plane of another size.
    """
    if prompts.mask is None:
        return None
    given = torch.from_numpy(prompts.mask.copy()).to(device)
    if given.dtype is torch.bool:
        share = halve(resize_to_finest(given[None, None].float(), pyramid))[0, 0]
        return (2 * share - 1) * _PAINTED_LOGIT
    if tuple(given.shape) != pyramid.logits_size:
        raise PromptError(
            f"The mask prompt has shape {tuple(given.shape)}, but logits for this image have "
            f"{pyramid.logits_size}; give the logits of a prediction on the same image, or a "
            "bool mask of the image's own shape."
        )
    return given.clamp(OUTSIDE_LOGIT, -OUTSIDE_LOGIT)


def choose_windows(prompts: Prompts, earlier: Tensor | None, pyramid: Pyramid) -> list[Window]:
    """Choose the levels that could hold the object, and a window around its prompts in each.

    A box or an earlier mask says how large the object is, so one level is enough; points do not,
    so every level on which they fit into a window is tried.

    Parameters
    ----------
    prompts : Prompts
        The prompts.
    earlier : Tensor, optional
        `(h, w)` float32, the mask prompt (``earlier_logits``).
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    list of Window
        At least one, at most one a level.
    """
    # What is excluded, however far away, says nothing of where the object ends.
    corners = [prompts.points[prompts.labels == INCLUDE]]
    if prompts.box is not None:
        corners.append(prompts.box)
    extent = None if earlier is None else _mask_extent(earlier, pyramid)
    if extent is not None:
        corners.append(extent)
    known = np.concatenate(corners)
    if not len(known):
        known = np.array([(0.0, 0.0), pyramid.image_size]) - [[0], [1]]
    low, high = known.min(0), known.max(0)
    coarsest = pyramid.count - 1
    longest = [
        float(((high - low + 1) * pyramid.scale(level)).max()) for level in range(pyramid.count)
    ]
    if prompts.box is not None or extent is not None:
        levels = [next((k for k, side in enumerate(longest) if side <= ROOM_PX), coarsest)]
    else:
        levels = [k for k, side in enumerate(longest) if side <= SPAN_PX] or [coarsest]
    return [pyramid.window(level, (low + high) / 2) for level in levels]


def window_prompts(
    prompts: Prompts,
    earlier: Tensor | None,
    windows: list[Window],
    pyramid: Pyramid,
    device: torch.device,
) -> WindowPrompts:
    """Express the prompts in the pixels of every window.

    Parameters
    ----------
    prompts : Prompts
        The prompts.
    earlier : Tensor, optional
        `(h, w)` float32, the mask prompt (``earlier_logits``).
    windows : list of Window
        P windows.
    pyramid : Pyramid
        The pyramid of the plane.
    device : torch.device
        Where to put the result.
    """
    kinds, coordinates = _tokens(prompts)
    points, labels, masks = [], [], []
    for window in windows:
        placed = pyramid.to_window(coordinates, window)
        beyond = ((placed < 0) | (placed > WINDOW_PX)).any(1)
        points.append(placed)
        labels.append(np.where((kinds == EXCLUDE) & beyond, NO_POINT, kinds))
        if earlier is None:
            masks.append(torch.zeros(1, 1, WINDOW_PX // 2, WINDOW_PX // 2, device=device))
        else:
            masks.append(cut_mask(earlier, window))
    return WindowPrompts(
        torch.from_numpy(np.stack(points)).float().to(device),
        torch.from_numpy(np.stack(labels)).to(device),
        torch.cat(masks),
    )


def join_prompts(batches: Sequence[WindowPrompts]) -> WindowPrompts:
    """Put the prompts of several windows, with as many points each, into one batch."""
    return WindowPrompts(
        torch.cat([batch.points for batch in batches]),
        torch.cat([batch.labels for batch in batches]),
        torch.cat([batch.mask_logits for batch in batches]),
    )


def _tokens(prompts: Prompts) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return kinds `(K,)` and places `(K, 2)` of all tokens, in pixels of the plane."""
    kinds = prompts.labels.astype(np.int64)
    if prompts.box is None:
        # As in Segment Anything, and as in training: without a box one token stands for nothing.
        return np.append(kinds, NO_POINT), np.concatenate([prompts.points, np.zeros((1, 2))])
    # The outermost pixel centres become the outer edges of those pixels.
    edges = prompts.box + np.array([[-0.5], [0.5]])
    return np.append(kinds, (BOX_FIRST, BOX_SECOND)), np.concatenate([prompts.points, edges])


def _mask_extent(earlier: Tensor, pyramid: Pyramid) -> NDArray[np.float64] | None:
    """Return two corners `(2, 2)` around the positive logits in pixels of the plane, if any."""
    inside = earlier > 0
    if not bool(inside.any()):
        return None
    corners = []
    for axis in (0, 1):
        where = torch.nonzero(inside.any(1 - axis))[:, 0]
        cell = 2 / pyramid.scale(0)[axis]
        corners.append((float(where[0]) * cell, float(where[-1] + 1) * cell - 1))
    return np.array(corners).T
