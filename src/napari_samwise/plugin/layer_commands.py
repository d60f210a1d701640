"""Commands of napari's *Layers* menu; napari gives them its viewer."""

# No postponed annotations: napari finds out by the type that the viewer is wanted.
from typing import Any

import napari.viewer
from napari.layers import Image, Labels
from napari.qt.threading import create_worker
from napari.utils.notifications import show_error, show_info

from napari_samwise.errors import InputError
from napari_samwise.io.export import check_export_path
from napari_samwise.journal.identity import plain_name
from napari_samwise.plugin.activity import describe_failure
from napari_samwise.plugin.layer_files import image_file, labels_file, snapshot, write_objects
from napari_samwise.plugin.panels.file_dialog import (
    OBJECT_FORMATS,
    TABLE_FORMATS,
    Formats,
    ask_path,
)
from napari_samwise.plugin.roles import is_preview
from napari_samwise.plugin.source_file import file_of

_PLUGIN, _WIDGET = "napari-samwise", "Samwise"


def find_everything(viewer: napari.viewer.Viewer) -> None:
    """Open the widget and find all objects of the displayed plane."""
    _open_widget(viewer).stage.everything.start()


def find_text(viewer: napari.viewer.Viewer) -> None:
    """Open the widget where words say what to find."""
    _open_widget(viewer).ask_what_to_find()


def adapt_model(viewer: napari.viewer.Viewer) -> None:
    """Open the widget and fit the model to the objects that were kept."""
    _open_widget(viewer).adapting.start()


def save_objects(viewer: napari.viewer.Viewer) -> None:
    """Write the selected labels in a format of the user's choice."""
    _write(viewer, "Save objects", OBJECT_FORMATS)


def measure_objects(viewer: napari.viewer.Viewer) -> None:
    """Write size, shape and intensity of the objects of the selected labels into a table."""
    _write(viewer, "Measure objects", TABLE_FORMATS)


def find_labels(viewer: Any) -> Labels:
    """Return the labels that a command is about: the selected layer, else the only one there is.

    Raises
    ------
    InputError
        If there are none, or several of which none is selected.
    """
    active = viewer.layers.selection.active
    if isinstance(active, Labels):
        return active
    layers = [layer for layer in viewer.layers if isinstance(layer, Labels)]
    kept = [layer for layer in layers if not is_preview(layer)]
    if len(kept) != 1:
        found = "none" if not kept else f"{len(kept)} and none is selected"
        raise InputError(f"This needs a Labels layer, and there is {found}; select one.")
    return kept[0]


def find_image_of(viewer: Any, labels: Labels) -> Image | None:
    """Return the uppermost image of the same shape as labels, None if there is none."""
    images = (layer for layer in reversed(list(viewer.layers)) if isinstance(layer, Image))
    return next((image for image in images if _shape(image) == _shape(labels)), None)


def _open_widget(viewer: Any) -> Any:
    """Return the widget, at work on the selected image if there is one."""
    chosen = viewer.layers.selection.active
    _, widget = viewer.window.add_plugin_dock_widget(_PLUGIN, _WIDGET)
    if isinstance(chosen, Image):
        widget.controller.choose_image(chosen)
    return widget


def _write(viewer: Any, title: str, formats: Formats) -> None:
    try:
        layer = find_labels(viewer)
        path = ask_path(None, title, plain_name(layer.name), formats)
        if path is not None:
            check_export_path(path)
    except InputError as error:
        show_error(str(error))
        return
    if path is None:
        return
    labels = labels_file(layer, snapshot(layer.data[0] if layer.multiscale else layer.data))
    image = find_image_of(viewer, layer)
    seen, source = (None, None) if image is None else (image_file(image), file_of(image))
    worker = create_worker(write_objects, path, labels, seen, source, _ignore_errors=True)
    worker.returned.connect(show_info)
    worker.errored.connect(_tell)
    worker.start()


def _tell(error: Exception) -> None:
    show_error(describe_failure(error, "Saving"))


def _shape(layer: Image | Labels) -> tuple[int, ...]:
    finest = layer.data[0] if layer.multiscale else layer.data
    return tuple(finest.shape[: layer.ndim])
