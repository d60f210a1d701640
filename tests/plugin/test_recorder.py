"""A session that is recorded as it goes is there again, and replays to the same labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.errors import JournalError
from napari_samwise.intensity import resolve_intensity
from napari_samwise.journal.events import Frame, ModelIdentity
from napari_samwise.journal.identity import identify
from napari_samwise.journal.player import restore
from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.candidates import candidates_of
from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.frame import Answer, IntensityChoice
from napari_samwise.plugin.frame import Frame as ShownFrame
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.recorder import Recorder, to_journal
from napari_samwise.plugin.session import Session


class Recorded:
    """A session whose requests are answered at once, with a recorder that hears of all of it."""

    def __init__(self, image: np.ndarray, model: Any, path: Path) -> None:
        self.image, self.path = image, path
        self.session = Session(np.zeros(image.shape, np.int32))
        self.predictor = sw.Predictor(model)
        self.intensity = resolve_intensity(image, rgb=False)
        self.identity = ModelIdentity(model.name, model.digest, model.preprocessing, "float32")
        self.recorder = Recorder(lambda: JournalWriter.begin([path], identify(image)))
        self.points: list[tuple[float, ...]] = []
        self.labels: list[int] = []

    def click(self, *point: float, label: int = 1, outlines: tuple[Outline, ...] = ()) -> None:
        self.points.append(point)
        self.labels.append(label)
        ndim = self.image.ndim
        draft = Draft(
            np.array(self.points),
            np.array(self.labels, np.int8),
            ((ndim - 2, ndim - 1),) * len(self.points),
            outlines,
        )
        self.session.set_draft(draft)
        self.recorder.prompted(draft)
        self.answer()

    def answer(self) -> None:
        for plane in self.session.pending:
            request = self.session.requests[plane]
            embedding = self.predictor.encode(self.image[plane.index], intensity=self.intensity)
            found = candidates_of(
                self.predictor.decode(embedding, request.on_plane(embedding.image_size))
            )
            shown = ShownFrame("tiny", None, plane, IntensityChoice())  # type: ignore[arg-type]
            answer = Answer(shown, request, found, 0.0)
            self.session.answer(plane, request, found)
            frame = Frame(0, to_journal(plane), self.identity, self.intensity, None, False)
            self.recorder.answered(answer, frame)

    def choose(self, plane: Plane) -> None:
        self.session.step_candidate(plane, 1)
        self.recorder.chose(plane, self.session.candidates[plane].chosen)

    def commit(self) -> None:
        kept = dict(self.session.candidates)
        labels = self.session.labels
        patches = [LabelPatch.of_free_pixels(labels, plane, c.mask) for plane, c in kept.items()]
        done = self.session.commit()
        self.recorder.committed(done, kept, patches)
        self.points, self.labels = [], []

    def undo(self) -> None:
        self.session.undo()
        self.recorder.undone()
        self.answer()

    def redo(self) -> None:
        self.session.redo()
        self.recorder.redone()
        self.answer()


@pytest.fixture
def stack() -> np.ndarray:
    image = np.full((3, 40, 60), 20, np.uint8)
    image[:, 5:15, 5:20] = 200
    image[:, 5:15, 20:30] = 180
    image[1:, 25:35, 30:50] = 120
    return image


def test_it_replays_to_the_same_labels(stack, tiny_model: Any, tmp_path: Path) -> None:
    work = Recorded(stack, tiny_model, tmp_path / "a.samwise.jsonl")
    work.click(1, 10, 10)
    work.choose(Plane((1, 2), (1,)))
    work.click(1, 10, 25)
    work.click(2, 10, 10)
    work.commit()
    corners = np.array([(1, 24, 28), (1, 24, 52), (1, 36, 52), (1, 36, 28)], dtype=float)
    work.click(1, 30, 40, outlines=(Outline("polygon", corners),))
    work.click(1, 33, 33, outlines=(Outline("polygon", corners),))
    work.undo()
    work.redo()
    work.commit()
    work.undo()
    work.redo()
    labels = work.session.labels
    assert np.unique(labels).tolist() == [0, 1, 2]
    journal = read_journal(work.path)
    np.testing.assert_array_equal(sw.replay(journal, stack, model=tiny_model), labels)
    ledger = restore(journal)
    np.testing.assert_array_equal(ledger.labels, labels)
    assert {i: (o.area, o.predicted_iou) for i, o in work.session.objects.items()} == {
        i: (kept.area, kept.commit.predicted_iou) for i, kept in ledger.objects.items()
    }
    starts = [getattr(entry.event, "start", None) for entry in journal.entries]
    assert {type(start).__name__ for start in starts} == {"NoneType", "FedBack", "Drawn"}
    while work.session.history.can_undo:
        work.session.undo()
        ledger.undo()
        np.testing.assert_array_equal(ledger.labels, work.session.labels)
        assert len(ledger.draft.points) == len(work.session.draft.points)
    assert not ledger.done


def test_a_journal_that_fails_is_said_once(stack, tiny_model: Any, tmp_path: Path) -> None:
    work = Recorded(stack, tiny_model, tmp_path / "a.samwise.jsonl")

    def refuse() -> JournalWriter:
        raise JournalError("The disk is full.")

    said: list[str] = []
    work.recorder = Recorder(refuse)
    work.recorder.failed.connect(said.append)
    work.click(1, 10, 10)
    work.commit()
    assert said == ["The disk is full."]
    assert not work.path.exists()
    assert work.session.labels.any()
