"""Overlapping crops of a plane, in layers, for objects that are small in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity.plane import MIN_SIDE


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of the plane that is encoded on its own.

    Parameters
    ----------
    layer : int
        0 is the whole plane, layer *n* has 2^n crops a side.
    roi : Roi
        `(Y, X)` pixels of the plane.
    """

    layer: int
    roi: Roi


def cover(image_size: tuple[int, int], layers: int, overlap: float) -> tuple[Crop, ...]:
    """Return the whole plane, and layers of crops that each cover it.

    Sizes and places are those of the official ``generate_crop_boxes``.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane.
    layers : int
        Number of layers beside the whole plane.
    overlap : float
        Of neighbours in the first layer, as a share of the plane's shorter side; halved from
        layer to layer.

    Raises
    ------
    InputError
        If crops became too small to be encoded.
    """
    crops = [Crop(0, Roi((0, 0), image_size))]
    for layer in range(1, layers + 1):
        count = 2**layer
        shared = int(overlap * min(image_size) * 2 / count)
        lengths = [-(-(shared * (count - 1) + side) // count) for side in image_size]
        starts = [[(length - shared) * i for i in range(count)] for length in lengths]
        for corner in product(*starts):
            stop = [
                min(start + length, side)
                for start, length, side in zip(corner, lengths, image_size, strict=True)
            ]
            roi = Roi.from_bounds(corner, stop)
            if min(roi.shape) < MIN_SIDE:
                raise InputError(
                    f"{layers} layers of crops would cut a plane of {image_size} into pieces of "
                    f"{roi.shape}, and {MIN_SIDE} x {MIN_SIDE} is the least; use fewer."
                )
            crops.append(Crop(layer, roi))
    return tuple(crops)
