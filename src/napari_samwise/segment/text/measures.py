"""What the adjectives of a text are told by: size, shape, brightness and colour of objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage import color, measure

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi

_GAP_PX, _RING_PX = 1, 4

Look = Callable[[Roi], NDArray[np.uint8]]
"""Returns a region `(h, w, 3)` of what the encoder sees, 0 to 255."""


class Measures:
    """The objects of one plane, measured as far as somebody asks.

    Parameters
    ----------
    masks : sequence of BoxedMask
        `N` objects, not empty.
    look : callable
        Shows a region of the plane.
    plane_size : tuple of int
        `(Y, X)`.
    """

    def __init__(self, masks: Sequence[BoxedMask], look: Look, plane_size: tuple[int, int]) -> None:
        self._masks = masks
        self._look = look
        self._plane = Roi((0, 0), plane_size)

    def among(self, chosen: NDArray[np.bool_]) -> Measures:
        """Return the measures of some of the objects."""
        masks = [mask for mask, taken in zip(self._masks, chosen, strict=True) if taken]
        return Measures(masks, self._look, (self._plane.shape[0], self._plane.shape[1]))

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self._masks)

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """`(N,)` pixels."""
        return np.array([mask.area for mask in self._masks], dtype=np.float64)

    @cached_property
    def axis_ratio(self) -> NDArray[np.float64]:
        """`(N,)` the short over the long axis of the ellipse with the same moments, 0 to 1."""
        return np.array([_axis_ratio(mask.inside) for mask in self._masks], dtype=np.float64)

    @cached_property
    def solidity(self) -> NDArray[np.float64]:
        """`(N,)` area over that of the convex hull, 0 to 1."""
        shapes = (measure.regionprops(mask.inside.astype(np.uint8)) for mask in self._masks)
        return np.array([float(found[0].solidity) for found in shapes], dtype=np.float64)

    @cached_property
    def contrast(self) -> NDArray[np.float64]:
        """`(N,)` mean grey value inside, less that of a ring around, -255 to 255."""
        return np.array([self._contrast(mask) for mask in self._masks], dtype=np.float64)

    @cached_property
    def hue(self) -> NDArray[np.float64]:
        """`(N,)` of the mean colour, in degrees from red; NaN where there is hardly any colour.

        Raises
        ------
        InputError
            If the image is grey.
        """
        colours = np.array([self._colour(mask) for mask in self._masks]).reshape(-1, 3)
        if len(colours) and not np.ptp(colours, axis=1).any():
            raise InputError("The image is grey, so nothing in it has a colour; leave colours out.")
        hue, saturation, _ = np.moveaxis(color.rgb2hsv(colours / 255), -1, 0)
        return np.where(saturation >= 0.1, 360 * hue, np.nan)

    @cached_property
    def is_whole(self) -> NDArray[np.bool_]:
        """`(N,)` whether none of it may lie beyond the plane."""
        inner = self._plane.grow(-1)
        return np.array([mask.roi.intersect(inner) == mask.roi for mask in self._masks], dtype=bool)

    def _contrast(self, mask: BoxedMask) -> float:
        near = mask.roi.grow(_RING_PX).intersect(self._plane)
        inside = np.zeros(near.shape, dtype=np.bool_)
        inside[mask.roi.shift([-start for start in near.offset]).slices] = mask.inside
        ring = ndi.binary_dilation(inside, iterations=_RING_PX)
        ring &= ~ndi.binary_dilation(inside, iterations=_GAP_PX)
        grey = self._look(near).mean(axis=-1)
        return float(grey[inside].mean() - grey[ring].mean()) if ring.any() else 0.0

    def _colour(self, mask: BoxedMask) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = self._look(mask.roi)[mask.inside].mean(axis=0, dtype=float)
        return mean


def _axis_ratio(inside: NDArray[np.bool_]) -> float:
    places = np.stack(np.nonzero(inside)).astype(np.float64)
    # A pixel is a square, not a point: a line of them is not infinitely thin.
    spread = np.atleast_2d(np.cov(places, bias=True)) + np.eye(2) / 12
    short, long = np.sqrt(np.linalg.eigvalsh(spread))
    return float(short / long)
