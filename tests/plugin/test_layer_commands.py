"""Commands of the Layers menu; those that need napari's window need OpenGL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_samwise.errors import InputError
from napari_samwise.io.read import read_image
from napari_samwise.plugin import layer_commands
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.layer_commands import (
    find_image_of,
    find_labels,
    measure_objects,
    save_objects,
)


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tiny_model) -> None:
    """Let every widget load the tiny model, whatever its name."""
    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))


@pytest.fixture
def run(mock_app_model, make_napari_viewer):
    """A viewer, and a function that runs a command as its menu entry does."""
    from napari._app_model import get_app_model
    from napari.plugins import _initialize_plugins

    viewer = make_napari_viewer(show=True)
    _initialize_plugins()

    def execute(name: str) -> None:
        get_app_model().commands.execute_command(f"napari-samwise.{name}").result()

    return viewer, execute


@pytest.fixture
def told(monkeypatch) -> list[str]:
    """Collect what napari's notifications say."""
    sentences: list[str] = []
    for name in ("show_info", "show_error"):
        monkeypatch.setattr(layer_commands, name, sentences.append)
    return sentences


@pytest.mark.gl
def test_the_entries_are_in_the_layers_menu(run) -> None:
    from napari._app_model import get_app_model

    def entries(menu: str) -> set[str]:
        items = get_app_model().menus.get_menu(f"napari/layers/{menu}")
        return {item.command.id for item in items if hasattr(item, "command")}

    assert {"napari-samwise.open_samwise", "napari-samwise.find_everything"} <= entries("segment")
    assert "napari-samwise.measure_objects" in entries("measure")
    assert "napari-samwise.save_objects" in entries("data")


@pytest.mark.gl
def test_everything_is_found_without_the_widget_being_opened_first(run, squares, qtbot) -> None:
    viewer, execute = run
    viewer.add_image(squares, name="cells")
    execute("find_everything")
    qtbot.waitUntil(lambda: viewer.layers["objects"].data.max() == 2, timeout=60_000)
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    qtbot.waitUntil(lambda: not widget.stage.bench.busy)
    widget._close()


@pytest.mark.gl
def test_what_a_text_names_is_asked_and_found(run, squares, qtbot) -> None:
    viewer, execute = run
    viewer.add_image(squares, name="cells")
    execute("find_text")
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    line = widget._everything.only.native
    qtbot.waitUntil(line.isVisible)
    qtbot.keyClicks(line, "bright things")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: viewer.layers["objects"].data.max() == 2, timeout=60_000)
    qtbot.waitUntil(lambda: not widget.stage.bench.busy)
    widget._close()


@pytest.mark.gl
def test_napari_gives_a_command_its_viewer(run, told) -> None:
    _, execute = run
    execute("measure_objects")
    assert told == ["This needs a Labels layer, and there is none; select one."]


def test_the_selected_labels_are_saved(viewer, told, qtbot, monkeypatch, tmp_path: Path) -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[3:9, 4:12] = 5
    viewer.add_image(labels * 1.5, name="cells")
    viewer.add_labels(labels, name="mine")
    viewer.add_labels(labels * 0, name="empty")
    viewer.layers.selection.active = viewer.layers["mine"]
    path = tmp_path / "mine.tif"
    monkeypatch.setattr(layer_commands, "ask_path", lambda *given: path)
    save_objects(viewer)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [f"Labels written to {path}."]
    np.testing.assert_array_equal(np.asarray(read_image(path).data), labels)


def test_the_only_labels_are_measured_with_their_image(
    viewer, told, qtbot, monkeypatch, tmp_path: Path
) -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[3:9, 4:12] = 5
    viewer.add_image(labels * 1.5, name="cells")
    viewer.add_labels(labels, name="mine")
    viewer.layers.selection.clear()
    path = tmp_path / "mine.csv"
    monkeypatch.setattr(layer_commands, "ask_path", lambda *given: path)
    measure_objects(viewer)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [f"1 object written to {path}."]
    assert "intensity_mean" in path.read_text()


def test_what_goes_wrong_is_told_in_a_sentence(viewer, told, monkeypatch, tmp_path: Path) -> None:
    viewer.add_labels(np.ones((4, 5), np.int32))
    monkeypatch.setattr(layer_commands, "ask_path", lambda *given: tmp_path / "x.docx")
    save_objects(viewer)
    assert told[0].startswith("Objects are written as")
    monkeypatch.setattr(layer_commands, "ask_path", lambda *given: None)
    save_objects(viewer)
    assert len(told) == 1


def test_what_goes_wrong_while_writing_is_told_too(
    viewer, told, qtbot, monkeypatch, tmp_path: Path
) -> None:
    viewer.add_labels(np.ones((2, 3, 4, 5, 6), np.int32))
    path = tmp_path / "x.nii.gz"
    monkeypatch.setattr(layer_commands, "ask_path", lambda *given: path)
    save_objects(viewer)
    qtbot.waitUntil(lambda: bool(told))
    assert "can hold the axes" in told[0]
    assert not path.exists()


def test_labels_are_not_guessed(viewer) -> None:
    for name in ("a", "b"):
        viewer.add_labels(np.ones((4, 5), np.int32), name=name)
    viewer.layers.selection.clear()
    with pytest.raises(InputError, match="2 and none is selected"):
        find_labels(viewer)
    viewer.layers.selection.active = viewer.layers["b"]
    assert find_labels(viewer) is viewer.layers["b"]
    viewer.add_image(np.ones((5, 4)))
    assert find_image_of(viewer, viewer.layers["a"]) is None
    fitting = viewer.add_image(np.ones((4, 5, 3)), rgb=True)
    assert find_image_of(viewer, viewer.layers["a"]) is fitting
