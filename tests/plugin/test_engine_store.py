"""The store of the widget: the next session encodes nothing, and the window waits for no disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_samwise.plugin.engine import Engine, open_store_on_disk
from napari_samwise.plugin.frame import Frame, IntensityChoice
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource
from napari_samwise.plugin.worker import Ticket
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts


def frame_of(data: np.ndarray) -> Frame:
    source = ImageSource(data, data.shape, False)
    return Frame("tiny", source, Plane((0, 1)), IntensityChoice())


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(lambda done, total: None)


@pytest.fixture(autouse=True)
def _fresh_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path))


def image(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (40, 50), dtype=np.uint8)


def test_the_next_session_encodes_nothing(tiny_model, ticket) -> None:
    masks = []
    for _ in range(2):
        engine = Engine(lambda name, progress: tiny_model, open_store=open_store_on_disk)
        frame = frame_of(image(0))
        engine.encode(frame, ticket)
        answer = engine.decode(frame, Request(Prompts(points=[(12, 15)])))
        masks.append(answer.found[0].mask)
    assert len(tiny_model.encoded) == 1
    assert masks[0].roi == masks[1].roi
    np.testing.assert_array_equal(masks[0].inside, masks[1].inside)


def test_looking_for_a_frame_never_reads_the_disk(tiny_model, ticket, monkeypatch) -> None:
    small = EmbeddingStore(30_000, disk=DiskStore())
    engine = Engine(lambda name, progress: tiny_model, open_store=lambda: small)
    first, second = frame_of(image(1)), frame_of(image(2))
    engine.encode(first, ticket)
    engine.encode(second, ticket)
    monkeypatch.setattr(DiskStore, "get", lambda *a: pytest.fail("read the disk"))
    assert engine.encoded(second) is not None
    assert engine.encoded(first) is None, "on disk, but not at hand"
    monkeypatch.undo()
    engine.encode(first, ticket)
    assert len(tiny_model.encoded) == 2
    assert engine.encoded(first) is not None


def test_an_engine_of_its_own_writes_nothing(tiny_model, ticket) -> None:
    Engine(lambda name, progress: tiny_model).encode(frame_of(image(3)), ticket)
    assert not DiskStore().folder.exists()
