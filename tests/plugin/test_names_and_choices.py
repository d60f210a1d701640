"""Layers are renamed, duplicated and chosen; what the lists show is where objects go."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.roles import Role


@pytest.fixture
def opened(viewer, squares, qtbot, monkeypatch, tiny_model):
    """A viewer with an image and a labels layer, and the widget, which napari refreshes."""
    from napari_samwise.plugin.widget import SamwiseWidget

    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))
    viewer.add_image(squares, name="cells")
    viewer.add_labels(np.zeros(squares.shape, np.int32), name="truth").data[0, :3] = 5
    widget = SamwiseWidget(viewer)
    qtbot.addWidget(widget.native)
    # As napari does with every dock widget.
    events = viewer.layers.events
    for emitter in (events.inserted, events.removed, events.reordered, events.renamed):
        emitter.connect(widget.reset_choices)
    yield viewer, widget
    widget.controller.close()


def objects_of(widget):
    return widget.controller.desk.workspace.layers.find(Role.OBJECTS)


def pick(widget, name: str) -> None:
    """Choose in the list *Objects* as a user does."""
    box = widget._source._objects.native
    box.setCurrentIndex(box.findText(name))


def test_a_renamed_image_stays_annotated(opened) -> None:
    viewer, widget = opened
    image = viewer.layers["cells"]
    viewer.layers["prompts"].add((12, 15))
    image.name = "day 3"
    assert widget.controller.image is image
    assert "prompts" in viewer.layers
    assert widget._source._image.native.currentText() == "day 3"
    image.name = "truth"
    assert widget.controller.image is image
    assert len(viewer.layers["prompts"].data) == 1


def test_renamed_objects_go_where_they_went(opened, qtbot) -> None:
    viewer, widget = opened
    objects = objects_of(widget)
    for name in ("what I found", "truth"):
        objects.name = name
        assert objects_of(widget) is objects
    viewer.layers["prompts"].add((12, 15))
    qtbot.waitUntil(lambda: widget._prompting.commit.enabled)
    widget.controller.commit()
    assert objects.data.max() == 1
    assert viewer.layers["truth"].data.max() == 5
    assert widget._source._objects.native.currentText() == objects.name


def test_the_order_of_layers_chooses_nothing(opened) -> None:
    viewer, widget = opened
    image, objects = widget.controller.image, objects_of(widget)
    viewer.layers.reverse()
    viewer.layers.move(0, len(viewer.layers))
    assert (widget.controller.image, objects_of(widget)) == (image, objects)


def test_a_new_layer_can_be_chosen(opened) -> None:
    viewer, widget = opened
    truth = viewer.layers["truth"]
    pick(widget, "truth")
    assert objects_of(widget) is truth
    pick(widget, "new layer")
    assert objects_of(widget) is not truth
    assert widget._source._objects.native.currentText() == "objects"
    assert truth.name == "truth", "the user's own layer is not renamed"


def test_a_layer_that_is_refused_is_not_shown_as_chosen(opened, squares) -> None:
    viewer, widget = opened
    closed = np.zeros(squares.shape, np.int32)
    closed.setflags(write=False)
    viewer.add_labels(closed, name="closed")
    pick(widget, "closed")
    assert widget.controller.board.status().is_error
    assert widget._source._objects.native.currentText() == "objects"
    assert objects_of(widget).name == "objects"
