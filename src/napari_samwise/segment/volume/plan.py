"""What is asked of every object of a volume: on which slices, and between which barriers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from napari_samwise.errors import PromptError
from napari_samwise.geometry.axes import Axes
from napari_samwise.prompts import Prompts
from napari_samwise.segment.objects import check_object
from napari_samwise.segment.planes import Position, split_by_plane
from napari_samwise.whole_numbers import check_whole

Barriers = Mapping[int, Iterable[int]]


@dataclass(frozen=True, slots=True, eq=False)
class ObjectPlan:
    """One object and what its user said about it.

    Parameters
    ----------
    label : int
        Its id.
    rest : tuple of int
        Position on the axes to step through other than the one it is carried along, such as the
        time point.
    prompts : mapping of int to Prompts
        Slice -> two-dimensional prompts on it, slices in order; at least one.
    barriers : frozenset of int
        Slices that the object does not enter.
    """

    label: int
    rest: Position
    prompts: Mapping[int, Prompts]
    barriers: frozenset[int]


def plan_objects(
    prompts: Mapping[int, Prompts],
    axes: Axes,
    step_axis: int,
    spatial_shape: tuple[int, ...],
    barriers: Barriers,
) -> tuple[ObjectPlan, ...]:
    """Sort prompts by object and slice, and check them.

    Parameters
    ----------
    prompts : mapping of int to Prompts
        Label -> prompts in the image's spatial axes.
    axes : Axes
        With the planes of Y and X as slices (``turn_axes``).
    step_axis : int
        Index of the axis from slice to slice among ``axes.leading``.
    spatial_shape : tuple of int
        Extents of the spatial axes.
    barriers : mapping of int to iterable of int
        Label -> slices that the object does not enter.

    Raises
    ------
    PromptError
        If ids, prompts or barriers do not fit the image or each other.
    """
    if not isinstance(prompts, Mapping) or not prompts:
        raise PromptError(
            "Prompts must be a mapping of label id to Prompts with at least one object; "
            "write {1: Prompts(points=[(z, y, x)])}."
        )
    if not isinstance(barriers, Mapping):
        raise PromptError(
            f"Barriers must be a mapping of label id to slices, got {type(barriers).__name__}; "
            "write {1: [40]}."
        )
    unknown = [label for label in barriers if label not in prompts]
    if unknown:
        raise PromptError(f"There are barriers for the objects {unknown}, which have no prompts.")
    count = spatial_shape[axes.leading[step_axis]]
    barred = {label: check_barriers(barriers.get(label, ()), count) for label in prompts}
    plans = []
    for label, of_object in prompts.items():
        check_object(label, of_object)
        try:
            planes = split_by_plane(of_object, axes, spatial_shape)
        except PromptError as error:
            raise PromptError(f"Object {label}: {error}") from error
        plans.append(_plan_object(int(label), planes, step_axis, barred[label]))
    return tuple(plans)


def check_barriers(slices: Any, count: int) -> frozenset[int]:
    """Return the slices that an object does not enter.

    Parameters
    ----------
    slices : iterable of int
        What was given.
    count : int
        How many slices there are.

    Raises
    ------
    PromptError
        It is something else, or there is no such slice.
    """
    if isinstance(slices, str) or not isinstance(slices, Iterable):
        raise PromptError(f"Barriers of an object must be slices such as [3, 9], got {slices!r}.")
    return frozenset(check_whole("A barrier", at, 0, count - 1, error=PromptError) for at in slices)


def _plan_object(
    label: int, planes: Mapping[Position, Prompts], step_axis: int, barriers: frozenset[int]
) -> ObjectPlan:
    rests = {_without(position, step_axis) for position in planes}
    if len(rests) > 1:
        raise PromptError(
            f"Object {label} is carried along one axis, but its prompts lie at {len(rests)} places "
            f"on the other axes {sorted(rests)}; prompt it at one of them."
        )
    of_slice = {position[step_axis]: flat for position, flat in sorted(planes.items())}
    both = sorted(barriers & set(of_slice))
    if both:
        raise PromptError(
            f"Object {label} has both a prompt and a barrier on the slices {both}; "
            "a barrier is a slice that the object does not enter."
        )
    return ObjectPlan(label, rests.pop(), of_slice, barriers)


def _without(position: Position, axis: int) -> Position:
    return position[:axis] + position[axis + 1 :]
