from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.errors import PromptError
from napari_samwise.plugin.candidates import Candidate, candidates_of
from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.session import Session
from napari_samwise.predictor.prediction import Prediction

FLAT = Plane((0, 1))
SIZE = (20, 30)


def draft(*points, labels=None, outlines=()) -> Draft:
    return Draft(
        np.array(points, dtype=float).reshape(-1, 2),
        np.array([1] * len(points) if labels is None else labels, dtype=np.int8),
        ((0, 1),) * len(points),
        tuple(outlines),
    )


def prediction(*rows: slice, scores=(0.9, 0.8, 0.7)) -> tuple[Candidate, ...]:
    masks = np.zeros((len(rows), *SIZE), dtype=bool)
    for mask, part in zip(masks, rows, strict=True):
        mask[part] = True
    logits = np.arange(len(rows), dtype=np.float32)[:, None, None] * np.ones((4, 4), np.float32)
    return candidates_of(Prediction(masks, np.array(scores[: len(rows)], np.float32), logits))


THREE = (slice(0, 4), slice(0, 6), slice(0, 8))


@pytest.fixture
def session() -> Session:
    made = Session(np.zeros(SIZE, dtype=np.int32))
    made.model = "tiny"
    return made


def answer(session: Session, *rows: slice) -> None:
    for plane in session.pending:
        session.answer(plane, session.requests[plane], prediction(*(rows or THREE)))


def commit_rows(session: Session, point, rows: slice):
    session.set_draft(draft(point))
    answer(session, rows)
    return session.commit()


def test_a_prompt_is_pending_until_it_is_answered(session) -> None:
    session.set_draft(draft((2, 3)))
    assert session.pending == (FLAT,)
    answer(session)
    assert not session.pending
    assert session.candidates[FLAT].predicted_iou == pytest.approx(0.9)


def test_an_answer_to_an_older_request_is_refused(session) -> None:
    session.set_draft(draft((2, 3)))
    old = session.requests[FLAT]
    session.set_draft(draft((5, 5)))
    assert not session.answer(FLAT, old, prediction(*THREE))
    assert session.pending == (FLAT,)


def test_the_same_draft_again_is_no_step(session) -> None:
    session.set_draft(draft((2, 3)))
    session.set_draft(draft((2, 3)))
    session.undo()
    assert session.draft.is_empty
    assert not session.history.can_undo


def test_candidates_go_round_both_ways(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    shown = []
    for by in (1, 1, 1, -1):
        session.step_candidate(FLAT, by)
        shown.append(session.candidates[FLAT].chosen)
    assert shown == [1, 2, 0, 2]


def test_commit_writes_the_chosen_mask_under_the_next_id(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.step_candidate(FLAT, 1)
    done = session.commit()
    assert (done.id, done.area, done.model) == (1, 6 * 30, "tiny")
    assert done.predicted_iou == pytest.approx(0.8)
    assert session.draft.is_empty
    assert not session.candidates
    assert (session.labels[:6] == 1).all()
    assert not session.labels[6:].any()
    assert session.next_id == 2


def test_commit_never_touches_earlier_objects(session) -> None:
    commit_rows(session, (2, 3), slice(0, 6))
    second = commit_rows(session, (8, 3), slice(4, 10))
    assert (session.labels[:6] == 1).all()
    assert (session.labels[6:10] == 2).all()
    assert second.area == 4 * 30


def test_commit_of_what_is_all_taken_says_so_and_changes_nothing(session) -> None:
    commit_rows(session, (2, 3), slice(0, 6))
    before = session.labels.copy()
    session.set_draft(draft((3, 3)))
    answer(session, slice(1, 4))
    with pytest.raises(PromptError, match="earlier objects"):
        session.commit()
    np.testing.assert_array_equal(session.labels, before)
    assert session.next_id == 2


def test_commit_without_a_mask_says_what_to_do(session) -> None:
    with pytest.raises(PromptError, match="add a point or a box"):
        session.commit()
    session.set_draft(draft((2, 3)))
    with pytest.raises(PromptError, match="still being computed"):
        session.commit()


def test_labels_grow_wider_when_an_id_does_not_fit() -> None:
    session = Session(np.full(SIZE, 255, dtype=np.uint8))
    session.adopt(session.labels, {})
    session.labels[:4] = 0
    session.set_draft(draft((2, 3)))
    answer(session)
    assert session.commit().id == 256
    assert (session.labels[:4] == 256).all()
    assert (session.labels[4:] == 255).all()
    session.undo()
    assert not session.labels[:4].any()


def test_undo_and_redo_go_over_prompts_and_commits(session) -> None:
    commit_rows(session, (2, 3), slice(0, 4))
    commit_rows(session, (8, 3), slice(6, 9))
    final = session.labels.copy()
    names = [session.undo() for _ in range(4)]
    assert names == ["commit", "prompt", "commit", "prompt"]
    assert session.undo() == ""
    assert not session.labels.any()
    assert session.next_id == 1
    for _ in range(4):
        session.redo()
    np.testing.assert_array_equal(session.labels, final)
    assert sorted(session.objects) == [1, 2]
    assert session.redo() == ""


def test_undo_of_a_commit_brings_prompts_and_the_chosen_candidate_back(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.step_candidate(FLAT, 2)
    session.commit()
    session.undo()
    np.testing.assert_array_equal(session.draft.points, [(2, 3)])
    answer(session)
    assert session.candidates[FLAT].chosen == 2


def test_something_new_after_undo_forgets_what_was_undone(session) -> None:
    commit_rows(session, (2, 3), slice(0, 4))
    session.undo()
    session.set_draft(draft((9, 9)))
    assert not session.history.can_redo


def test_painting_takes_its_place_in_the_order_of_undo_and_its_id(session) -> None:
    commit_rows(session, (2, 3), slice(0, 4))
    done: list[str] = []
    session.note_paint(40, lambda: done.append("undo"), lambda: done.append("redo"))
    assert session.next_id == 41
    assert session.undo() == "paint"
    assert session.redo() == "paint"
    assert done == ["undo", "redo"]
    assert (session.labels[:4] == 1).all()


def test_a_further_click_refines_the_mask_that_was_chosen(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.step_candidate(FLAT, 1)
    chosen = session.candidates[FLAT].hint
    session.set_draft(draft((2, 3), (4, 4)))
    assert session.requests[FLAT].start is chosen


@pytest.mark.parametrize("changed", [draft((5, 3)), draft((5, 3), (4, 4))])
def test_any_other_change_starts_afresh(session, changed) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.set_draft(changed)
    assert [(plane, request.start) for plane, request in session.requests.items()] == [(FLAT, None)]
    assert session.pending == (FLAT,)


def test_what_is_only_excluded_is_no_object(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    refined = session.candidates[FLAT].hint
    session.set_draft(draft((2, 3), labels=[0]))
    assert not session.requests
    assert not session.candidates
    assert not session.pending
    session.set_draft(draft((2, 3), (4, 4), labels=[0, 1]))
    assert session.requests[FLAT].start is not refined


def test_a_mask_of_one_model_never_refines_another(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.set_draft(draft((2, 3), (4, 4)))
    answer(session)
    session.commit()
    session.ask_again("other")
    session.undo()
    assert session.requests[FLAT].start is None


def test_ask_again_makes_every_plane_pending(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.ask_again("other")
    assert session.pending == (FLAT,)
    assert session.model == "other"


def test_refusal_drops_the_mask(session) -> None:
    session.set_draft(draft((2, 3)))
    answer(session)
    session.set_draft(draft((3, 3)))
    session.refuse(FLAT, session.requests[FLAT])
    assert not session.candidates
    assert not session.pending, "nothing will come"
    session.set_draft(draft((4, 3)))
    assert session.pending == (FLAT,)


def test_notes_tell_what_was_left_out_once(session, rectangle) -> None:
    flat = Outline("rectangle", rectangle(2, 2, 2, 9))
    session.set_draft(draft((2, 3), outlines=[flat, flat]))
    assert session.notes == ("A box without area inside the image is ignored.",)


def test_an_object_on_two_slices_gets_one_id_on_both() -> None:
    session = Session(np.zeros((5, *SIZE), dtype=np.int32))
    session.set_draft(Draft(np.array([(1.0, 2, 3), (3, 2, 3)]), np.ones(2, np.int8), ((1, 2),) * 2))
    answer(session, slice(0, 4))
    done = session.commit()
    assert done.area == 2 * 4 * 30
    assert np.unique(np.nonzero(session.labels)[0]).tolist() == [1, 3]
    session.undo()
    assert not session.labels.any()


def test_planes_that_cross_count_their_common_pixels_once() -> None:
    session = Session(np.zeros((30, *SIZE), dtype=np.int32))
    session.set_draft(
        Draft(np.array([(1.0, 2, 3), (3, 2, 3)]), np.ones(2, np.int8), ((1, 2), (0, 2)))
    )
    session.answer(Plane((1, 2), (1,)), session.requests[Plane((1, 2), (1,))], prediction(slice(4)))
    mask = np.ones((1, 30, 30), dtype=bool)
    across = Prediction(mask, np.array([0.5], np.float32), np.zeros((1, 4, 4), np.float32))
    session.answer(
        Plane((0, 2), (2,)), session.requests[Plane((0, 2), (2,))], candidates_of(across)
    )
    done = session.commit()
    assert done.area == np.count_nonzero(session.labels) == 4 * 30 + 30 * 30 - 30
    session.undo()
    assert not session.labels.any()


def test_adopted_labels_are_never_given_again() -> None:
    labels = np.zeros(SIZE, dtype=np.int32)
    labels[15] = 12
    session = Session(labels)
    session.adopt(labels, {})
    assert session.next_id == 13
