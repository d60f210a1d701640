"""The cheapest choices, against all that there are."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.segment.tracking.choices import NONE_COST, Choice, cheapest

ONE = st.tuples(st.integers(0, 4))
TWO = st.lists(st.integers(0, 4), min_size=2, max_size=2, unique=True).map(tuple)


def choices_of(columns) -> st.SearchStrategy[list[Choice]]:
    cost = st.floats(0, NONE_COST, exclude_max=True).map(lambda value: round(value, 3))
    choice = st.builds(Choice, st.integers(0, 3), columns, cost)
    return st.lists(choice, max_size=8, unique_by=lambda one: (one.row, one.columns))


def is_allowed(chosen) -> bool:
    rows = [choice.row for choice in chosen]
    columns = [column for choice in chosen for column in choice.columns]
    return len(set(rows)) == len(rows) and len(set(columns)) == len(columns)


def saved(chosen) -> float:
    return sum(NONE_COST - choice.cost for choice in chosen)


@pytest.mark.parametrize("columns", [ONE, ONE | TWO], ids=["links", "divisions"])
@given(data=st.data())
def test_nothing_allowed_costs_less(columns, data) -> None:
    choices = data.draw(choices_of(columns))
    found = cheapest(choices)
    assert is_allowed(found)
    assert [choice.row for choice in found] == sorted(choice.row for choice in found)
    subsets = (some for count in range(len(choices) + 1) for some in combinations(choices, count))
    best = max(saved(some) for some in subsets if is_allowed(some))
    assert saved(found) == pytest.approx(best, abs=1e-6)


def test_a_mother_keeps_a_daughter_that_her_neighbour_would_take() -> None:
    division = Choice(0, (0, 1), 0.5)
    taken = Choice(1, (1,), 0.9)
    assert cheapest([division, Choice(0, (0,), 0.8), taken, Choice(1, (2,), 1.2)]) == [
        division,
        Choice(1, (2,), 1.2),
    ]
