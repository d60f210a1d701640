"""Folder and journal together: coming back to an image goes on where it was left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_samwise.plugin.engine import Engine


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tiny_model) -> None:
    """Let every widget load the tiny model, whatever its name."""
    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))


@pytest.fixture
def folder(tmp_path: Path, squares: np.ndarray) -> Path:
    for index in range(3):
        tifffile.imwrite(tmp_path / f"{index}.tif", np.roll(squares, index, axis=1))
    return tmp_path


@pytest.fixture
def widget(viewer, qtbot) -> Any:
    from napari_samwise.plugin.widget import SamwiseWidget

    made = SamwiseWidget(viewer)
    qtbot.addWidget(made.native)
    yield made
    made.controller.close()


def keep(widget: Any, qtbot, *point: float) -> None:
    workspace = widget.controller.desk.workspace
    count = len(workspace.session.objects)
    workspace.layers.prompts.add(point)
    qtbot.waitUntil(lambda: bool(workspace.session.candidates), timeout=20_000)
    qtbot.waitUntil(lambda: not workspace.session.pending, timeout=20_000)
    widget.controller.commit()
    assert len(workspace.session.objects) == count + 1


def test_an_image_left_and_opened_again_is_undone_and_recorded_on(
    widget, folder: Path, qtbot
) -> None:
    series = widget.series
    series.open(folder)
    qtbot.waitUntil(lambda: series.status().at == 0, timeout=20_000)
    keep(widget, qtbot, 12, 15)
    series.next()
    qtbot.waitUntil(lambda: series.status().at == 1, timeout=20_000)
    assert (folder / "0.tif.samwise.jsonl").is_file(), "it is recorded beside the image"
    series.previous()
    qtbot.waitUntil(lambda: series.status().at == 0, timeout=20_000)
    session = widget.controller.desk.workspace.session
    assert session.labels[12, 15] == 1
    qtbot.waitUntil(lambda: session.history.can_undo, timeout=20_000)
    assert not widget.journals.current.status.is_offered, "nobody is asked"
    keep(widget, qtbot, 30, 45)
    for _ in range(4):
        widget.controller.undo()
    assert not session.labels.any(), "steps of the earlier visit are undone as well"
    series.close()
    assert not tifffile.imread(folder / "0.objects.tif").any()
    assert not [path for path in folder.iterdir() if ".old" in path.name]
