"""Those who look on while a movie is worked through: told of each frame, asked whether to go on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled


class Watch:
    """What a caller wants to know of work that goes frame by frame.

    Parameters
    ----------
    work : str
        What it is called, such as ``"Tracking"``.
    total : int
        Number of frames to go through.
    on_frame : callable, optional
        Called with a frame's index and its labels, which are only made for it.
    progress : callable, optional
        Called with (done, total).
    should_stop : callable, optional
        If it returns True, ``check`` raises.
    """

    def __init__(
        self,
        work: str,
        total: int,
        *,
        on_frame: Callable[[int, NDArray[np.int32]], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._work = work
        self._total = total
        self._on_frame = on_frame
        self._progress = progress
        self._should_stop = should_stop
        self._done = 0

    def check(self) -> None:
        """Go on, or not.

        Raises
        ------
        Cancelled
            If ``should_stop`` returned True.
        """
        if self._should_stop is not None and self._should_stop():
            raise Cancelled(f"{self._work} was stopped after {self._done} of {self._total} frames.")

    def finish(self, frame: int, labels: Callable[[], NDArray[np.int32]]) -> None:
        """Tell that a frame is done; its labels are asked for if somebody wants them."""
        self._done += 1
        if self._on_frame is not None:
            self._on_frame(frame, labels())
        if self._progress is not None:
            self._progress(self._done, self._total)
