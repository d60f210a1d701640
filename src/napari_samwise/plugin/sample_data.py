"""Sample images for ``File > Open Sample > Samwise``; none is downloaded."""

from __future__ import annotations

from typing import Any

from napari_samwise.plugin.sample_scenes import (
    PIXEL_UM,
    SECONDS_PER_FRAME,
    VOXEL_UM,
    nuclei_plane,
    nuclei_series,
    nuclei_volume,
)

Layer = tuple[Any, dict[str, Any], str]


def coins() -> list[Layer]:
    """Return a photograph of coins, `(Y, X)`, that scikit-image brings along."""
    from skimage.data import coins as photograph

    return [(photograph(), {"name": "coins", "axis_labels": ("y", "x")}, "image")]


def nuclei() -> list[Layer]:
    """Return painted nuclei, `(Y, X)`."""
    return [_image(nuclei_plane(), "nuclei", "yx", PIXEL_UM, ("um", "um"))]


def nuclei_in_depth() -> list[Layer]:
    """Return a painted volume of nuclei, `(Z, Y, X)`, whose voxels are longer than wide."""
    return [_image(nuclei_volume(), "nuclei in depth", "zyx", VOXEL_UM, ("um",) * 3)]


def nuclei_in_time() -> list[Layer]:
    """Return a painted series of nuclei, `(T, Y, X)`, of which one divides."""
    scale = (SECONDS_PER_FRAME, *PIXEL_UM)
    return [_image(nuclei_series(), "nuclei in time", "tyx", scale, ("s", "um", "um"))]


def _image(
    data: Any, name: str, axes: str, scale: tuple[float, ...], units: tuple[str, ...]
) -> Layer:
    return (
        data,
        {"name": name, "axis_labels": tuple(axes), "scale": scale, "units": units},
        "image",
    )
