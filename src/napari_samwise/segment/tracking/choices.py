"""The cheapest choices of which no two share an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NONE_COST = 2.0
"""Cost of leaving an object without a successor."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What may become of an object.

    Parameters
    ----------
    row : int
        The object.
    columns : tuple of int
        Its successor, or its two daughters.
    cost : float
        0 or more, below ``NONE_COST``.
    """

    row: int
    columns: tuple[int, ...]
    cost: float


def cheapest(choices: Sequence[Choice]) -> list[Choice]:
    """Return the choices whose costs are least as a whole, in order of their rows.

    Every row is chosen once at most, and costs ``NONE_COST`` otherwise; so is every column, which
    costs nothing otherwise. Groups that share no object are solved apart: as a linear assignment,
    or where an object may also become two, as a set packing by mixed-integer programming.
    """
    if not choices:
        return []
    group = _group_of_each(choices)
    order = np.argsort(group, kind="stable")
    borders = np.flatnonzero(np.diff(group[order])) + 1
    found: list[Choice] = []
    for members in np.split(order, borders):
        here = [choices[index] for index in members]
        is_plain = all(len(choice.columns) == 1 for choice in here)
        found += _assign(here) if is_plain else _pack(here)
    return sorted(found, key=lambda choice: choice.row)


def _group_of_each(choices: Sequence[Choice]) -> NDArray[np.int_]:
    rows, columns = _ends(choices)
    first = int(rows.max()) + 1
    size = first + int(columns.max()) + 1
    joined = coo_array((np.ones(len(rows)), (rows, columns + first)), shape=(size, size))
    group = connected_components(joined, directed=False)[1]
    return np.asarray(group[[choice.row for choice in choices]])


def _ends(choices: Sequence[Choice]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return row and column of every line between two objects."""
    lines = [(choice.row, column) for choice in choices for column in choice.columns]
    rows, columns = np.array(lines).T
    return rows, columns


def _assign(choices: Sequence[Choice]) -> list[Choice]:
    rows, columns = _ends(choices)
    row_names, row_at = np.unique(rows, return_inverse=True)
    column_names, column_at = np.unique(columns, return_inverse=True)
    # The last columns, one a row, stand for "none"; what is impossible costs more than all.
    costs = np.full((len(row_names), len(column_names) + len(row_names)), NONE_COST)
    costs[:, : len(column_names)] = NONE_COST * (len(row_names) + 1)
    at = {}
    for choice, row, column in zip(choices, row_at, column_at, strict=True):
        costs[row, column] = choice.cost
        at[int(row), int(column)] = choice
    chosen = zip(*linear_sum_assignment(costs), strict=True)
    return [at[pair] for pair in chosen if pair in at]


def _pack(choices: Sequence[Choice]) -> list[Choice]:
    """Solve a group by mixed-integer programming: each object is taken once at most."""
    objects = [("row", choice.row) for choice in choices]
    objects += [("column", column) for choice in choices for column in choice.columns]
    number = {name: index for index, name in enumerate(dict.fromkeys(objects))}
    own = np.arange(len(choices))
    takers = np.concatenate([own, np.repeat(own, [len(choice.columns) for choice in choices])])
    taken = np.array([number[name] for name in objects])
    shares = coo_array((np.ones(len(taken)), (taken, takers))).tocsr()
    solved = milp(
        np.array([choice.cost - NONE_COST for choice in choices]),
        integrality=np.ones(len(choices)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(shares, ub=1),
    )
    return [choice for choice, share in zip(choices, solved.x, strict=True) if share > 0.5]
