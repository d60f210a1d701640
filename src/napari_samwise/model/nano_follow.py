"""Long thin objects on one plane: where the first mask ends, another click shows what comes next.

A click shows ``nano`` what lies around it; of a vessel or a worm it draws the part that it sees
best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.follow import Pixel, Raster, follow
from napari_samwise.geometry.roi import Roi
from napari_samwise.model.base import Decoded
from napari_samwise.prompts import INCLUDE, Prompts

_MOST_LOOKS = 32
_LEAST_AREA_PX = 150
"""A smaller mask that is long and thin is mostly a fragment of something else."""

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
    if int(found.masks[0].sum()) < _LEAST_AREA_PX:
        return found
    clicks = np.rint(prompts.points).astype(np.int64)
    first = _Drawn(found.masks[0], found.low_res_logits[0])
    extender = _Extender(decode, clicks[prompts.labels != INCLUDE])
    whole = follow(first, clicks[prompts.labels == INCLUDE], extender, _MOST_LOOKS)
    if whole is first:
        return found
    return Decoded(
        torch.cat([whole.logits[None], found.low_res_logits[1:]]),
        found.predicted_iou,
        torch.cat([whole.mask[None], found.masks[1:]]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A mask `(Y, X)` bool of a plane, and its low-resolution logits `(h, w)`."""

    mask: Tensor
    logits: Tensor

    @property
    def plane_size(self) -> tuple[int, int]:
        return self.mask.shape[0], self.mask.shape[1]

    @property
    def roi(self) -> Roi:
        rows, columns = (torch.nonzero(self.mask.any(axis))[:, 0].tolist() for axis in (1, 0))
        if not rows:
            return Roi((0, 0), (0, 0))
        return Roi.from_bounds((rows[0], columns[0]), (rows[-1] + 1, columns[-1] + 1))

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
        found = self.decode(Prompts(points=[pixel]))
        drawn = _Drawn(found.masks[0], found.low_res_logits[0])
        return None if bool(drawn.mask[tuple(self.excluded.T)].any()) else drawn

    def join(self, mask: _Drawn, further: _Drawn) -> _Drawn:
        return _Drawn(mask.mask | further.mask, torch.maximum(mask.logits, further.logits))
