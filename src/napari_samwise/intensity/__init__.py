"""From microscope, camera or scanner values to the 8-bit RGB plane that the encoder sees."""

from __future__ import annotations

from napari_samwise.intensity.mapping import Intensity
from napari_samwise.intensity.plane import MIN_SIDE, validate_plane
from napari_samwise.intensity.resolve import POLICIES, resolve_intensity
from napari_samwise.intensity.windows import CT_WINDOWS

__all__ = [
    "CT_WINDOWS",
    "MIN_SIDE",
    "POLICIES",
    "Intensity",
    "resolve_intensity",
    "validate_plane",
]
