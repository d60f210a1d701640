"""Shared by the plugin's tests: jobs that run at once, an engine without weights, flat images."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.journal_desk import JournalDesk
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.series.ahead import Ahead
from napari_samwise.plugin.series.series import Series
from napari_samwise.plugin.source_file import note_file
from napari_samwise.plugin.stacks.bench import Bench
from napari_samwise.plugin.stacks.stage import Stage
from napari_samwise.plugin.status import Status
from napari_samwise.plugin.survey import Surveyor
from napari_samwise.plugin.worker import Ticket


class InlineSlot:
    """Runs a job when it is started, in the same thread."""

    def __init__(self) -> None:
        self.busy = False
        self.is_closed = False

    def start(self, job: Any, done: Any, progress: Any = None) -> None:
        self.busy = True
        future = _run(job, Ticket(progress or _ignore))
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

    def start(self, job: Any, done: Any, progress: Any = None) -> None:
        assert self._held is None, "a slot has room for one job"
        self._held = (job, done, Ticket(progress or _ignore))

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


def _ignore(done: int, total: int) -> None:
    """Take no notice, as a slot that is given nobody to tell."""


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
        self.pipeline = Pipeline(self.engine, self.encoding, self.decoding)
        surveyor = Surveyor(InlineSlot())
        self.controller = Controller(viewer, self.pipeline, self.put_off.append, surveyor)
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


@pytest.fixture
def record() -> Callable[[Harness], JournalDesk]:
    """Give a function that lets what is done beside a controller be recorded."""

    def make(harness: Harness, slot: Any = None) -> JournalDesk:
        folder = harness.controller.objects_folder
        where = slot or InlineSlot()
        return JournalDesk(harness.controller.desk, harness.pipeline, where, lambda: folder)

    return make


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


class FolderWork:
    """A folder of images gone through on a viewer model, with the slots that it runs in."""

    def __init__(self, harness: Harness, slot: Any, ahead: Any, jobs: Any) -> None:
        self.harness, self.viewer = harness, harness.viewer
        board = harness.controller.board
        self.bench = Bench(jobs, DirectRelay(), lambda text, error: board.say(text, error=error))
        self.ahead = Ahead(harness.engine, ahead)
        self.series = Series(self.viewer, harness.controller, self.bench, self.ahead, slot)

    @property
    def name(self) -> str:
        return self.harness.controller.image.name

    @property
    def said(self) -> str:
        return self.harness.controller.board.status().sentence

    def keep(self, *point: float) -> None:
        self.harness["prompts"].add(point)
        self.harness.controller.commit()


@pytest.fixture
def open_series(start: Any) -> Callable[..., FolderWork]:
    """Give a function that goes through folders; reading ahead waits for the test."""

    def make(slot: Any = None, ahead: Any = None, jobs: Any = None) -> FolderWork:
        slots = (slot or InlineSlot(), ahead or ManualSlot(), jobs or InlineSlot())
        return FolderWork(start(), *slots)

    return make


class Desktop:
    """A viewer with one image from a file, the plugin's controller, and journals."""

    def __init__(self, record: Any, image: Any, model: Any, file: Path | None) -> None:
        from napari.components import ViewerModel

        self.viewer = ViewerModel()
        layer = self.viewer.add_image(image, name="cells")
        if file is not None:
            file.touch()
            note_file(layer, file)
        self.plugin = Harness(self.viewer, model)
        self.journals = record(self.plugin)

        self._last_session: Any = None

    @property
    def session(self) -> Any:
        return self._last_session or self.plugin.session

    @property
    def status(self) -> Any:
        return self.journals.current.status

    def click(self, *point: float) -> None:
        self.plugin["prompts"].add(point)

    def keep(self, *point: float) -> None:
        self.click(*point)
        self.plugin.controller.commit()

    def paint(self, label: int, *pixels: tuple[int, ...]) -> None:
        layer = self.plugin["objects"]
        layer.selected_label = label
        layer.data_setitem(tuple(np.array(axis) for axis in zip(*pixels, strict=True)), label)

    def close(self) -> None:
        self._last_session = self.session
        self.journals.close()
        self.plugin.controller.close()


@pytest.fixture
def open_image(record: Any, tiny_model: Any, tmp_path: Path) -> Callable[..., Desktop]:
    """Give a function that opens an image of a folder, with its journal."""

    def make(image: Any, folder: str = "data", *, file: bool = True) -> Desktop:
        (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / folder / "cells.tif" if file else None
        return Desktop(record, image, tiny_model, path)

    return make


@pytest.fixture
def killed(open_image: Any, tmp_path: Path) -> Callable[..., Desktop]:
    """Open a copy of what is on the disk at this moment, as after a kill."""

    def make(image: Any) -> Desktop:
        shutil.copytree(tmp_path / "data", tmp_path / "copy", dirs_exist_ok=True)
        return open_image(image, "copy")

    return make


def _state(session: Any) -> tuple[Any, ...]:
    rows = {i: (o.area, o.model, o.clicks, o.time) for i, o in session.objects.items()}
    scores = [round(o.predicted_iou, 6) for _, o in sorted(session.objects.items())]
    draft = session.draft
    outlines = [(o.kind, o.vertices.tolist()) for o in draft.outlines]
    prompts = (draft.points.tolist(), draft.labels.tolist(), draft.axes, outlines)
    return rows, repr(scores), prompts, session.labels.dtype, session.next_id


def _check_same(first: Any, second: Any) -> None:
    np.testing.assert_array_equal(first.labels, second.labels)
    assert _state(first) == _state(second)
    assert first.history.can_undo == second.history.can_undo
    assert first.history.can_redo == second.history.can_redo


@pytest.fixture
def check_same() -> Callable[[Any, Any], None]:
    """Give a function that compares all that two sessions hold."""
    return _check_same
