"""Read OME-Zarr (0.4, 0.5 and earlier) with its levels, and plain Zarr arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import zarr

from napari_samwise.errors import ImageError
from napari_samwise.io.image_file import Stored
from napari_samwise.io.stored_array import StoredArray
from napari_samwise.io.units import in_micrometres, in_seconds

_LETTERS = {"time": "T", "channel": "C"}
_AXES_OF_OLD = "TCZYX"


def read_ome_zarr(path: Path) -> Stored:
    """Open a multiscale image, or an array; nothing but metadata is read.

    Axes of length one but Y and X are dropped, as from a TIFF.

    Raises
    ------
    ImageError
        It is no Zarr, no image, or damaged.
    """
    try:
        return _read_node(zarr.open(path, mode="r"), path)
    except ImageError:
        raise
    # Of what is wrong with hand-made metadata, these are the forms.
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise ImageError(
            f"'{path.name}' is not a readable OME-Zarr image ({type(error).__name__}: {reason}); "
            "check that the folder is whole."
        ) from error


def _read_node(node: zarr.Group | zarr.Array[Any], path: Path) -> Stored:
    if isinstance(node, zarr.Array):
        return _trim([StoredArray(node, path.name)], _dimension_names(node), None)
    attributes: dict[str, Any] = node.attrs.asdict()
    ome = attributes.get("ome", attributes)
    if "multiscales" in ome:
        return _read_multiscale(node, ome["multiscales"][0], path)
    if "bioformats2raw.layout" in ome and "0" in node:
        return _read_node(node["0"], path)
    if len(ome.get("labels", ())) == 1:
        return _read_node(node[ome["labels"][0]], path)
    inside = ", ".join(sorted(node.keys())[:5])
    raise ImageError(
        f"'{path}' is a Zarr folder but not one image; give the path of an image inside it, such "
        f"as a well's field or a label image (it holds {inside or 'nothing'})."
    )


def _read_multiscale(group: zarr.Group, multiscale: Mapping[str, Any], path: Path) -> Stored:
    arrays = [group[dataset["path"]] for dataset in multiscale["datasets"]]
    if not all(isinstance(array, zarr.Array) for array in arrays):
        raise ImageError(f"'{path.name}' names levels that are no arrays; write it again.")
    levels = [StoredArray(array, path.name) for array in arrays]
    described = multiscale.get("axes", list(_AXES_OF_OLD.lower()))
    axes = _letters(described)
    if axes is not None and len(axes) != levels[0].ndim:
        raise ImageError(
            f"'{path.name}' names {len(axes)} axes, but its arrays have {levels[0].ndim}; "
            "write it again."
        )
    sizes = None
    if axes is not None:
        scale = _scale(multiscale["datasets"][0], multiscale, len(axes))
        sizes = _sizes(axes, described, scale)
    return _trim(levels, axes, sizes)


def _letters(described: Sequence[Any]) -> str | None:
    """Return one letter an axis, None where one has no name of its own."""
    letters = []
    for axis in described:
        name, kind = (axis, None) if isinstance(axis, str) else (axis["name"], axis.get("type"))
        letter = name.upper() if len(name) == 1 else _LETTERS.get(kind or name.lower(), "")
        letters.append(letter)
    unique = len(set(letters)) == len(letters) and all(letters)
    return "".join(letters) if unique and {"Y", "X"} <= set(letters) else None


def _dimension_names(array: zarr.Array[Any]) -> str | None:
    names = getattr(array.metadata, "dimension_names", None) or ()
    return _letters(names) if names and all(isinstance(name, str) for name in names) else None


def _scale(dataset: Mapping[str, Any], multiscale: Mapping[str, Any], ndim: int) -> list[float]:
    """Return the pixel size of the finest level in the axes' units: all its scales multiplied."""
    scale = [1.0] * ndim
    for holder in (dataset, multiscale):
        for transformation in holder.get("coordinateTransformations", ()):
            if transformation["type"] == "scale":
                factors = transformation["scale"]
                scale = [a * float(b) for a, b in zip(scale, factors, strict=True)]
    return scale


def _sizes(axes: str, described: Sequence[Any], scale: Sequence[float]) -> dict[str, float] | None:
    """Return pixel sizes of the axes whose unit the file tells."""
    sizes = {}
    for letter, axis, size in zip(axes, described, scale, strict=True):
        unit = axis.get("unit") if isinstance(axis, Mapping) else None
        factor = in_seconds(unit) if letter == "T" else in_micrometres(unit)
        if factor is not None and letter != "C":
            sizes[letter] = size * factor
    return sizes or None


def _trim(
    levels: Sequence[StoredArray], axes: str | None, sizes: Mapping[str, float] | None
) -> Stored:
    """Drop axes of length one, and levels that are no copies of the first."""
    data, *coarser = levels
    coarser = [level for level in coarser if level.ndim == data.ndim]
    if axes is not None:
        for i in reversed(range(len(axes))):
            if axes[i] not in "YX" and all(level.shape[i] == 1 for level in (data, *coarser)):
                data, *coarser = (level.hold(i, 0) for level in (data, *coarser))
                axes = axes[:i] + axes[i + 1 :]
    return Stored(data, axes, sizes, tuple(coarser))
