"""What the user gave to start from: prompts or labels, on one or more frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_samwise.errors import InputError, PromptError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.label_ids import check_ids
from napari_samwise.prompts import Prompts
from napari_samwise.segment.objects import check_object
from napari_samwise.segment.planes import split_by_plane
from napari_samwise.segment.tracking.regions import Region, read_regions
from napari_samwise.segment.tracking.view import View

Start = Prompts | Region


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """Which objects are given on which frame.

    Parameters
    ----------
    by_frame : mapping of int to mapping of int to Prompts or Region
        Frame -> id -> its prompts in (y, x), or its mask.
    """

    by_frame: Mapping[int, Mapping[int, Start]]

    @property
    def labels(self) -> set[int]:
        """Ids of all objects."""
        return {label for objects in self.by_frame.values() for label in objects}

    @property
    def first_frames(self) -> dict[int, int]:
        """Id -> the first frame where it is given."""
        firsts: dict[int, int] = {}
        for frame, objects in sorted(self.by_frame.items()):
            for label in objects:
                firsts.setdefault(label, frame)
        return firsts

    @property
    def last_frames(self) -> dict[int, int]:
        """Id -> the last frame where it is given."""
        by_frame = sorted(self.by_frame.items())
        return {label: frame for frame, objects in by_frame for label in objects}

    def masks(
        self, view: View, check: Callable[[], None]
    ) -> Iterator[tuple[int, tuple[BoxedMask, float]]]:
        """Yield the objects given on a frame: id, mask, not empty, and predicted IoU or NaN.

        Parameters
        ----------
        view : View
            The frame.
        check : callable
            Called before each object; raises to stop.
        """
        for label, start in self.by_frame.get(view.frame, {}).items():
            if isinstance(start, Region):
                yield label, (start.mask, float("nan"))
                continue
            check()
            ((mask, score),) = view.decode(start, keep=1)
            if not mask.roi.is_empty:
                yield label, (mask, score)


def read_starts(start: Any, shape: tuple[int, int, int]) -> Starts:
    """Read prompts or labels.

    Parameters
    ----------
    start : mapping of int to Prompts, or array-like, or Starts
        Prompts in (t, y, x); or labels `(T, Y, X)`, zero on frames where nothing is given, or
        `(Y, X)`, of the first frame, read block by block; or what this returned before.
    shape : tuple of int
        `(T, Y, X)` of the movie.

    Raises
    ------
    PromptError
        If prompts do not fit the movie.
    InputError
        If these are no labels of it, or none is given.
    """
    if isinstance(start, Starts):
        return start
    if isinstance(start, Mapping):
        return _from_prompts(start, shape)
    return _from_labels(start if hasattr(start, "shape") else np.asarray(start), shape)


def _from_prompts(prompts: Mapping[int, Prompts], shape: tuple[int, int, int]) -> Starts:
    by_frame: dict[int, dict[int, Start]] = {}
    for label, of_object in prompts.items():
        check_object(label, of_object)
        try:
            planes = split_by_plane(of_object, Axes("TYX"), shape)
        except PromptError as error:
            raise PromptError(f"Object {label}: {error}") from error
        for (frame,), flat in planes.items():
            by_frame.setdefault(frame, {})[int(label)] = flat
    if not by_frame:
        raise PromptError("No object is given to track; add prompts, or labels of a frame.")
    return Starts(by_frame)


def _from_labels(labels: Any, shape: tuple[int, int, int]) -> Starts:
    found = tuple(int(extent) for extent in labels.shape)
    if np.dtype(labels.dtype).kind not in "iub" or found not in (shape, shape[1:]):
        raise InputError(
            f"Labels to start from must be integers of shape {shape} or {shape[1:]} (the first "
            f"frame), got {labels.dtype} of shape {found}; give one label image a frame."
        )
    indices: list[tuple[int, ...]] = [()] if len(found) == 2 else [(t,) for t in range(shape[0])]
    regions = {t: read_regions(labels, index) for t, index in enumerate(indices)}
    regions = {t: objects for t, objects in regions.items() if objects}
    if not regions:
        raise InputError("The labels to start from mark no object; label one frame at least.")
    lowest = min(min(objects) for objects in regions.values())
    highest = max(max(objects) for objects in regions.values())
    check_ids(lowest, highest)
    return Starts(regions)
