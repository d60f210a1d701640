"""What was found of one object on one slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask

Origin = Literal["prompted", "carried", "fused"]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A mask on one slice, and how sure it is.

    Parameters
    ----------
    mask : BoxedMask
        In pixels of the slice.
    predicted_iou : float
        What the model thinks of it, 0 to 1.
    agreement : float
        0 to 1, IoU with the neighbour it was carried from, or with the mask that came from the
        other side; 1 on a prompted slice.
    origin : {"prompted", "carried", "fused"}
        Where it comes from.
    """

    mask: BoxedMask
    predicted_iou: float
    agreement: float
    origin: Origin

    @property
    def confidence(self) -> float:
        """0 to 1, the geometric mean of predicted IoU and agreement."""
        return float(np.sqrt(max(self.predicted_iou, 0.0) * self.agreement))

    def full(self, slice_size: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the mask `(Y, X)` in the whole slice."""
        whole = np.zeros(slice_size, dtype=np.bool_)
        if not self.mask.roi.is_empty:
            whole[self.mask.roi.slices] = self.mask.inside
        return whole


def iou(a: BoxedMask, b: BoxedMask) -> float:
    """Return the intersection over union of two masks; 0 where both are empty."""
    shared = a.shared_area(b)
    union = a.area + b.area - shared
    return shared / union if union else 0.0


def core_point(mask: BoxedMask) -> NDArray[np.float64]:
    """Return the point of a mask that lies deepest in it.

    Parameters
    ----------
    mask : BoxedMask
        Not empty.

    Returns
    -------
    ndarray
        `(2,)` float64, (y, x) in pixels of the slice.
    """
    depth = ndi.distance_transform_edt(np.pad(mask.inside, 1))[1:-1, 1:-1]
    deepest = np.unravel_index(int(depth.argmax()), depth.shape)
    return np.array(deepest, dtype=np.float64) + mask.roi.offset
