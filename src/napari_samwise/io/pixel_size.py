"""Pixel sizes as OME-TIFF, ImageJ TIFF and Aperio's slides store them."""

from __future__ import annotations

import re
from typing import Any

import tifffile

from napari_samwise.io.units import in_micrometres, in_seconds

_MICRONS_PER_PIXEL = re.compile(r"\bMPP *= *(\d+\.?\d*)", re.ASCII)


def pixel_size_um(file: tifffile.TiffFile) -> dict[str, float] | None:
    """Pixel size of an open TIFF.

    The resolution tags of a TIFF that none of these programs wrote are ignored: most others
    fill them with the screen's dots per inch.

    Returns
    -------
    dict of str to float or None
        By axis letter, micrometres of Z, Y and X and seconds of T; an axis that the file does
        not tell is missing. None where it tells none, or in a unit that is none.
    """
    if file.is_ome:
        return _from_ome(file.ome_metadata) or None
    if file.is_imagej:
        return _from_imagej(file) or None
    if file.is_svs:
        return _from_aperio(file.pages.first.description) or None
    return None


def _from_ome(xml: str) -> dict[str, float]:
    images = tifffile.xml2dict(xml).get("OME", {}).get("Image", {})
    first: dict[str, Any] = images[0] if isinstance(images, list) else images
    pixels = first.get("Pixels", {})
    found = {}
    for axis in "ZYX":
        unit = in_micrometres(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        found[axis] = (pixels.get(f"PhysicalSize{axis}"), unit)
    found["T"] = (pixels.get("TimeIncrement"), in_seconds(pixels.get("TimeIncrementUnit", "s")))
    return _known(found)


def _from_imagej(file: tifffile.TiffFile) -> dict[str, float]:
    metadata = file.imagej_metadata or {}
    unit = in_micrometres(metadata.get("unit", ""))
    found = {
        "Z": (metadata.get("spacing"), unit),
        "T": (metadata.get("finterval"), in_seconds(metadata.get("tunit", "s"))),
    }
    tags = file.pages.first.tags
    for axis in "YX":
        pixels, units = tags.valueof(f"{axis}Resolution", (0, 0))
        if pixels and units:
            found[axis] = (units / pixels, unit)
    return _known(found)


def _from_aperio(description: str) -> dict[str, float]:
    size = _MICRONS_PER_PIXEL.search(description)
    return {} if size is None else _known({axis: (float(size[1]), 1.0) for axis in "YX"})


def _known(found: dict[str, tuple[Any, float | None]]) -> dict[str, float]:
    """Keep positive sizes in a known unit, by axis."""
    return {
        axis: float(size) * unit
        for axis, (size, unit) in found.items()
        if isinstance(size, int | float) and size > 0 and unit is not None
    }
