"""A training batch: windows, the objects in them, a first prompt each, and dense targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage as ndi
from torch import Tensor

from napari_samwise.learn.clicks import BoolImage, deepest_point, random_point, tight_box
from napari_samwise.learn.crops import Crop
from napari_samwise.model.nano_decoder import BOX_FIRST, BOX_SECOND, INCLUDE, NO_POINT

_STRIDE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Windows, the objects in them, and a first prompt each.

    Parameters
    ----------
    images : Tensor
        `(B, 3, 192, 192)` float32, normalised.
    dense : Tensor
        `(B, 3, 48, 48)` float32, targets of the dense heads.
    owner : Tensor
        `(P,)` int64, the window of each object.
    truth : Tensor
        `(P, 192, 192)` bool.
    whole_area : Tensor
        `(P,)` float32, in pixels of the window, the part outside it included.
    points : Tensor
        `(P, 2, 2)` float32, (y, x) in pixels of the window, 0 is its outer edge.
    labels : Tensor
        `(P, 2)` int64, constants of ``nano_decoder``.
    """

    images: Tensor
    dense: Tensor
    owner: Tensor
    truth: Tensor
    whole_area: Tensor
    points: Tensor
    labels: Tensor


def assemble(rng: np.random.Generator, crops: Sequence[Crop], *, objects: int, box: float) -> Batch:
    """Choose objects in each crop, prompt them, and stack everything.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    crops : sequence of Crop
        The windows.
    objects : int
        Prompted objects a window, at most.
    box : float
        Share of objects whose first prompt is a box; the others get a click.
    """
    owner, truth, whole, points, labels = [], [], [], [], []
    for index, crop in enumerate(crops):
        for identity in rng.permutation(crop.promptable)[:objects]:
            mask = crop.labels == identity
            where, kinds = first_prompt(rng, mask, box=rng.random() < box)
            owner.append(index)
            truth.append(mask)
            whole.append(crop.areas[int(identity)])
            points.append(where)
            labels.append(kinds)
    return Batch(
        torch.from_numpy(np.stack([crop.image for crop in crops])),
        torch.from_numpy(np.stack([dense_targets(crop) for crop in crops])),
        torch.tensor(owner),
        torch.from_numpy(np.stack(truth)),
        torch.tensor(whole, dtype=torch.float32),
        torch.from_numpy(np.stack(points)),
        torch.tensor(labels),
    )


def first_prompt(
    rng: np.random.Generator, mask: BoolImage, *, box: bool
) -> tuple[NDArray[np.float32], list[int]]:
    """Return a jittered box or a click as two tokens.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    mask : ndarray
        `(192, 192)` bool, the visible part of the object.
    box : bool
        A box rather than a click.

    Returns
    -------
    places : ndarray
        `(2, 2)` float32, (y, x) in pixels of the window, 0 is its outer edge.
    kinds : list of int
        Constants of ``nano_decoder``.
    """
    if box:
        y0, x0, y1, x1 = tight_box(mask)
        spread = 0.3 + 0.05 * np.array([y1 - y0 + 1, x1 - x0 + 1] * 2)
        jitter = rng.normal(0, 1, 4).clip(-2, 2) * spread
        corners = np.array([y0, x0, y1 + 1, x1 + 1]) + jitter
        corners[2:] = np.maximum(corners[2:], corners[:2] + 2)
        return corners.reshape(2, 2).astype(np.float32), [BOX_FIRST, BOX_SECOND]
    row, column = deepest_point(mask) if rng.random() < 0.5 else random_point(rng, mask)
    places = np.array([[row + 0.5, column + 0.5], [0, 0]], np.float32)
    return places, [INCLUDE, NO_POINT]


def dense_targets(crop: Crop) -> NDArray[np.float32]:
    """Return what the dense heads shall say of a crop.

    Parameters
    ----------
    crop : Crop
        The window.

    Returns
    -------
    ndarray
        `(3, 48, 48)` float32: foreground, relative depth, log size (see ``DenseHeads``).
    """
    labels = crop.labels[_STRIDE // 2 :: _STRIDE, _STRIDE // 2 :: _STRIDE]
    edge = np.zeros(labels.shape, bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    depth = ndi.distance_transform_edt((labels > 0) & ~edge).astype(np.float32)
    top = int(labels.max()) + 1
    deepest = np.zeros(top, np.float32)
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    size = np.zeros(top, np.float32)
    for identity, area in crop.areas.items():
        if identity < top:
            size[identity] = 0.5 * np.log2(area) - 5.0
    relative = depth / np.maximum(deepest[labels], 1)
    return np.stack([labels > 0, relative, size[labels]]).astype(np.float32)
