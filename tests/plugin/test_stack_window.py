"""Volume and time in a real window; needs OpenGL."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from superqt import QCollapsible

from napari_samwise.plugin.engine import Engine

pytestmark = pytest.mark.gl


@pytest.fixture
def opened(make_napari_viewer, tower, tiny_model, monkeypatch):
    """A window with the tower and the widget, its parts for stacks unfolded."""
    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))
    viewer = make_napari_viewer(show=True)
    viewer.add_image(tower, scale=(2, 1, 1))
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    for part in widget.native.findChildren(QCollapsible):
        if part.text() in ("Everything", "Volume and time"):
            part.expand(animate=False)
    yield viewer, widget
    widget.stage.close()
    widget.controller.close()


def keep(viewer, name: str) -> None:
    """Save a picture of the window where somebody wants to look at it."""
    folder = os.environ.get("SAMWISE_SCREENSHOTS")
    if folder:
        viewer.screenshot(Path(folder) / f"{name}.png", canvas_only=False, flash=False)


def test_a_stack_is_filled_shown_and_committed(opened, qtbot, tower) -> None:
    viewer, widget = opened
    stage, panel = widget.stage, widget._stacks
    viewer.dims.set_point(0, 5 * 2)
    viewer.layers["prompts"].add((5, 20, 20))
    qtbot.waitUntil(lambda: widget.controller.board.status().can_commit)
    panel.fill.native.click()
    qtbot.waitUntil(lambda: stage.bench.busy is False and len(stage.status().confidence) == 8)
    preview = viewer.layers["preview"].data
    np.testing.assert_array_equal(preview == 1, tower == 200)
    keep(viewer, "filled")

    plot = panel.plot
    x = round(7.5 / 12 * plot.width())
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    assert stage.status().current == 7
    panel.barrier.native.click()
    assert np.unique(preview.nonzero()[0]).tolist() == list(range(2, 7))
    qtbot.wait(50)
    keep(viewer, "barrier")

    widget.controller.commit()
    objects = viewer.layers["objects"].data
    assert np.unique(objects.nonzero()[0]).tolist() == list(range(2, 7))
    widget._everything.start.native.click()
    # A thousand clicks of the grid.
    qtbot.waitUntil(lambda: len(np.unique(objects)) == 3, timeout=60_000)
    qtbot.waitUntil(lambda: not stage.bench.busy)
    keep(viewer, "everything")
    assert widget.native.minimumSizeHint().width() <= 320
