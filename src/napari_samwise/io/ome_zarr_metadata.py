"""What OME-Zarr says of a label image, versions 0.4 and 0.5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from napari_samwise.errors import InputError

OmeZarrVersion = Literal["0.4", "0.5"]
ZARR_FORMATS: dict[OmeZarrVersion, Literal[2, 3]] = {"0.4": 2, "0.5": 3}
"""The format of Zarr on which each version is built."""

_ORDER = "TCZYX"
_TYPES = {"T": "time", "Z": "space", "Y": "space", "X": "space"}
_UNITS = {"T": "second", "Z": "micrometer", "Y": "micrometer", "X": "micrometer"}


def check_axes(axes: str) -> None:
    """Refuse axes in an order that OME-Zarr does not know.

    Raises
    ------
    InputError
        If time is not first, or space not last as Z, Y, X.
    """
    if set(axes) - set(_ORDER) or sorted(axes, key=_ORDER.find) != list(axes):
        raise InputError(
            f"OME-Zarr keeps axes in the order {', '.join(_ORDER)}, got '{axes}'; "
            "transpose the labels or write a .tif instead."
        )


def label_attributes(
    axes: str,
    scale: Sequence[float] | None,
    steps: Sequence[int],
    name: str,
    version: OmeZarrVersion,
    source: str | None,
) -> dict[str, Any]:
    """Return the attributes of the group of a label image.

    Parameters
    ----------
    axes : str
        One letter per axis.
    scale : sequence of float or None
        Micrometres, and seconds for T; without them no unit is told.
    steps : sequence of int
        Pixels of the first level along Y and X in one pixel of each level; level ``k`` is the
        array ``str(k)``.
    name : str
        Of the image.
    version : str
        Of OME-Zarr.
    source : str or None
        Path of the image from here.
    """
    datasets = [
        {"path": str(level), "coordinateTransformations": [_scale(axes, scale, step)]}
        for level, step in enumerate(steps)
    ]
    sizes = dict(zip(axes, scale or (), strict=False))
    multiscale = {
        "name": name,
        "axes": [_axis(letter, sizes.get(letter)) for letter in axes],
        "datasets": datasets,
        "type": "nearest",
    }
    label: dict[str, Any] = {} if source is None else {"source": {"image": source}}
    if version == "0.4":
        # Version 0.4 wants the version on each part, 0.5 once.
        return {
            "multiscales": [{"version": version, **multiscale}],
            "image-label": {"version": version, **label},
        }
    return {"ome": {"version": version, "multiscales": [multiscale], "image-label": label}}


def _axis(letter: str, size: float | None) -> dict[str, str]:
    axis = {"name": letter.lower(), "type": _TYPES.get(letter, "channel")}
    # A time step of 1 stands for one that nobody told.
    if size is not None and letter in _UNITS and not (letter == "T" and size == 1):
        axis["unit"] = _UNITS[letter]
    return axis


def _scale(axes: str, scale: Sequence[float] | None, step: int) -> dict[str, Any]:
    sizes = [1.0] * len(axes) if scale is None else [float(size) for size in scale]
    of_level = [size * step if a in "YX" else size for a, size in zip(axes, sizes, strict=True)]
    return {"type": "scale", "scale": of_level}
