"""Whether napari can open a window on this computer."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version

_QT_BINDINGS = ("PyQt6", "PySide6", "PyQt5", "PySide2")


def package_version(name: str) -> str | None:
    """Version of an installed distribution, without importing it; None where it is missing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def qt_binding() -> str | None:
    """First installed Qt binding with its version, e.g. ``"PyQt6 6.11.0"``."""
    found = ((name, package_version(name)) for name in _QT_BINDINGS)
    return next((f"{name} {number}" for name, number in found if number), None)


def missing_for_window() -> str | None:
    """Say in one clause why napari cannot open a window here; None where it can be tried."""
    if package_version("napari") is None or qt_binding() is None:
        return "napari is not installed (pip install 'napari-samwise[napari]')"
    on_linux = sys.platform.startswith("linux")
    if on_linux and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display"
    return None
