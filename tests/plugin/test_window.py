"""The dock widget in a real window, opened from the manifest; needs OpenGL."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import zarr
from qtpy.QtCore import QPoint, Qt
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtTest import QTest

from napari_samwise.plugin.activity import Activity
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.status import Choice, Mode

pytestmark = pytest.mark.gl


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tiny_model) -> None:
    """Let every widget load the tiny model, whatever its name."""
    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))


@pytest.fixture
def opened(make_napari_viewer, squares):
    """A viewer with an image and the widget, opened from the manifest."""
    viewer = make_napari_viewer()
    viewer.add_image(squares, name="cells")
    dock, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    yield viewer, dock, widget
    widget.controller.close()


def press(viewer, layer: str, key: str) -> None:
    from napari.utils.key_bindings import coerce_keybinding

    viewer.layers[layer].keymap[coerce_keybinding(key)](viewer.layers[layer])


def test_point_preview_key_object(opened, qtbot, squares) -> None:
    viewer, _, _ = opened
    viewer.layers["prompts"].add((12, 15))
    qtbot.waitUntil(lambda: viewer.layers["preview"].data[12, 15] == 1)
    press(viewer, "prompts", "C")
    np.testing.assert_array_equal(viewer.layers["objects"].data == 1, squares == 200)


def test_box_preview_key_object(opened, qtbot, squares, rectangle) -> None:
    viewer, _, _ = opened
    viewer.layers["boxes"].add_rectangles(rectangle(26, 38, 42, 58))
    qtbot.waitUntil(lambda: viewer.layers["preview"].data[30, 45] == 1)
    press(viewer, "boxes", "C")
    np.testing.assert_array_equal(viewer.layers["objects"].data == 1, squares == 120)


def test_a_stack_on_slice_seven_only(make_napari_viewer, stack, qtbot) -> None:
    viewer = make_napari_viewer()
    viewer.add_image(stack)
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    viewer.dims.set_point(0, 7)
    viewer.layers["prompts"].add((7, 12, 15))
    qtbot.waitUntil(lambda: viewer.layers["preview"].data[7, 12, 15] == 1)
    press(viewer, "prompts", "C")
    assert np.unique(np.nonzero(viewer.layers["objects"].data)[0]).tolist() == [7]
    widget.controller.close()


def test_closing_the_dock_unbinds_and_reopening_goes_on(opened, qtbot, squares) -> None:
    viewer, dock, widget = opened
    viewer.layers["prompts"].add((30, 45))
    qtbot.waitUntil(lambda: bool(viewer.layers["preview"].data.any()))
    press(viewer, "prompts", "C")
    viewer.layers["prompts"].add((12, 15))
    viewer.window.remove_dock_widget(dock)
    assert not viewer.layers["prompts"].keymap
    again_dock, again = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    assert again is not widget
    assert len(viewer.layers) == 5
    qtbot.waitUntil(lambda: viewer.layers["preview"].data[12, 15] == 1)
    press(viewer, "prompts", "C")
    expected = 2 * (squares == 200) + (squares == 120)
    np.testing.assert_array_equal(viewer.layers["objects"].data, expected)
    viewer.window.remove_dock_widget(again_dock)


def test_a_deleted_layer_comes_back_by_itself(opened, qtbot) -> None:
    viewer, _, _ = opened
    viewer.layers.remove("prompts")
    qtbot.waitUntil(lambda: "prompts" in viewer.layers)
    viewer.layers["prompts"].add((12, 15))
    qtbot.waitUntil(lambda: viewer.layers["preview"].data[12, 15] == 1)


def test_layers_may_be_renamed(opened, qtbot, squares) -> None:
    """napari then refreshes the lists of every dock widget."""
    viewer, _, widget = opened
    image = viewer.layers["cells"]
    viewer.layers["prompts"].add((12, 15))
    image.name, viewer.layers["objects"].name = "day 3", "what I found"
    assert widget.controller.image is image
    qtbot.waitUntil(lambda: viewer.layers["preview"].data[12, 15] == 1)
    press(viewer, "prompts", "C")
    np.testing.assert_array_equal(viewer.layers["what I found"].data == 1, squares == 200)


def test_the_viewer_closed_while_encoding(
    make_napari_viewer, tiny_model, squares, qtbot, monkeypatch
) -> None:
    begun, release = threading.Event(), threading.Event()
    working = tiny_model.encode

    def slow(image):
        begun.set()
        release.wait(10)
        return working(image)

    monkeypatch.setattr(tiny_model, "encode", slow)
    viewer = make_napari_viewer()
    viewer.add_image(squares)
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    viewer.layers["prompts"].add((12, 15))
    qtbot.waitUntil(begun.is_set)
    assert widget._progress._work.native.isVisibleTo(widget.native)
    viewer.close()
    release.set()
    qtbot.wait(50)
    assert widget.controller.desk.workspace is None


def test_the_panel_is_narrow_enough_for_a_laptop(opened) -> None:
    _, _, widget = opened
    widget._source._model.value = "vit_b_lm"
    assert widget.native.minimumSizeHint().width() <= 320


def test_nothing_moves_while_planes_are_encoded_and_masks_come(
    make_napari_viewer, squares, qtbot
) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.add_image(squares)
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    board = widget.controller.board
    qtbot.waitUntil(lambda: board.status().detail != "")
    idle = board.status()
    masked = replace(idle, choice=Choice(3, 3, 0.93), detail=f"{idle.detail} · mask in 12 ms")
    encoding = replace(idle, detail="", activity=Activity(board.frame, 3, 9))
    panel, button = widget.native, widget._prompting.commit.native
    places = {}
    for name, status in {"idle": idle, "masked": masked, "encoding": encoding}.items():
        widget._show_status(status)
        qtbot.wait(100)
        places[name] = (panel.width(), button.mapTo(panel, QPoint(0, 0)).y())
    assert len(set(places.values())) == 1, places


def test_no_button_moves_when_recording_begins(make_napari_viewer, squares, qtbot) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.add_image(squares)
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    qtbot.waitUntil(lambda: widget.controller.board.status().detail != "")
    panel, buttons = widget.native, widget._prompting
    shown = (buttons.commit, buttons.undo, buttons.next)

    def places() -> list[int]:
        qtbot.wait(100)
        return [each.native.mapTo(panel, QPoint(0, 0)).y() for each in shown]

    before = places()
    viewer.layers["prompts"].add((12, 15))
    qtbot.waitUntil(lambda: widget._recovery._text.value.startswith("Recorded"))
    assert widget._recovery._text.native.isVisible()
    assert places() == before


class Hand:
    """A user's mouse and keyboard on the canvas."""

    def __init__(self, viewer, widget, image, qtbot) -> None:
        self.viewer, self.image, self.qtbot = viewer, image, qtbot
        (self.canvas,) = widget.native.window().findChildren(QOpenGLWidget)

    def place(self, y: float, x: float) -> QPoint:
        """Return where a pixel of the image lies on the canvas."""
        camera = getattr(self.viewer, "scene", self.viewer).camera
        world = np.array(self.image.data_to_world((y, x)))
        centre = np.array([self.canvas.height(), self.canvas.width()]) / 2
        row, column = centre + (world - np.array(camera.center[-2:])) * camera.zoom
        return QPoint(round(column), round(row))

    def click(self, y: float, x: float, *modifiers: str) -> None:
        held = Qt.KeyboardModifier.AltModifier if modifiers else Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, held, self.place(y, x))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        QTest.mousePress(self.canvas, left, none, self.place(*start))
        for step in np.linspace(start, end, 6):
            QTest.mouseMove(self.canvas, self.place(*step))
            self.qtbot.wait(20)
        QTest.mouseRelease(self.canvas, left, none, self.place(*end))

    def key(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas, key, modifier)


@pytest.fixture
def slide(tmp_path) -> list[Any]:
    """The levels of a plane of 16384 x 16384 pixels on disk with one bright square."""
    group, levels = zarr.create_group(tmp_path / "slide.zarr"), []
    for k in range(5):
        side = 16_384 >> k
        level = group.create_array(str(k), shape=(side, side), chunks=(1024, 1024), dtype="u1")
        level[9000 >> k : 9400 >> k, 5000 >> k : 5300 >> k] = 200
        level[8000 >> k : 8200 >> k, 5000 >> k : 5800 >> k] = 90
        levels.append(level)
    return levels


def test_a_slide_on_disk(make_napari_viewer, slide, qtbot, tmp_path) -> None:
    viewer = make_napari_viewer(show=True)
    image = viewer.add_image(slide, contrast_limits=(0, 255), name="slide")
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    widget.controller.objects_folder = tmp_path / "objects"
    widget.controller.choose_objects(None)
    status, layers = widget.controller.board.status, viewer.layers
    qtbot.waitUntil(lambda: status().detail != "", timeout=20_000)
    camera = getattr(viewer, "scene", viewer).camera
    camera.center, camera.zoom = (9200, 5150), 0.5
    hand = Hand(viewer, widget, image, qtbot)
    qtbot.wait(200)
    hand.click(9200, 5150)
    qtbot.waitUntil(lambda: status().can_commit, timeout=20_000)

    def colour(y: float, x: float) -> np.ndarray:
        at = hand.place(y, x)
        return viewer.screenshot(canvas_only=True, flash=False)[at.y(), at.x(), :3].astype(int)

    red, _, blue = colour(9100, 5100)
    assert red > blue + 20, "the preview is yellow on the grey image"
    hand.key(Qt.Key.Key_C)
    assert layers["objects"].data[0][9200, 5150] == 1
    assert np.ptp(colour(9100, 5100)) > 20, "the object has a colour"
    assert np.ptp(colour(9500, 5150)) == 0, "and nothing beside it"
    viewer.reset_view()
    qtbot.wait(200)
    assert np.ptp(colour(9200, 5150)) > 20, "it is seen from afar"
    assert np.ptp(colour(8100, 5400)) == 0
    labels = widget.controller.desk.workspace.session.labels
    labels.chunks.wait()
    (path,) = (tmp_path / "objects").iterdir()
    written = zarr.open_group(path, mode="r")["0"]
    assert (written[9010:9390, 5010:5290] == 1).all()
    assert np.count_nonzero(written[8800:9600, 4800:5500]) == pytest.approx(400 * 300, rel=0.05)
    widget.controller.close()


def test_mouse_and_keyboard(make_napari_viewer, squares, qtbot) -> None:
    viewer = make_napari_viewer(show=True)
    image = viewer.add_image(squares, scale=(2, 2))
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    status = widget.controller.board.status
    layers = viewer.layers
    qtbot.waitUntil(lambda: status().detail != "")
    hand = Hand(viewer, widget, image, qtbot)

    def hover_shows() -> bool:
        for y in (13, 14):
            QTest.mouseMove(hand.canvas, hand.place(y, 15))
        return bool(layers["preview"].data[14, 15] == 2)

    qtbot.waitUntil(hover_shows)
    hand.click(14, 15)
    qtbot.waitUntil(lambda: status().can_commit)
    np.testing.assert_array_equal(layers["preview"].data == 1, squares == 200)
    hand.click(34, 48, "Alt")
    assert layers["prompts"].features["label"].tolist() == ["include", "exclude"]
    qtbot.waitUntil(lambda: status().can_commit)
    hand.key(Qt.Key.Key_Tab)
    assert status().choice.number == 2
    hand.key(Qt.Key.Key_C)
    np.testing.assert_array_equal(layers["objects"].data == 1, squares == 200)

    widget.controller.enter_mode(Mode.BOX)
    hand.drag((42, 58), (26, 38))
    qtbot.waitUntil(lambda: status().can_commit)
    np.testing.assert_array_equal(layers["preview"].data == 1, squares == 120)
    shot = viewer.screenshot(canvas_only=True, flash=False)
    at = hand.place(34, 48)
    red, _, blue = shot[at.y(), at.x(), :3].astype(int)
    assert red > blue + 20, "the preview is yellow on the grey image"
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(layers["boxes"].data) == 0
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not layers["objects"].data.any()
    widget.controller.close()
