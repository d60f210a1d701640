"""``annotate``: a window from a script, and the objects when it is closed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import QTimer

import napari_samwise as sw
from napari_samwise.errors import InputError
from napari_samwise.io.write import write_labels
from napari_samwise.plugin import annotate as module
from napari_samwise.plugin.annotation import Annotation
from napari_samwise.plugin.engine import Engine


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tiny_model) -> None:
    """Let every name load the tiny model."""
    defaults = (lambda name, progress: tiny_model,)
    monkeypatch.setattr(Engine.__init__, "__defaults__", defaults)


@pytest.fixture
def open_hidden(qtbot) -> Any:
    """Open windows that are not shown, and close them after the test."""
    opened: list[Annotation] = []

    def make(*args: Any, **options: Any) -> Annotation:
        opened.append(sw.annotate(*args, show=False, **options))
        return opened[-1]

    yield make
    for annotation in opened:
        annotation.close()
    qtbot.waitUntil(lambda: not any(each.is_open for each in opened))


def keep(annotation: Annotation, qtbot, *point: float) -> None:
    layers = annotation.viewer.layers
    count = len(annotation.objects)
    layers["prompts"].add(point)
    qtbot.waitUntil(lambda: bool(layers["preview"].data.any()), timeout=20_000)
    layer = layers["prompts"]
    next(act for key, act in layer.keymap.items() if str(key) == "C")(layer)
    assert len(annotation.objects) == count + 1


@pytest.mark.gl
def test_a_script_waits_until_the_window_is_closed(qtbot, squares) -> None:
    def act() -> None:
        import napari

        viewer = napari.current_viewer()
        viewer.layers["prompts"].add((12, 15))
        qtbot.waitUntil(lambda: bool(viewer.layers["preview"].data.any()), timeout=20_000)
        layer = viewer.layers["prompts"]
        next(press for key, press in layer.keymap.items() if str(key) == "C")(layer)
        viewer.close()

    QTimer.singleShot(0, act)
    labels = sw.annotate(squares)
    assert isinstance(labels, np.ndarray)
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels == 1, squares == 200)


@pytest.mark.gl
def test_a_handle_where_nothing_is_shown(open_hidden, qtbot, squares) -> None:
    annotation = open_hidden(squares)
    assert annotation.is_open
    assert not annotation.labels.any()
    keep(annotation, qtbot, 12, 15)
    assert annotation.labels.dtype == np.int32
    np.testing.assert_array_equal(np.asarray(annotation) == 1, squares == 200)
    assert np.asarray(annotation, dtype=np.uint8).dtype == np.uint8
    assert annotation.objects[1].model == "nano"
    assert repr(annotation) == "Annotation(objects=1, is_open=True)"
    QTimer.singleShot(0, annotation.close)
    labels = annotation.wait()
    assert not annotation.is_open
    np.testing.assert_array_equal(labels, annotation.labels)
    np.testing.assert_array_equal(annotation.wait(), labels)
    assert repr(annotation) == "Annotation(objects=1, is_open=False)"


@pytest.mark.gl
def test_it_does_not_wait_within_a_running_event_loop(qtbot, squares) -> None:
    found: list[Any] = []
    QTimer.singleShot(0, lambda: found.append(sw.annotate(squares)))
    qtbot.waitUntil(lambda: bool(found), timeout=20_000)
    assert isinstance(found[0], Annotation)
    found[0].close()
    qtbot.waitUntil(lambda: not found[0].is_open)


@pytest.mark.gl
def test_labels_to_go_on_with(open_hidden, qtbot, squares) -> None:
    given = np.zeros(squares.shape, np.uint8)
    given[0:3, 0:3] = 7
    annotation = open_hidden(squares, labels=given)
    assert annotation.labels[1, 1] == 7
    keep(annotation, qtbot, 12, 15)
    assert annotation.labels[12, 15] == 8
    assert given.max() == 7
    assert given.sum() == 9 * 7
    assert [layer.name for layer in annotation.viewer.layers].count("objects") == 1


@pytest.mark.gl
def test_axes_and_pixel_size(open_hidden, stack) -> None:
    channels = np.stack([stack, stack])
    annotation = open_hidden(channels, axes="CZYX", scale=(2, 0.5, 0.5))
    image = annotation.viewer.layers["image, channel 0"]
    np.testing.assert_allclose(image.scale, (2, 0.5, 0.5))
    assert str(image.units[0]) == "micrometer"
    assert annotation.labels.shape == stack.shape


@pytest.mark.gl
def test_a_file_and_its_journal(open_hidden, qtbot, squares, tmp_path: Path) -> None:
    path, journal = tmp_path / "cells.tif", tmp_path / "mine.samwise.jsonl"
    tifffile.imwrite(path, squares)
    beside = open_hidden(path)
    keep(beside, qtbot, 12, 15)
    qtbot.waitUntil((tmp_path / "cells.tif.samwise.jsonl").is_file)
    elsewhere = open_hidden(path, journal=journal)
    keep(elsewhere, qtbot, 12, 15)
    qtbot.waitUntil(journal.is_file)
    elsewhere.close()
    replayed = sw.replay(journal, squares, model=sw.load_model("nano"))
    assert replayed.shape == squares.shape


@pytest.mark.gl
def test_a_model_that_is_loaded_already(open_hidden, qtbot, squares, tiny_model_class) -> None:
    model = tiny_model_class()
    model.name = model.digest = "mine"
    annotation = open_hidden(squares, model=model)
    keep(annotation, qtbot, 12, 15)
    assert annotation.objects[1].model == "mine"
    assert model.encoded


@pytest.fixture
def _may_open(monkeypatch) -> None:
    """Pretend that a window could be opened; what is wrong is said before it is."""
    monkeypatch.setattr(module, "missing_for_window", lambda: None)
    monkeypatch.setattr(module, "_open", lambda *args: pytest.fail("a window was opened"))


@pytest.mark.usefixtures("_may_open")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"axes": "YXZ"}, "3 axes"),
        ({"scale": (1, 2, 3)}, "each axis of YX"),
        ({"scale": (1, 0)}, "positive"),
        ({"labels": np.zeros((2, 2), int)}, "shape"),
        ({"labels": np.zeros((48, 64))}, "whole numbers"),
        ({"labels": np.full((48, 64), -1)}, "between 0"),
        ({"labels": np.full((48, 64), 2**40)}, "between 0"),
        ({"model": "nanno"}, "nano"),
        ({"journal": "x.json"}, "samwise.jsonl"),
        ({"journal": "nowhere/x.samwise.jsonl"}, "no folder"),
    ],
)
def test_what_is_wrong_is_said_before_a_window_opens(squares, options, said: str) -> None:
    with pytest.raises(InputError, match=said):
        sw.annotate(squares, **options)


@pytest.mark.usefixtures("_may_open")
@pytest.mark.parametrize("image", ["gone.tif", np.zeros(5), np.zeros((1,) * 7)])
def test_what_is_no_image(image: Any) -> None:
    with pytest.raises(InputError):
        sw.annotate(image)


def test_without_a_display(squares, monkeypatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(InputError, match="there is no display"):
        sw.annotate(squares)


def test_without_napari(squares, monkeypatch) -> None:
    monkeypatch.setattr("napari_samwise.window.package_version", lambda name: None)
    with pytest.raises(InputError, match=r"napari-samwise\[napari\]"):
        sw.annotate(squares)


def test_ipython_with_qt_handles_events(qapp, monkeypatch) -> None:
    shell = SimpleNamespace(active_eventloop=None)
    fake = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(module.sys.modules, "IPython", fake)
    assert not module._has_events()
    shell.active_eventloop = "qt6"
    assert module._has_events()


def test_labels_written_by_others_can_be_given(squares, tmp_path: Path) -> None:
    write_labels(tmp_path / "labels.tif", (squares > 0).astype(np.int32), "YX")
    labels = tifffile.imread(tmp_path / "labels.tif")
    file, _ = module._as_file(squares, None, None)
    assert module._as_labels(labels, file).dtype == np.int32
