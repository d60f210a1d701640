"""The next image, read and encoded while the user works on the present one."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_samwise.errors import Cancelled
from napari_samwise.plugin.encoder_hooks import watched
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame, IntensityChoice
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.series.opened import Opened, open_image
from napari_samwise.plugin.worker import Slot, Ticket


@dataclass(frozen=True, slots=True)
class Target:
    """What will be looked at next.

    Parameters
    ----------
    path : Path
        Of the image.
    channel : int
        The one that is annotated.
    model : str
        Name of the model.
    intensity : IntensityChoice
        How values become brightness.
    plane : Plane
        The displayed one.
    """

    path: Path
    channel: int
    model: str
    intensity: IntensityChoice
    plane: Plane


class Ahead:
    """Reads an image and puts its embedding into the engine's store, when nothing else is to do.

    The work stops as soon as the user wants something, and begins again afterwards; what was read
    by then stays read.

    Parameters
    ----------
    engine : Engine
        Has the model and the store.
    slot : Slot
        Where it is done.
    """

    def __init__(self, engine: Engine, slot: Slot) -> None:
        self._engine = engine
        self._slot = slot
        self._target: Target | None = None
        self._done: Target | None = None
        self._is_idle = False
        self._read: Opened | None = None

    def want(self, target: Target | None, *, idle: bool) -> None:
        """Say what comes next, and whether there is time for it now."""
        if target != self._target or not idle:
            self._slot.stop()
        self._target, self._is_idle = target, idle
        self._go_on()

    def has_seen(self, frame: Frame) -> bool:
        """Tell whether a frame is encoded, and so its model is at hand."""
        return self._engine.encoded(frame) is not None

    def take(self, path: Path) -> Opened | None:
        """Return an image that was read ahead, None for any other; from any thread."""
        found = self._read
        return found if found is not None and found.path == path else None

    def close(self) -> None:
        """Stop."""
        self._target = self._read = None
        self._slot.close()

    def _go_on(self) -> None:
        target = self._target
        if target is None or target == self._done or not self._is_idle or self._slot.busy:
            return

        def work(ticket: Ticket) -> None:
            opened = self._read = self.take(target.path) or open_image(target.path)
            if ticket.should_stop():
                raise Cancelled("There is something else to do.")
            self._encode(opened, target, ticket)

        def finish(future: Future[Any]) -> None:
            # What is wrong with an image is told when it is opened.
            if not isinstance(future.exception(), Cancelled):
                self._done = target
            self._go_on()

        self._slot.start(work, finish)

    def _encode(self, opened: Opened, target: Target, ticket: Ticket) -> None:
        source = opened.channels[min(target.channel, len(opened.channels) - 1)].source
        if not target.plane.is_inside(source.shape):
            return
        frame = Frame(target.model, source, target.plane, target.intensity)
        try:
            predictor, intensity = self._engine.at_hand(frame, ticket)
            # Of what is larger nobody knows yet which part will be looked at.
            if max(target.plane.size(source.shape)) > predictor.model.whole_px:
                return
            with watched(predictor.model, ticket.report, ticket.should_stop):
                predictor.encode(source.read(target.plane), intensity=intensity)
        finally:
            self._engine.forget(source)
