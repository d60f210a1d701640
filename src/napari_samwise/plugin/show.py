"""Open napari on what ``napari-samwise demo`` wrote: ``python -m napari_samwise.plugin.show DIR``.

The command line starts this as a process of its own, since only ``plugin/`` may import napari.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from napari_samwise.errors import ImageError
from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.outline import BOX_KIND, Outline
from napari_samwise.plugin.segmented_object import SegmentedObject

if TYPE_CHECKING:
    import napari

    from napari_samwise.plugin.widget import SamwiseWidget


def show_folder(viewer: napari.Viewer, folder: Path, model: str) -> SamwiseWidget:
    """Bring a viewer to where the demo ended, one key before: the last object is not kept yet.

    Parameters
    ----------
    viewer : Viewer
        Without layers.
    folder : Path
        What ``napari-samwise demo`` wrote.
    model : str
        Name of the model that the demo used.

    Returns
    -------
    SamwiseWidget
        Docked; its layers hold the kept objects and the prompts of the last one.

    Raises
    ------
    ImageError
        The folder holds no image that can be annotated.
    """
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    labels = tifffile.imread(folder / "labels.tif")
    *kept, last = summary["objects"]
    labels[labels == last["id"]] = 0

    viewer.add_image(tifffile.imread(folder / "coins.tif"), name="coins")
    _, docked = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    widget: SamwiseWidget = docked
    widget.controller.choose_model(model)
    workspace = widget.controller.desk.workspace
    if workspace is None:
        raise ImageError(f"The image in '{folder}' cannot be annotated; run the demo again.")
    session = workspace.session
    session.adopt(labels, {row["id"]: _committed(row, model) for row in kept})
    workspace.layers.objects.data = labels
    session.set_draft(_draft(last))
    session.draft_changed.emit()
    return widget


def _committed(row: dict[str, Any], model: str) -> SegmentedObject:
    return SegmentedObject(row["id"], row["pixels"], row["predicted_iou"], model)


def _draft(row: dict[str, Any]) -> Draft:
    """Return the prompts of one object of the summary, drawn in a plane (y, x)."""
    outlines: tuple[Outline, ...] = ()
    if row["box"] is not None:
        y0, x0, y1, x1 = row["box"]
        corners = np.array([(y0, x0), (y0, x1), (y1, x1), (y1, x0)], dtype=np.float64)
        outlines = (Outline(BOX_KIND, corners),)
    points = np.array(row["points"], dtype=np.float64).reshape(-1, 2)
    axes = ((0, 1),) * len(points)
    return Draft(points, np.array(row["labels"], dtype=np.int8), axes, outlines)


def main() -> None:
    """Show the folder and the model that the command line names, until the window is closed."""
    import napari
    from qtpy.QtCore import QTimer

    folder, model = sys.argv[1:]
    viewer = napari.Viewer()
    show_folder(viewer, Path(folder), model)
    # The canvas gets its size when the event loop lays the docks out.
    QTimer.singleShot(0, viewer.reset_view)
    napari.run()


if __name__ == "__main__":
    main()
