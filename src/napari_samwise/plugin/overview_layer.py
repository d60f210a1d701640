"""Levels for a layer of a large plane that stores none, drawn again as they are filled."""

from __future__ import annotations

import threading
import weakref
from functools import partial
from typing import Any

from qtpy.QtCore import QCoreApplication

from napari_samwise.plugin.overview import Overview
from napari_samwise.plugin.stacks.bench import QtRelay
from napari_samwise.predictor.plane_source import PlaneSource

_MOST_SECONDS_TO_STOP = 5.0


def overview_levels(array: Any, *, rgb: bool) -> list[Any]:
    """Return levels for a large plane and begin to fill them.

    Parameters
    ----------
    array : array-like
        `(Y, X)`, or with colours `(Y, X, C)`; the finest level.
    rgb : bool
        Whether it has colours.
    """
    overview = Overview(array, PlaneSource(array, "YXC" if rgb else "YX"))
    if not overview.is_kept:
        return overview.levels
    relay = QtRelay()
    relay.receive = _draw_again
    # No layer is there yet, and napari may put the levels into another one than it was given.
    tell = partial(relay.post, weakref.ref(overview.levels[-1]))
    stop = threading.Event()
    thread = overview.fill(tell, stop)
    application = QCoreApplication.instance()
    if application is not None:
        application.aboutToQuit.connect(partial(_stop, stop, thread))
    return overview.levels


def _stop(stop: threading.Event, thread: threading.Thread) -> None:
    """End the filling before Python ends, which refuses reads under way with tracebacks."""
    stop.set()
    thread.join(_MOST_SECONDS_TO_STOP)


def _draw_again(coarsest: weakref.ref[Any]) -> None:
    """Draw the layers anew that show these levels."""
    import napari

    viewer = napari.current_viewer()
    for layer in () if viewer is None else viewer.layers:
        if getattr(layer, "multiscale", False) and layer.data[-1] is coarsest():
            layer.refresh()
