"""Which of the masks that ``nano`` draws in several windows are offered, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.model.agreement import judge_masks
from napari_samwise.model.base import Decoded
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import paste_logits, sample_mask
from napari_samwise.model.nano_proposals import window_patch

_SAME_MASK = 0.9
"""IoU from which two masks count as one; a second opinion on it helps nobody."""


def each_in_its_window(
    logits: Tensor, score: Tensor, windows: Sequence[Window]
) -> tuple[Tensor, Tensor, list[Window]]:
    """Return `(W, M, ...)` masks of W windows as `(N, ...)` ones, with the window of each."""
    owners = [window for window in windows for _ in range(score.shape[1])]
    return logits.flatten(0, 1), score.flatten(), owners


def judge_by_agreement(
    logits: Tensor,
    score: Tensor,
    windows: Sequence[Window],
    pyramid: Pyramid,
    box: NDArray[np.float64] | None = None,
) -> tuple[Tensor, Tensor, list[Window]]:
    """Rank masks by how far they agree, too; see ``rank_by_agreement``.

    Parameters
    ----------
    logits, score, windows, pyramid
        As of ``best_candidates``.
    box : ndarray, optional
        `(2, 2)` the box that was given, (y, x) in pixels of the plane.

    Returns
    -------
    logits : Tensor
        `(N, 96, 96)` float32, best first.
    score : Tensor
        `(N,)` float32, not ascending.
    windows : list of Window
        The window of each.
    """
    patches = [
        window_patch(mask, window, pyramid)
        for mask, window in zip(logits.cpu().numpy(), windows, strict=True)
    ]
    ranked, judged = judge_masks(score.cpu().numpy(), patches, pyramid.image_size, box)
    order = ranked.tolist()
    return logits[order], torch.from_numpy(judged).to(score.device), [windows[k] for k in order]


def best_candidates(
    logits: Tensor, score: Tensor, windows: Sequence[Window], pyramid: Pyramid, wanted: int
) -> Decoded:
    """Return the best candidates of all windows, such as differ from each other if there are.

    Parameters
    ----------
    logits : Tensor
        `(N, 96, 96)` float32, masks in their windows.
    score : Tensor
        `(N,)` float32, their predicted IoU; of equal ones the first is best.
    windows : sequence of Window
        The window of each.
    pyramid : Pyramid
        The pyramid of the plane.
    wanted : int
        How many candidates to return, at most N.
    """
    order = torch.argsort(score, descending=True, stable=True).tolist()
    distinct: dict[int, BoxedMask] = {}
    spare: dict[int, BoxedMask] = {}
    for index in order:
        part, offset = sample_mask(logits[index], windows[index], pyramid)
        mask = BoxedMask.from_mask(part.cpu().numpy(), offset)
        if not any(_iou(mask, other) > _SAME_MASK for other in distinct.values()):
            distinct[index] = mask
        elif len(spare) < wanted:
            spare[index] = mask
        if len(distinct) == wanted:
            break
    missing = wanted - len(distinct)
    boxed = distinct | dict(list(spare.items())[:missing])
    chosen = sorted(boxed, key=order.index)
    masks = torch.zeros((len(chosen), *pyramid.image_size), dtype=torch.bool)
    for mask, index in zip(masks, chosen, strict=True):
        rows, columns = boxed[index].roi.slices
        mask[rows, columns] = torch.from_numpy(boxed[index].inside)
    low_res = [paste_logits(logits[index], windows[index], pyramid) for index in chosen]
    return Decoded(torch.stack(low_res), score[chosen], masks.to(logits.device))


def _iou(a: BoxedMask, b: BoxedMask) -> float:
    shared = a.shared_area(b)
    union = a.area + b.area - shared
    return shared / union if union else 1.0
