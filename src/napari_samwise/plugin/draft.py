"""The prompts of the object in work, on every plane that carries some."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_samwise.plugin.drawn_mask import fill_outlines
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request, Start
from napari_samwise.predictor.drawn_mask import DrawnMask
from napari_samwise.prompts import Prompts

Axes = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Points and shapes of one object, as a value.

    Parameters
    ----------
    points : ndarray
        `(K, ndim)` float64, data coordinates in pixels, pixel centres at integers.
    labels : ndarray
        `(K,)` int8, 1 to include and 0 to exclude.
    axes : tuple of tuple of int
        For each point the two data axes of the plane in which it was placed.
    outlines : tuple of Outline
        The shapes, oldest first.
    """

    points: NDArray[np.float64]
    labels: NDArray[np.int8]
    axes: tuple[Axes, ...]
    outlines: tuple[Outline, ...] = ()

    @classmethod
    def empty(cls, ndim: int) -> Draft:
        """Return a draft without prompts for data of ``ndim`` axes."""
        return cls(np.empty((0, ndim)), np.empty(0, dtype=np.int8), ())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is prompted."""
        return not len(self.points) and not self.outlines

    @property
    def count(self) -> int:
        """How many points and shapes there are: what the user did for the object."""
        return len(self.points) + len(self.outlines)

    def same_as(self, other: Draft) -> bool:
        """Tell whether the two are equal."""
        return (
            np.array_equal(self.points, other.points)
            and np.array_equal(self.labels, other.labels)
            and self.axes == other.axes
            and len(self.outlines) == len(other.outlines)
            and all(a.same_as(b) for a, b in zip(self.outlines, other.outlines, strict=True))
        )

    def by_plane(self, default_axes: Axes) -> dict[Plane, PlaneDraft]:
        """Share the prompts among the planes in which they lie.

        Parameters
        ----------
        default_axes : tuple of int
            Axes of the displayed plane, for shapes that do not tell.

        Returns
        -------
        dict of Plane to PlaneDraft
            In the order in which the planes were first prompted; shapes that lie in no single
            plane are left out.
        """
        parts: dict[Plane, PlaneDraft] = {}
        for point, label, axes in zip(self.points, self.labels, self.axes, strict=True):
            plane = Plane.through(point, axes)
            part = parts.setdefault(plane, PlaneDraft())
            part.points.append(plane.to_plane(point)[0])
            part.labels.append(int(label))
        for outline in self.outlines:
            drawn_in = outline.plane(default_axes)
            if drawn_in is not None:
                parts.setdefault(drawn_in, PlaneDraft()).outlines.append(outline)
        return parts


@dataclass(slots=True, eq=False)
class PlaneDraft:
    """The prompts of one plane while they are gathered: `(y, x)` points, labels, outlines."""

    points: list[NDArray[np.float64]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)

    def resolve(
        self, plane: Plane, shape: tuple[int, ...], start: Start | None = None
    ) -> tuple[Request | None, list[str]]:
        """Turn what the user drew into prompts that can be decoded.

        Parameters
        ----------
        plane : Plane
            The plane in which all of it lies.
        shape : tuple of int
            Of the data, without channels.
        start : DrawnMask or Hint or FramedMask, optional
            A mask that is there without prompts, for them to refine.

        Returns
        -------
        request : Request or None
            Without an earlier answer of its own to start from; None if nothing points at an object.
        notes : list of str
            A sentence for each thing that was left out.
        """
        if not plane.is_inside(shape):
            return None, [f"Prompts on {plane.describe()} lie outside the image and are ignored."]
        size = plane.size(shape)
        notes: list[str] = []
        inside = [_is_inside(point, size) for point in self.points]
        if not all(inside):
            notes.append("Points outside the image are ignored.")
        points = [p for p, keep in zip(self.points, inside, strict=True) if keep]
        labels = [v for v, keep in zip(self.labels, inside, strict=True) if keep]
        box, mask = _resolve_outlines(self.outlines, plane, size, notes)
        if not any(labels) and box is None and mask is None and (start is None or not labels):
            if labels:
                notes.append("Exclude points need an include point or a box beside them.")
            return None, notes
        return Request(Prompts(points=points, labels=labels, box=box), mask or start), notes


def _is_inside(point: NDArray[np.float64], size: tuple[int, int]) -> bool:
    return bool(np.all(point >= -0.5) and np.all(point <= np.asarray(size) - 0.5))


def _resolve_outlines(
    outlines: list[Outline], plane: Plane, size: tuple[int, int], notes: list[str]
) -> tuple[NDArray[np.float64] | None, DrawnMask | None]:
    """Return the newest box, clipped to the plane, and the union of all drawn masks."""
    boxes: list[NDArray[np.float64]] = []
    closed: list[Outline] = []
    for outline in outlines:
        corners = outline.box(plane)
        if corners is not None:
            clipped = np.clip(corners, -0.5, np.asarray(size) - 0.5)
            if np.ptp(clipped, axis=0).min() > 0:
                boxes.append(clipped)
            else:
                notes.append("A box without area inside the image is ignored.")
        elif not outline.is_closed:
            notes.append("Lines and paths enclose nothing and are ignored.")
        elif fill_outlines([outline], plane, size) is None:
            notes.append("A shape without area inside the image is ignored.")
        else:
            closed.append(outline)
    if len(boxes) > 1:
        notes.append("One object has one box: the newest is used.")
    return (boxes[-1] if boxes else None, fill_outlines(closed, plane, size))
