"""Annotate an image from a script or a notebook."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError, InputError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.read import read_image
from napari_samwise.window import missing_for_window

if TYPE_CHECKING:
    import napari
    from napari.layers import Image

    from napari_samwise.model.base import SegmentationModel
    from napari_samwise.plugin.annotation import Annotation
    from napari_samwise.plugin.engine import Engine

_ARRAY_NAME = "image"


def annotate(
    image: Any,
    *,
    labels: Any = None,
    model: str | SegmentationModel = "nano",
    axes: str | None = None,
    scale: Sequence[float] | None = None,
    journal: str | Path | None = None,
    show: bool = True,
) -> NDArray[np.int32] | Annotation:
    """Open napari with the Samwise widget on an image, and return the objects.

    In a script this waits until the window is closed. Where Qt's events are handled already, as
    in a notebook, IPython or another program with windows, it returns at once: an
    :class:`Annotation` whose ``labels`` are the objects at any time, and whose ``wait()`` waits.
    Of both, ``np.asarray`` are the labels.

    Parameters
    ----------
    image : array-like, str or Path
        Array of any dtype with 2 to 5 axes, or a file or folder that ``napari-samwise`` reads.
    labels : array-like, optional
        Objects to go on with: whole numbers of the image's shape without channels. Not changed.
    model : str or SegmentationModel
        Name, path of a checkpoint, or what ``load_model`` returned.
    axes : str, optional
        One letter per axis, e.g. ``"ZYX"``; by default what the file says, or a guess.
    scale : sequence of float, optional
        Size of a pixel along each axis but ``C``: micrometres, of ``T`` seconds.
    journal : str or Path, optional
        Where the session is recorded, a name that ends in ``.samwise.jsonl``; by default beside
        the image's file, or in the user's data folder for an array.
    show : bool
        False leaves the window hidden and returns an :class:`Annotation` at once.

    Returns
    -------
    ndarray or Annotation
        int32 of the image's shape without channels, 0 is background; or the handle, see above.

    Raises
    ------
    InputError
        napari is not installed, there is no display, or an argument cannot be used.
    """
    missing = missing_for_window()
    if missing is not None:
        raise InputError(f"annotate opens a window, and {missing}; use segment for scripts.")
    file, path = _as_file(image, axes, scale)
    engine, name = _as_engine(model)
    start = None if labels is None else _as_labels(labels, file)
    place = None if journal is None else _as_journal(journal)
    annotation = _open(file, path, start, engine, name, place, show)
    return annotation if not show or _has_events() else annotation.wait()


def _as_file(
    image: Any, axes: str | None, scale: Sequence[float] | None
) -> tuple[ImageFile, Path | None]:
    """Return an image with its axes, and where it lies."""
    path = Path(image) if isinstance(image, str | Path) else None
    if path is not None:
        file = read_image(path, axes)
    else:
        data = image if hasattr(image, "shape") and hasattr(image, "dtype") else np.asarray(image)
        named = infer_axes(data.shape) if axes is None else parse_axes(axes)
        # Any number of channels is shown, each in a layer.
        if named.ndim != len(data.shape):
            named.validate(data.shape)
        file = ImageFile(data, named.names, None, _ARRAY_NAME)
    if scale is None:
        return file, path
    spatial = Axes(file.axes).spatial
    sizes = tuple(float(size) for size in scale)
    if len(sizes) != len(spatial) or not all(np.isfinite(size) and size > 0 for size in sizes):
        raise InputError(
            f"scale needs one positive size for each axis of {spatial}, got {tuple(scale)}."
        )
    return ImageFile(file.data, file.axes, sizes, file.name, file.coarser, file.geometry), path


def _as_labels(labels: Any, file: ImageFile) -> NDArray[Any]:
    """Return a copy of labels that objects can be written into."""
    array = np.array(labels)
    pairs = zip(file.axes, file.data.shape, strict=True)
    shape = tuple(extent for name, extent in pairs if name != "C")
    if array.shape != shape or array.dtype.kind not in "iub":
        raise ImageError(
            f"labels must be whole numbers of shape {shape}, got {array.dtype} of {array.shape}."
        )
    limit = np.iinfo(np.int32).max
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= limit:
        raise ImageError(f"labels must lie between 0 and {limit}; renumber them.")
    return array.astype(np.int32)


def _as_engine(model: str | SegmentationModel) -> tuple[Engine, str]:
    """Return what runs a model, and the name to ask it by."""
    from napari_samwise.plugin.engine import Engine, open_store_on_disk
    from napari_samwise.weights.registry import find_checkpoint

    if isinstance(model, str | Path):
        if not Path(model).is_file():
            find_checkpoint(str(model))
        return Engine(open_store=open_store_on_disk), str(model)
    given = model
    return Engine(lambda name, progress: given, open_store=open_store_on_disk), given.name


def _as_journal(journal: str | Path) -> Path:
    from napari_samwise.journal.limits import SUFFIX

    path = Path(journal).absolute()
    if not path.name.endswith(SUFFIX) or path.name == SUFFIX:
        raise InputError(f"The name of a journal ends in '{SUFFIX}', got '{path.name}'.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}'; make it, or choose another.")
    return path


def _open(
    file: ImageFile,
    path: Path | None,
    labels: NDArray[Any] | None,
    engine: Engine,
    model: str,
    journal: Path | None,
    show: bool,
) -> Annotation:
    """Open the window with the image, its objects and the widget."""
    import napari

    from napari_samwise.plugin.annotation import Annotation
    from napari_samwise.plugin.series.image_layers import add_objects, show_channel
    from napari_samwise.plugin.series.opened import divide
    from napari_samwise.plugin.source_file import note_file, note_journal
    from napari_samwise.plugin.widget import SamwiseWidget

    channels = divide(file)
    viewer = napari.Viewer(title=f"{file.name} - Samwise", show=show)
    images = [show_channel(file, channels, index) for index in range(len(channels))]
    for image in images:
        if path is not None:
            note_file(image, path)
        if journal is not None:
            note_journal(image, journal)
        viewer.add_layer(image)
    if labels is not None:
        add_objects(viewer, images[0], labels, {})
    widget = SamwiseWidget(viewer, engine)
    viewer.window.add_dock_widget(widget, name="Samwise", area="right")
    _choose(viewer, widget, images[0], model)
    workspace = widget.controller.desk.workspace
    if workspace is None:
        reason = widget.controller.board.status().sentence
        viewer.close()
        raise ImageError(reason)
    return Annotation(viewer, widget, workspace)


def _choose(viewer: napari.Viewer, widget: Any, image: Image, model: str) -> None:
    from qtpy.QtCore import QTimer

    widget.controller.choose_image(image)
    widget.controller.choose_model(model)
    # The canvas gets its size when the event loop lays the docks out.
    QTimer.singleShot(0, viewer.reset_view)


def _has_events() -> bool:
    """Tell whether somebody handles Qt's events already: IPython, or a loop that runs."""
    from qtpy.QtCore import QThread

    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if str(getattr(shell, "active_eventloop", None) or "").startswith("qt"):
        return True
    return bool(QThread.currentThread().loopLevel() > 0)
