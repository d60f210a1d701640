"""Pixel sizes as OME-TIFF and ImageJ TIFF store them."""

from __future__ import annotations

from typing import Any

import tifffile

_MICROMETRES = {
    "pm": 1e-6,
    "å": 1e-4,
    "nm": 1e-3,
    "µm": 1.0,
    "μm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "inch": 25.4e3,
}


def pixel_size_um(file: tifffile.TiffFile) -> dict[str, float] | None:
    """Pixel size of an open TIFF.

    The resolution tags of a TIFF that neither OME nor ImageJ wrote are ignored: most programs
    fill them with the screen's dots per inch.

    Returns
    -------
    dict of str to float or None
        Micrometres by axis letter; an axis that the file does not tell is missing. None where
        it tells none, or in a unit that is no length.
    """
    if file.is_ome:
        return _from_ome(file.ome_metadata) or None
    if file.is_imagej:
        return _from_imagej(file) or None
    return None


def _from_ome(xml: str) -> dict[str, float]:
    images = tifffile.xml2dict(xml).get("OME", {}).get("Image", {})
    first: dict[str, Any] = images[0] if isinstance(images, list) else images
    pixels = first.get("Pixels", {})
    sizes = {}
    for axis in "ZYX":
        size = pixels.get(f"PhysicalSize{axis}")
        factor = _factor(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if isinstance(size, int | float) and size > 0 and factor is not None:
            sizes[axis] = float(size) * factor
    return sizes


def _from_imagej(file: tifffile.TiffFile) -> dict[str, float]:
    metadata = file.imagej_metadata or {}
    factor = _factor(metadata.get("unit", ""))
    if factor is None:
        return {}
    sizes = {}
    spacing = metadata.get("spacing")
    if isinstance(spacing, int | float) and spacing > 0:
        sizes["Z"] = float(spacing) * factor
    tags = file.pages.first.tags
    for axis in "YX":
        pixels, units = tags.valueof(f"{axis}Resolution", (0, 0))
        if pixels and units:
            sizes[axis] = units / pixels * factor
    return sizes


def _factor(unit: object) -> float | None:
    # ImageJ writes the micro sign as an escape sequence.
    name = str(unit).replace("\\u00B5", "µ").strip().lower()
    return _MICROMETRES.get(name)
