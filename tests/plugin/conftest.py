"""Shared by the plugin's tests: jobs that run at once, an engine without weights, flat images."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.stacks.stage import Stage
from napari_samwise.plugin.status import Status
from napari_samwise.plugin.survey import Surveyor
from napari_samwise.plugin.worker import Ticket


class InlineSlot:
    """Runs a job when it is started, in the same thread."""

    def __init__(self) -> None:
        self.busy = False
        self.is_closed = False

    def start(self, job: Any, done: Any, progress: Any) -> None:
        self.busy = True
        future = _run(job, Ticket(progress))
        self.busy = False
        done(future)

    def stop(self) -> None:
        """Nothing is running."""

    def close(self) -> None:
        self.is_closed = True


class ManualSlot:
    """Holds a job until the test lets it run."""

    def __init__(self) -> None:
        self._held: tuple[Any, Any, Ticket] | None = None
        self.is_closed = False

    @property
    def busy(self) -> bool:
        return self._held is not None

    @property
    def was_stopped(self) -> bool:
        return self._held is not None and self._held[2].should_stop()

    def start(self, job: Any, done: Any, progress: Any) -> None:
        assert self._held is None, "a slot has room for one job"
        self._held = (job, done, Ticket(progress))

    def stop(self) -> None:
        if self._held is not None:
            self._held[2].stop()

    def close(self) -> None:
        self.is_closed = True
        self._held = None

    def run(self) -> None:
        """Run the held job and hand its outcome out."""
        assert self._held is not None, "nothing was started"
        job, done, ticket = self._held
        future = _run(job, ticket)
        self._held = None
        done(future)


def _run(job: Any, ticket: Ticket) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(job(ticket))
    except BaseException as error:  # noqa: BLE001 - a future holds whatever a job raises
        future.set_exception(error)
    return future


class Harness:
    """A controller on a viewer model, with what it said and what it put off."""

    def __init__(self, viewer: Any, model: Any, encoding: Any = None, decoding: Any = None) -> None:
        self.viewer = viewer
        self.model = model
        self.engine = Engine(lambda name, progress: model)
        self.encoding = encoding or InlineSlot()
        self.decoding = decoding or InlineSlot()
        self.put_off: list[Callable[[], None]] = []
        self.said: list[Status] = []
        pipeline = Pipeline(self.engine, self.encoding, self.decoding)
        surveyor = Surveyor(InlineSlot())
        self.controller = Controller(viewer, pipeline, self.put_off.append, surveyor)
        self.controller.board.changed.connect(self.said.append)

    def __getitem__(self, name: str) -> Any:
        return self.viewer.layers[name]

    @property
    def preview(self) -> np.ndarray:
        return self["preview"].data

    @property
    def objects(self) -> np.ndarray:
        return self["objects"].data

    @property
    def session(self) -> Any:
        return self.controller.desk.workspace.session

    @property
    def status(self) -> Status:
        return self.said[-1]

    def settle(self) -> None:
        """Do what was put off."""
        while self.put_off:
            self.put_off.pop(0)()

    def press(self, layer: str, key: str) -> None:
        """Press a key on a layer, as napari would."""
        from napari.utils.key_bindings import coerce_keybinding

        self[layer].keymap[coerce_keybinding(key)](self[layer])


@pytest.fixture
def viewer() -> Any:
    """A viewer without a window."""
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def start(viewer: Any, tiny_model: Any) -> Callable[..., Harness]:
    """Give a function that opens the plugin's controller on the viewer."""

    def make(**slots: Any) -> Harness:
        return Harness(viewer, tiny_model, **slots)

    return make


def two_squares(size: tuple[int, int] = (48, 64)) -> np.ndarray:
    """A flat plane with a bright square at [8:20, 10:22] and a darker one at [28:40, 40:56]."""
    plane = np.zeros(size, dtype=np.uint8)
    plane[8:20, 10:22] = 200
    plane[28:40, 40:56] = 120
    return plane


@pytest.fixture
def squares() -> np.ndarray:
    return two_squares()


@pytest.fixture
def stack() -> np.ndarray:
    """`(10, 48, 64)`: the two squares on every slice, a little brighter from slice to slice."""
    return np.stack([two_squares() + (two_squares() > 0) * np.uint8(z) for z in range(10)])


def corners(y0: float, x0: float, y1: float, x1: float, *leading: float) -> np.ndarray:
    """Vertices of a rectangle as napari stores them."""
    flat = [(y0, x0), (y0, x1), (y1, x1), (y1, x0)]
    return np.array([(*leading, *corner) for corner in flat], dtype=float)


@pytest.fixture
def rectangle() -> Callable[..., np.ndarray]:
    return corners


@pytest.fixture
def manual_slot() -> type[ManualSlot]:
    return ManualSlot


@pytest.fixture
def harness() -> type[Harness]:
    """The class that opens the plugin's controller on a viewer."""
    return Harness


class DirectRelay:
    """Hands pieces over at once, in the same thread."""

    receive: Any

    def post(self, piece: Any) -> None:
        self.receive(piece)


@pytest.fixture
def open_stage(viewer: Any) -> Callable[..., Stage]:
    """Give a function that opens what goes beyond single planes beside a controller."""

    def make(harness: Harness, slot: Any = None) -> Stage:
        where = (slot or InlineSlot(), DirectRelay(), harness.put_off.append)
        return Stage(viewer, harness.controller, harness.engine, *where)

    return make


@pytest.fixture
def tower() -> np.ndarray:
    """`(12, 48, 64)`: on slices 2 to 9 a bright square that moves by a pixel a slice."""
    volume = np.zeros((12, 48, 64), dtype=np.uint8)
    for z in range(2, 10):
        volume[z, 8 + z : 20 + z, 10 + z : 22 + z] = 200
    return volume
