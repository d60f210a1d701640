"""Non-maximum suppression: of masks that overlap too much, the better one stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask

Boxes = NDArray[np.int64]


def suppress(
    masks: Sequence[BoxedMask],
    order: NDArray[np.int64],
    limit: float,
    overlap_of: Literal["box", "mask"],
) -> NDArray[np.int64]:
    """Return the masks that overlap with no better one that is kept.

    Parameters
    ----------
    masks : sequence of BoxedMask
        N masks, none empty.
    order : ndarray
        int64 indices of the masks to look at, the better ones first.
    limit : float
        IoU up to which two masks may overlap.
    overlap_of : {"box", "mask"}
        IoU of the bounding boxes or of the masks.

    Returns
    -------
    ndarray
        int64 indices, in the order given.
    """
    boxes = np.array([(*m.roi.offset, *m.roi.end) for m in masks], dtype=np.int64).reshape(-1, 4)
    areas = np.array([m.area for m in masks], dtype=np.int64)
    alive = np.ones(len(masks), dtype=bool)
    kept = []
    for place, index in enumerate(order.tolist()):
        if not alive[index]:
            continue
        kept.append(index)
        rest = order[place + 1 :]
        rest = rest[alive[rest] & (_shared_area(boxes[index], boxes[rest]) > 0)]
        if overlap_of == "box":
            overlap = box_iou(boxes[index], boxes[rest])
        else:
            # However they lie, their IoU is at most the ratio of their areas.
            ratio = np.minimum(areas[rest], areas[index]) / np.maximum(areas[rest], areas[index])
            rest = rest[ratio > limit]
            overlap = mask_iou(masks[index], [masks[other] for other in rest.tolist()])
        alive[rest[overlap > limit]] = False
    return np.array(kept, dtype=np.int64)


def box_iou(box: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the IoU of a box `(4,)` with others `(N, 4)`, each (y0, x0, y1, x1), half open."""
    shared = _shared_area(box, others)
    whole = _area(box) + _area(others) - shared
    overlap: NDArray[np.float64] = shared / whole
    return overlap


def mask_iou(mask: BoxedMask, others: Sequence[BoxedMask]) -> NDArray[np.float64]:
    """Return the IoU `(N,)` of a mask with others."""
    shared = np.array([mask.shared_area(other) for other in others], dtype=np.int64)
    whole = mask.area + np.array([other.area for other in others], dtype=np.int64) - shared
    overlap: NDArray[np.float64] = shared / whole
    return overlap


def _area(boxes: Boxes) -> NDArray[np.int64]:
    area: NDArray[np.int64] = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    return area


def _shared_area(box: Boxes, others: Boxes) -> NDArray[np.int64]:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    area: NDArray[np.int64] = sides.clip(min=0).prod(-1)
    return area
