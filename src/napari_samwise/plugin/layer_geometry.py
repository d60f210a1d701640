"""Where the pixels of a layer lie: as its file said, or as it stands in the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.io.units import in_micrometres
from napari_samwise.io.volume_geometry import VolumeGeometry

if TYPE_CHECKING:
    from napari.layers import Layer

_KEY = "napari-samwise-geometry"
_UM_PER_MM = 1e3
_TOLERANCE = 1e-4


def note_geometry(layer: Layer, geometry: VolumeGeometry | None, shape: Sequence[int]) -> None:
    """Write into a layer where its file says that its pixels lie.

    Parameters
    ----------
    layer : Layer
        The layer.
    geometry : VolumeGeometry or None
        Of the file, if it tells one.
    shape : sequence of int
        Of the layer's pixels, without channels: what is cut out of them later lies elsewhere.
    """
    if geometry is not None:
        layer.metadata[_KEY] = {
            "shape": [int(n) for n in shape],
            "spacing": list(geometry.spacing),
            "origin": list(geometry.origin),
            "direction": list(geometry.direction),
        }


def carry_geometry(image: Layer, labels: Layer) -> None:
    """Let labels lie where their image does."""
    if _KEY in image.metadata:
        labels.metadata[_KEY] = dict(image.metadata[_KEY])


def geometry_of(attributes: Mapping[str, Any], shape: Sequence[int]) -> VolumeGeometry | None:
    """Return where pixels lie: as noted, else by the layer's place in the viewer.

    Parameters
    ----------
    attributes : mapping
        Of the layer, as napari tells them to writers.
    shape : sequence of int
        Of the pixels.

    Returns
    -------
    VolumeGeometry or None
        None where nobody knows, or where it is sheared, which no such file can hold.
    """
    noted = attributes.get("metadata", {}).get(_KEY)
    if noted is not None and list(noted["shape"]) == [int(n) for n in shape]:
        members = (tuple(noted[name]) for name in ("spacing", "origin", "direction"))
        return VolumeGeometry(*members)
    return _from_transform(attributes, len(shape))


def _from_transform(attributes: Mapping[str, Any], ndim: int) -> VolumeGeometry | None:
    from napari.utils.transforms import Affine

    factors = [in_micrometres(unit) for unit in attributes.get("units") or ()]
    known = [factor for factor in factors if factor is not None]
    if ndim not in (2, 3) or len(known) != ndim:
        return None
    given = {
        name: attributes[name]
        for name in ("scale", "translate", "rotate", "shear")
        if attributes.get(name) is not None
    }
    outer = np.asarray(attributes.get("affine", np.eye(ndim + 1)), dtype=np.float64)
    matrix = outer @ Affine(ndim=ndim, **given).affine_matrix
    placed = matrix[:ndim] * (np.array(known)[:, np.newaxis] / _UM_PER_MM)
    spacing = np.linalg.norm(placed[:, :ndim], axis=0)
    if not spacing.all():
        return None
    direction = placed[:, :ndim] / spacing
    if not np.allclose(direction.T @ direction, np.eye(ndim), atol=_TOLERANCE):
        return None
    # ITK counts its axes from x on.
    return VolumeGeometry(
        tuple(spacing[::-1].tolist()),
        tuple(placed[::-1, ndim].tolist()),
        tuple(direction[::-1, ::-1].ravel().tolist()),
    )
