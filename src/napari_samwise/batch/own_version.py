"""Which version of this package does the work."""

from __future__ import annotations

from importlib.metadata import version


def own_version() -> str:
    """Return the installed version: results of another one may differ."""
    return version("napari-samwise")
