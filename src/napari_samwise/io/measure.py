"""Measure the objects of a label image, in pixels and in physical units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.label_objects import LabelObject, find_objects, read_region, views

Row = dict[str, int | float]

_STATISTICS: dict[str, Callable[[NDArray[np.float64]], Any]] = {
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
    "std": np.std,
}


@dataclass(frozen=True, slots=True, eq=False)
class Measurable:
    """A label image and the image that it belongs to.

    Parameters
    ----------
    labels : array
        Integer ids, 0 is background.
    axes : str
        One letter for each of its axes. An object may extend along Z, Y and X; on every index of
        another axis it is measured on its own.
    scale : sequence of float or None
        Pixel size along every axis of the labels, micrometres; None measures in pixels.
    image : ImageFile or None
        Whose intensity is measured.

    Raises
    ------
    InputError
        If the image has another shape than the labels.
    """

    labels: Any
    axes: str
    scale: Sequence[float] | None = None
    image: ImageFile | None = None

    def __post_init__(self) -> None:
        if self.image is None:
            return
        spatial = Axes(self.image.axes).spatial
        extents = dict(zip(self.image.axes, self.image.data.shape, strict=True))
        shape = tuple(extents[axis] for axis in spatial)
        if shape != tuple(self.labels.shape) or spatial != self.axes:
            raise InputError(
                f"The labels have axes {self.axes} and shape {tuple(self.labels.shape)}, the image "
                f"{spatial} and {shape} without its channels; "
                "give the image that they belong to, and --axes where a file does not say them."
            )


def measure(measurable: Measurable) -> dict[str, list[int | float]]:
    """Measure every object.

    Lengths, areas and volumes are in micrometres where the pixel size is known, else in pixels;
    the names of the columns end in their unit. Coordinates are also told in pixels, where the
    centre of the first pixel is 0. Shapes are those of ``skimage.measure.regionprops``.

    Returns
    -------
    dict of str to list
        Columns by name, each with one entry an object: ordered by position, then by id.
    """
    within = "ZYX" if "Z" in measurable.axes else "YX"
    stepped = [axis.lower() for axis in measurable.axes if axis not in within]
    rows: list[Row] = []
    for view in views(measurable.labels, measurable.axes, within):
        found = [
            {
                "label": one.label,
                **dict(zip(stepped, one.position, strict=True)),
                **_shape(one, within, _spacing(measurable, within)),
                **_intensity(one, within, measurable.image),
            }
            for one in find_objects(view)
        ]
        rows += sorted(found, key=lambda row: row["label"])
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {"label": 0})}


def _spacing(measurable: Measurable, within: str) -> tuple[float, ...] | None:
    if measurable.scale is None:
        return None
    sizes = dict(zip(measurable.axes, measurable.scale, strict=True))
    return tuple(float(sizes[axis]) for axis in within)


def _shape(found: LabelObject, within: str, spacing: tuple[float, ...] | None) -> Row:
    from skimage.measure import regionprops

    unit = "px" if spacing is None else "um"
    sizes = spacing or (1.0,) * len(within)
    region = regionprops(found.mask.astype(np.uint8), spacing=sizes)[0]
    axes = within.lower()
    pixels = int(np.count_nonzero(found.mask))
    row: Row = {"pixels": pixels}
    centre = [c / s + o for c, s, o in zip(region.centroid, sizes, found.box.offset, strict=True)]
    row |= {f"centroid_{a}_px": c for a, c in zip(axes, centre, strict=True)}
    if spacing is not None:
        row |= {f"centroid_{a}_um": c * s for a, c, s in zip(axes, centre, sizes, strict=True)}
    row |= {f"first_{a}_px": at for a, at in zip(axes, found.box.offset, strict=True)}
    row |= {f"last_{a}_px": at - 1 for a, at in zip(axes, found.box.end, strict=True)}
    extent = pixels * math.prod(sizes)
    if len(within) == 3:
        row[f"volume_{unit}3"] = extent
    else:
        row[f"area_{unit}2"] = extent
    row[f"equivalent_diameter_{unit}"] = float(region.equivalent_diameter_area)
    major, minor = _axis_lengths(region)
    row[f"major_axis_{unit}"], row[f"minor_axis_{unit}"] = major, minor
    if len(within) == 2:
        row[f"perimeter_{unit}"] = _perimeter(found.mask, sizes)
        row["eccentricity"] = float(region.eccentricity)
        row["solidity"] = pixels / float(np.count_nonzero(region.image_convex))
    return row


def _axis_lengths(region: Any) -> tuple[float, float]:
    """Return the longest and the shortest axis of the ellipsoid with the same moments.

    The formula of regionprops takes the root of a negative number for flat objects in 3-D; here
    their thickness is 0.
    """
    ndim = region.image.ndim
    values = np.clip(np.asarray(region.inertia_tensor_eigvals), 0, None)
    if ndim == 2:
        return 4 * math.sqrt(values[0]), 4 * math.sqrt(values[1])
    major = math.sqrt(max(0.0, 10 * (values[0] + values[1] - values[2])))
    minor = math.sqrt(max(0.0, 10 * (values[1] + values[2] - values[0])))
    return major, minor


def _perimeter(mask: NDArray[np.bool_], sizes: Sequence[float]) -> float:
    """Return the length of the border; of unequal sides of a pixel there is no such formula."""
    from skimage.measure import perimeter

    y, x = sizes
    return float(perimeter(mask)) * x if math.isclose(y, x, rel_tol=1e-6) else math.nan


def _intensity(found: LabelObject, within: str, image: ImageFile | None) -> Row:
    """Return the statistics of each channel inside an object."""
    if image is None:
        return {}
    if "C" not in image.axes:
        channels = [("intensity", image)]
    else:
        count = image.data.shape[image.axes.index("C")]
        channels = [(f"intensity_c{c}", image.channel(c)) for c in range(count)]
    row: Row = {}
    for name, channel in channels:
        pixels = read_region(channel.data, channel.axes, within, found.position, found.box)
        values = pixels[found.mask].astype(np.float64)
        row |= {f"{name}_{word}": float(of(values)) for word, of in _STATISTICS.items()}
    return row
