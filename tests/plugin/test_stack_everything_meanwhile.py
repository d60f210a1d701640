"""Everything in 3-D takes minutes: what the user does meanwhile, and a failure, do no harm."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin.stacks import everything_job


@pytest.fixture
def searching(viewer, start, open_stage, tower, manual_slot):
    """A harness in whose stack of two objects everything is being found, and the slot of that."""
    tower = tower[::2].copy()
    tower[1:4, 35:45, 45:60] = 120
    viewer.add_image(tower)
    h, slot = start(), manual_slot()
    stage = open_stage(h, slot)
    stage.find_in_stack()
    return h, slot


def counted(labels: np.ndarray) -> dict[int, int]:
    ids, counts = np.unique(labels[labels > 0], return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def listed(h) -> dict[int, int]:
    return {label: each.area for label, each in h.session.objects.items()}


def after_the_first_piece(h, act) -> None:
    """Do something once, when a part of the objects has been written."""
    done: list[bool] = []

    def on_change() -> None:
        if h.objects.any() and not done:
            done.append(True)
            act()

    h.session.objects_changed.connect(on_change)


def test_what_is_committed_before_the_first_piece_keeps_its_id(searching) -> None:
    h, slot = searching
    h["prompts"].add((1, 16, 18))
    h.controller.commit()
    kept = h.objects.copy()
    slot.run()
    assert len(h.session.objects) == 3
    assert (h.objects[kept > 0] == 1).all()
    assert listed(h) == counted(h.objects)
    h.controller.undo()
    np.testing.assert_array_equal(h.objects, kept)
    assert set(h.session.objects) == {1}


@pytest.mark.parametrize("has_others", [False, True])
def test_what_is_committed_between_two_pieces_gets_an_id_of_its_own(searching, has_others) -> None:
    h, slot = searching
    if has_others:
        h.session.adopt(np.where(np.indices(h.objects.shape)[1] == 0, 7, 0).astype(np.uint16), {})
        h.session.put({}, h.session.draft, highest_id=7)
    h["prompts"].add((3, 20, 22))
    done = []
    after_the_first_piece(h, lambda: done.append(h.session.commit()))
    slot.run()
    (kept,) = done
    assert kept.area == listed(h)[kept.id]
    assert len(h.session.objects) == 3
    assert listed(h) == {i: n for i, n in counted(h.objects).items() if i != 7}
    h.controller.undo()
    assert {i: n for i, n in counted(h.objects).items() if i != 7} == {kept.id: kept.area}
    h.controller.redo()
    assert listed(h) == {i: n for i, n in counted(h.objects).items() if i != 7}
    assert h.session.next_id == max(h.session.objects) + 1


def test_pixels_painted_into_an_object_that_is_being_found_are_its_own(searching) -> None:
    h, slot = searching

    def paint() -> None:
        label = int(h.objects.max())
        h["objects"].data_setitem(tuple(np.array([[5, 5], [0, 0], [0, 1]])), label)

    after_the_first_piece(h, paint)
    slot.run()
    assert listed(h) == counted(h.objects)
    found = listed(h)
    h.controller.undo()
    assert listed(h) == counted(h.objects)
    assert sum(listed(h).values()) == 2
    h.controller.redo()
    assert listed(h) == counted(h.objects) == found


def test_a_failure_after_the_first_piece_leaves_nothing(searching, monkeypatch) -> None:
    h, slot = searching
    original, calls = everything_job._objects_of, []

    def fail(labels, region):
        calls.append(h.objects.any())
        if any(calls):
            raise MemoryError
        return original(labels, region)

    # Objects are cut out of a slice when it is its turn to be posted.
    monkeypatch.setattr(everything_job, "_objects_of", fail)
    slot.run()
    assert any(calls), "something had been written"
    assert h.status.is_error
    assert not h.objects.any()
    assert not h.session.objects
    assert h.session.next_id == 1
    h["prompts"].add((1, 16, 18))
    h.controller.commit()
    assert listed(h) == counted(h.objects)


def test_other_objects_chosen_between_two_pieces_stay_as_they_are(searching) -> None:
    h, slot = searching
    other = np.zeros(h.objects.shape, np.uint16)
    other[:, :3] = 2
    before = other.copy()
    after_the_first_piece(h, lambda: setattr(h["objects"], "data", other))
    slot.run()
    assert h.status.is_error
    assert "meanwhile" in h.status.sentence
    np.testing.assert_array_equal(h.session.labels, before)
    assert listed(h) == counted(before)
