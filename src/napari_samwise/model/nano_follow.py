"""Long thin objects on one plane: where the first mask ends, another click shows what comes next.

A click shows ``nano`` what lies around it; of a vessel or a worm it draws the part that it sees
best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.follow import LEAST_AREA_PX, MOST_LOOKS, Pixel, Raster, follow
from napari_samwise.geometry.roi import Roi
from napari_samwise.model.base import Decoded
from napari_samwise.prompts import INCLUDE, Prompts

Decode = Callable[[Prompts], Decoded]


def follow_first(found: Decoded, prompts: Prompts, decode: Decode) -> Decoded:
    """Let the first candidate of a click go on beyond its ends, if it is long and not tiny.

    Parameters
    ----------
    found : Decoded
        Candidates for the prompts.
    prompts : Prompts
        With a click on the object, and without a box.
    decode : callable
        Decodes a single click; of what it returns the first mask counts.

    Returns
    -------
    Decoded
        With the scores of before.
    """
    first = _Drawn.first_of(found)
    if first.pixels.area < LEAST_AREA_PX:
        return found
    clicks = np.rint(prompts.points).astype(np.int64)
    extender = _Extender(decode, clicks[prompts.labels != INCLUDE])
    whole = follow(first, clicks[prompts.labels == INCLUDE], extender, MOST_LOOKS)
    if whole is first:
        return found
    return Decoded(
        torch.cat([whole.logits[None], found.low_res_logits[1:]]),
        found.predicted_iou,
        torch.cat([whole.mask[None], found.masks[1:]]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A mask `(Y, X)` bool of a plane, its low-resolution logits `(h, w)`, and its pixels."""

    mask: Tensor
    logits: Tensor
    pixels: BoxedMask

    @classmethod
    def of(cls, mask: Tensor, logits: Tensor) -> Self:
        return cls(mask, logits, BoxedMask.from_mask(mask.cpu().numpy()))

    @classmethod
    def first_of(cls, found: Decoded) -> Self:
        return cls.of(found.masks[0], found.low_res_logits[0])

    @property
    def plane_size(self) -> tuple[int, int]:
        return self.mask.shape[0], self.mask.shape[1]

    @property
    def roi(self) -> Roi:
        return self.pixels.roi

    def sample(self, raster: Raster) -> NDArray[np.bool_]:
        rows, columns = raster.box.slices
        part = self.mask[rows, columns][:: raster.step, :: raster.step]
        cells: NDArray[np.bool_] = part.cpu().numpy()
        return cells


@dataclass(frozen=True, slots=True, eq=False)
class _Extender:
    decode: Decode
    excluded: NDArray[np.int64]

    def look(self, pixel: Pixel) -> _Drawn | None:
        drawn = _Drawn.first_of(self.decode(Prompts(points=[pixel])))
        return None if bool(drawn.mask[tuple(self.excluded.T)].any()) else drawn

    def join(self, mask: _Drawn, further: _Drawn) -> _Drawn:
        return _Drawn.of(mask.mask | further.mask, torch.maximum(mask.logits, further.logits))
