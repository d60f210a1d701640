"""Which of the masks that ``nano`` draws in several windows are offered, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.model.base import Decoded
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import paste_logits, sample_mask

_SAME_MASK = 0.9
"""IoU from which two masks count as one; a second opinion on it helps nobody."""


def best_candidates(
    logits: Tensor, score: Tensor, windows: Sequence[Window], pyramid: Pyramid, wanted: int
) -> Decoded:
    """Return the best candidates of all windows, such as differ from each other if there are.

    Parameters
    ----------
    logits : Tensor
        `(W, M, 96, 96)` float32, M masks in each of W windows.
    score : Tensor
        `(W, M)` float32, their predicted IoU.
    windows : sequence of Window
        The W windows.
    pyramid : Pyramid
        The pyramid of the plane.
    wanted : int
        How many candidates to return, at most W * M.
    """
    flat_logits, flat_score = logits.flatten(0, 1), score.flatten()
    order = torch.argsort(flat_score, descending=True, stable=True).tolist()
    distinct: dict[int, BoxedMask] = {}
    spare: dict[int, BoxedMask] = {}
    for index in order:
        part, offset = sample_mask(flat_logits[index], windows[index // score.shape[1]], pyramid)
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
    low_res = [
        paste_logits(flat_logits[index], windows[index // score.shape[1]], pyramid)
        for index in chosen
    ]
    return Decoded(torch.stack(low_res), flat_score[chosen], masks.to(logits.device))


def _iou(a: BoxedMask, b: BoxedMask) -> float:
    shared = a.shared_area(b)
    union = a.area + b.area - shared
    return shared / union if union else 1.0
