"""A window in which somebody annotates one image, seen from a script."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from qtpy.QtCore import QEventLoop

if TYPE_CHECKING:
    import napari

    from napari_samwise.plugin.segmented_object import SegmentedObject
    from napari_samwise.plugin.widget import SamwiseWidget
    from napari_samwise.plugin.workspace import Workspace


class Annotation:
    """An image in a napari window with the Samwise widget.

    ``np.asarray(annotation)`` are its labels.

    Parameters
    ----------
    viewer : Viewer
        The window.
    widget : SamwiseWidget
        Docked in it.
    workspace : Workspace
        The annotation of the image.

    Attributes
    ----------
    viewer : Viewer
        The window's viewer.
    """

    def __init__(self, viewer: napari.Viewer, widget: SamwiseWidget, workspace: Workspace) -> None:
        self.viewer = viewer
        self._session = workspace.session
        self._is_open = True
        self._loop: QEventLoop | None = None
        widget.native.window().destroyed.connect(self._on_closed)

    @property
    def labels(self) -> NDArray[np.int32]:
        """The objects as they are now, int32 of the image's shape without channels."""
        return np.array(self._session.labels[...], dtype=np.int32)

    @property
    def objects(self) -> Mapping[int, SegmentedObject]:
        """What is known of each object: area, predicted IoU, model, clicks, time."""
        return MappingProxyType(dict(self._session.objects))

    @property
    def is_open(self) -> bool:
        """Whether the window is open."""
        return self._is_open

    def wait(self) -> NDArray[np.int32]:
        """Return the labels when the window is closed; meanwhile it goes on working."""
        from napari.utils.notifications import notification_manager

        if self._is_open:
            self._loop = QEventLoop()
            # Errors are shown in the window and do not end the program.
            with notification_manager:
                self._loop.exec()
            self._loop = None
        return self.labels

    def close(self) -> None:
        """Close the window."""
        if self._is_open:
            self.viewer.close()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the labels."""
        return self.labels if dtype is None else self.labels.astype(dtype)

    def __repr__(self) -> str:
        return f"Annotation(objects={len(self._session.objects)}, is_open={self._is_open})"

    def _on_closed(self) -> None:
        self._is_open = False
        if self._loop is not None:
            self._loop.quit()
