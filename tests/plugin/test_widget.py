"""The dock widget on a viewer model: no window, no OpenGL."""

from __future__ import annotations

import pytest

from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.status import Mode


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tiny_model) -> None:
    """Let every widget load the tiny model, whatever its name."""
    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))


@pytest.fixture
def opened(viewer, squares, qtbot):
    """A viewer with an image, and the widget."""
    from napari_samwise.plugin.widget import SamwiseWidget

    viewer.add_image(squares, name="cells")
    widget = SamwiseWidget(viewer)
    qtbot.addWidget(widget.native)
    yield viewer, widget
    widget.controller.close()


def test_the_panel_shows_what_is_going_on(opened, qtbot) -> None:
    viewer, widget = opened
    prompting, progress = widget._prompting, widget._progress
    assert progress._sentence.value.startswith("Click on an object")
    assert not prompting.commit.enabled
    assert not prompting.clear_prompts.enabled
    viewer.layers["prompts"].add((12, 15))
    qtbot.waitUntil(lambda: prompting.commit.enabled)
    assert prompting.clear_prompts.enabled
    assert prompting._choice.value == "1 of 3, predicted IoU 0.90"
    assert "cpu, float32" in progress._detail.value
    prompting.next.changed.emit(True)
    assert prompting._choice.value.startswith("2 of 3")
    prompting.commit.changed.emit(True)
    assert "Object 1" in progress._sentence.value
    assert prompting.commit.text == "Commit 2  (C)"
    prompting.undo.changed.emit(True)
    qtbot.waitUntil(lambda: prompting._choice.value.startswith("2 of 3"))


def test_mode_buttons_make_the_right_layer_ready(opened) -> None:
    viewer, widget = opened
    expected = {
        Mode.BOX: ("boxes", "add_rectangle"),
        Mode.LASSO: ("boxes", "add_polygon_lasso"),
        Mode.EXCLUDE: ("prompts", "add"),
        Mode.INCLUDE: ("prompts", "add"),
    }
    for mode, (name, layer_mode) in expected.items():
        button = widget._prompting._modes[mode]
        button.native.click()
        active = viewer.layers.selection.active
        assert (active.name, active.mode) == (name, layer_mode)
        checked = [m for m, b in widget._prompting._modes.items() if b.native.isChecked()]
        assert checked == [mode]
    viewer.layers.selection.active = viewer.layers["cells"]
    assert not any(b.native.isChecked() for b in widget._prompting._modes.values())


def test_images_are_listed_under_their_present_names(opened, squares) -> None:
    viewer, widget = opened
    box = widget._source._image
    viewer.layers["cells"].name = "renamed"
    other = viewer.add_image(squares.T, name="other")
    assert {box.native.itemText(i) for i in range(box.native.count())} >= {"renamed", "other"}
    box.value = other
    assert widget.controller.image is other
    assert viewer.layers["objects"].data.shape == squares.T.shape
    viewer.layers.remove(other)
    assert len(box.choices) == 2, "the image that is left, and none"


def test_a_model_is_fetched_only_when_that_is_said(opened) -> None:
    _, widget = opened
    chosen: list[str] = []
    widget._source.model_chosen.connect(chosen.append)
    widget._source._model.value = "vit_b"
    assert not chosen
    assert "375 MB" in widget._source._download.text
    assert "Apache-2.0" in widget._source._note.value
    assert "Kirillov" in widget._source._model.tooltip
    widget._source._download.changed.emit(True)
    assert chosen == ["vit_b"]
    widget._source._model.value = "nano"
    assert chosen == ["vit_b", "nano"]


def test_the_model_in_use_is_shown_however_it_was_chosen(opened) -> None:
    _, widget = opened
    box = widget._source._model
    widget.controller.choose_model("vit_t")
    assert box.value == "vit_t"
    box.value = "vit_b"
    widget.controller.board.publish()
    assert box.value == "vit_b", "a model that is only looked at stays shown"


def test_settings_reach_the_encoder(opened, qtbot) -> None:
    _, widget = opened
    settings = widget._settings
    qtbot.waitUntil(lambda: settings._seen.value == "Black to white: 0 to 200.")
    settings._policy.value = "window"
    settings._window.value = "brain"
    qtbot.waitUntil(lambda: settings._seen.value == "Black to white: 0 to 80.")
    settings._policy.value = "minmax-per-tile"
    qtbot.waitUntil(lambda: settings._seen.value.startswith("Each plane"))
