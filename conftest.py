"""Load pytest-qt only where Qt itself can be loaded; elsewhere its tests are skipped.

pytest-qt ends the whole run when Qt lacks one of its system libraries (libEGL, say), and most of
these tests need no Qt. So pyproject.toml keeps pytest from loading it and this file does it.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest


def _why_no_qt() -> str | None:
    """Say why Qt cannot be used here, or None."""
    if find_spec("pytestqt") is None or find_spec("napari") is None:
        return "napari or pytest-qt is not installed"
    try:
        from qtpy import QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt cannot be loaded: {error}"
    return None


_WHY_NO_QT = _why_no_qt()

if _WHY_NO_QT is None:
    pytest_plugins = ["pytestqt.plugin"]
else:

    @pytest.fixture(scope="session")
    def qapp_cls() -> None:
        """Stand in for pytest-qt, on which all its and napari's fixtures rest."""
        pytest.skip(str(_WHY_NO_QT))

    @pytest.fixture(scope="session")
    def qapp(qapp_cls: None) -> None:
        """Skip the test that asks for an application."""

    @pytest.fixture
    def qtbot(qapp: None) -> None:
        """Skip the test that asks for a bot."""

    @pytest.fixture
    def make_napari_viewer(qapp: None) -> None:
        """Skip the test that asks for a viewer."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a real window where there is none."""
    windowless = os.environ.get("QT_QPA_PLATFORM") in {"offscreen", "minimal"}
    if not windowless and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    skip = pytest.mark.skip(reason="no display: run under xvfb-run")
    for item in items:
        if item.get_closest_marker("gl") is not None:
            item.add_marker(skip)
