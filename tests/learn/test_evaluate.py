"""The protocol, run on models whose answers are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import Protocol, evaluate, evaluate_planes, iou
from napari_samwise.learn.scores import CLICKS, ObjectScore, clicks_to
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts


class Oracle(SegmentationModel):
    """Knows the truth, and tells it shifted down by so many pixels after 1, 2, ... prompts."""

    name = "oracle"

    def __init__(self, labels: np.ndarray, shifts: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.labels = labels
        self.shifts = shifts
        self.asked: list[Prompts] = []

    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        return {"image_embedding": torch.zeros(1, 1, 4, 4)}

    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        self.asked.append(prompts)
        place = prompts.points[0] if len(prompts.points) else prompts.box.mean(0)
        truth = self.labels == self.labels[tuple(np.rint(place).astype(int))]
        step = max(len(prompts.points) - 1, 0)
        shift = self.shifts[min(step, len(self.shifts) - 1)]
        masks = [np.roll(truth, shift, 0), truth, ~truth][: keep or 3]
        count = len(masks)
        return Decoded(
            torch.full((count, 4, 4), float(shift)),
            torch.tensor([0.8, 0.4, 0.2])[:count],
            torch.from_numpy(np.stack(masks)),
        )


def _scores(plane: LabelledPlane, *shifts: int) -> tuple[list[ObjectScore], Oracle]:
    oracle = Oracle(plane.labels, shifts)
    return list(evaluate(Predictor(oracle), [plane])), oracle


def test_the_truth_scores_one_everywhere(squares_plane: LabelledPlane) -> None:
    scores, oracle = _scores(squares_plane, 0)
    assert [score.object_id for score in scores] == [1, 2, 5]
    for score in scores:
        assert score.clicks == (1.0,) * CLICKS
        assert score.box == score.best_of_three == 1.0
        assert score.predicted_clicks == pytest.approx((0.8,) * CLICKS)
        assert score.predicted_box == pytest.approx(0.8)
        assert clicks_to(score.clicks, 0.85) == clicks_to(score.clicks, 0.9) == 1
        assert score.decode_ms > 0
        assert score.area == (squares_plane.labels == score.object_id).sum()
    assert len(oracle.asked) == 2 * 3


def test_a_wrong_mask_scores_its_iou(squares_plane: LabelledPlane) -> None:
    scores, _ = _scores(squares_plane, 10)
    first = scores[0]
    assert first.clicks == (pytest.approx(20 / 40),) * CLICKS
    assert first.box == pytest.approx(20 / 40)
    assert first.best_of_three == 1.0


def test_clicks_are_scored_one_by_one(squares_plane: LabelledPlane) -> None:
    scores, _ = _scores(squares_plane, 15, 10, 0)
    assert scores[0].clicks == pytest.approx((15 / 45, 20 / 40, 1, 1, 1))


def test_clicks_go_where_a_patient_user_would_click(squares_plane: LabelledPlane) -> None:
    _, oracle = _scores(squares_plane, 10)
    one, two, three = oracle.asked[:3]
    assert one.points.tolist() in ([[24, 22]], [[25, 23]], [[24, 23]], [[25, 22]])
    assert one.mask is None
    # Missing and surplus are equal, and a user adds before taking away.
    assert two.labels.tolist() == [1, 1]
    assert 10 <= two.points[1, 0] < 20
    assert two.mask is not None
    assert float(two.mask[0, 0]) == 10.0
    assert len(three.points) == 3
    boxes = [prompts.box for prompts in oracle.asked if prompts.box is not None]
    assert boxes[0].tolist() == [[10, 8], [39, 37]]
    assert len(boxes) == 3


def test_objects_are_chosen_evenly_and_large_enough(squares_plane: LabelledPlane) -> None:
    labels = np.zeros((96, 120), np.int32)
    for index in range(12):
        row, column = 8 * index, 3
        labels[row : row + 6, column : column + 6] = 1000 + index
    labels[90:94, 60:64] = 7
    plane = LabelledPlane("p", "s", squares_plane.image, labels)
    oracle = Oracle(labels, (0,))
    chosen = [s.object_id for s in evaluate(Predictor(oracle), [plane], most_objects=4)]
    assert chosen == [1000, 1003, 1006, 1009]


def test_only_objects_that_may_be_scored_are(squares_plane: LabelledPlane) -> None:
    plane = LabelledPlane(
        "p", "s", squares_plane.image, squares_plane.labels, scored=frozenset({0, 5, 77})
    )
    scores, _ = _scores(plane, 0)
    assert [score.object_id for score in scores] == [5]


def test_planes_without_objects_are_not_encoded(squares_plane: LabelledPlane) -> None:
    empty = LabelledPlane("e", "s", squares_plane.image, np.zeros_like(squares_plane.labels))
    names: list[str] = []
    oracle = Oracle(empty.labels, (0,))
    assert not list(evaluate(Predictor(oracle), [empty], progress=names.append))
    assert names == ["e"]
    assert not oracle.asked


def test_an_object_of_one_row_has_a_box(squares_plane: LabelledPlane) -> None:
    labels = np.zeros((96, 120), np.int32)
    labels[40, 20:60] = 1
    plane = LabelledPlane("p", "s", squares_plane.image, labels)
    (score,) = evaluate(Predictor(Oracle(labels, (0,))), [plane])
    assert score.box == 1.0


def test_iou() -> None:
    a = np.array([True, True, False, False])
    b = np.array([False, True, True, False])
    assert iou(a, b) == pytest.approx(1 / 3)
    assert iou(a, a) == 1
    assert iou(a, ~a) == 0
    assert iou(a & ~a, a & ~a) == 1


def test_more_clicks_where_they_are_asked_for(squares_plane: LabelledPlane) -> None:
    oracle = Oracle(squares_plane.labels, (15, 15, 15, 15, 15, 15, 15, 1))
    (plane,) = evaluate_planes(Predictor(oracle), [squares_plane], Protocol(clicks=10))
    ious = plane.objects[0].clicks
    assert ious == pytest.approx((15 / 45,) * 7 + (29 / 31,) * 3)
    assert clicks_to(ious, 0.85) == 8
    assert clicks_to(ious, 0.95) is None


def test_whoever_watches_sees_the_first_answer(squares_plane: LabelledPlane) -> None:
    seen = []
    oracle = Oracle(squares_plane.labels, (10, 0))
    (plane,) = evaluate_planes(
        Predictor(oracle),
        [squares_plane],
        Protocol(),
        watch=lambda *all_of_it: seen.append(all_of_it),
    )
    assert [score for _, score, _, _ in seen] == list(plane.objects)
    _, _, answer, click = seen[0]
    assert np.array_equal(answer, np.roll(squares_plane.labels == 1, 10, 0))
    assert squares_plane.labels[click] == 1


def test_everything_mode_is_compared_with_all_objects(squares_plane: LabelledPlane) -> None:
    oracle = Oracle(squares_plane.labels, (0,))
    protocol = Protocol(everything=True, most_objects=1)
    (plane,) = evaluate_planes(Predictor(oracle), [squares_plane], protocol)
    assert len(plane.objects) == 1
    assert plane.everything is not None
    assert plane.everything.model.truth == 3
    # Candidates of a predicted IoU of 0.8 do not pass.
    assert plane.everything.model.found == 0
    assert plane.everything.watershed.truth == 3
    assert plane.everything.watershed.matched[0] > 0
    assert plane.everything.milliseconds > 0
    assert plane.encode_ms > 0


def test_what_everything_mode_finds_on_an_empty_plane_is_wrong(
    squares_plane: LabelledPlane,
) -> None:
    empty = LabelledPlane("e", "s", squares_plane.image, np.zeros_like(squares_plane.labels))
    oracle = Oracle(squares_plane.labels, (0,))
    (plane,) = evaluate_planes(Predictor(oracle), [empty], Protocol(everything=True))
    assert plane.objects == ()
    assert plane.everything is not None
    assert plane.everything.watershed.truth == 0
    assert plane.everything.watershed.found == 3
