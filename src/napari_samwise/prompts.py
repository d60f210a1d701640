"""What a user says about one object: points, a box, a mask, a text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_samwise.errors import PromptError

EXCLUDE, INCLUDE = 0, 1


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Prompts:
    """The prompts of one object, checked and read-only.

    Coordinates are those of the data, ``(..., y, x)`` in pixels as in napari: the centre of the
    first pixel is 0. A box and points together describe one object.

    Parameters
    ----------
    points : array-like, optional
        `(K, ndim)` float, in pixels.
    labels : array-like, optional
        `(K,)`, 1 to include and 0 to exclude the point; by default all are included.
    box : array-like, optional
        ``(y0, x0, y1, x1)`` in 2-D, or `(2, ndim)` two corners, the smaller first.
    mask : array-like, optional
        `(h, w)` float, the low-resolution logits of an earlier prediction, to be refined; or
        `(Y, X)` bool, a mask in image pixels.
    text : str, optional
        A description, for models that read one.

    Attributes
    ----------
    points : ndarray
        `(K, ndim)` float64.
    labels : ndarray
        `(K,)` int8.
    box : ndarray or None
        `(2, ndim)` float64.
    mask : ndarray or None
        `(h, w)` float32 or `(Y, X)` bool.
    text : str or None

    Raises
    ------
    PromptError
        If one of them has the wrong shape or values, or they do not fit together.
    """

    points: NDArray[np.float64]
    labels: NDArray[np.int8]
    box: NDArray[np.float64] | None
    mask: NDArray[np.float32] | NDArray[np.bool_] | None
    text: str | None

    def __init__(
        self,
        points: ArrayLike = (),
        labels: ArrayLike | None = None,
        box: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        text: str | None = None,
    ) -> None:
        corners = None if box is None else _read_box(box)
        coordinates = _read_points(points, 2 if corners is None else corners.shape[1])
        if corners is not None and coordinates.shape[1] != corners.shape[1]:
            raise PromptError(
                f"Points and box must have the same number of coordinates, got points of "
                f"{coordinates.shape[1]} and a box of {corners.shape[1]}; give both in the "
                "image's axes."
            )
        if text is not None and not (isinstance(text, str) and text.strip()):
            raise PromptError(f"A text prompt must be a non-empty string, got {text!r}.")
        values: dict[str, Any] = {
            "points": coordinates,
            "labels": _read_labels(labels, len(coordinates)),
            "box": corners,
            "mask": None if mask is None else _read_mask(mask),
            "text": text,
        }
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    @property
    def ndim(self) -> int | None:
        """Number of coordinates of points and box; None without either."""
        if len(self.points):
            return int(self.points.shape[1])
        return None if self.box is None else int(self.box.shape[1])

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is prompted."""
        return not len(self.points) and self.box is None and self.mask is None and not self.text

    @property
    def has_include(self) -> bool:
        """Whether at least one point includes."""
        return bool((self.labels == INCLUDE).any())

    def __reduce__(self) -> tuple[Any, ...]:
        """Make copies as this one was made: checked, and not to be written to."""
        return type(self), (self.points, self.labels, self.box, self.mask, self.text)

    def replace(self, **changes: Any) -> Prompts:
        """Return a copy with some fields changed, checked again."""
        return dataclasses.replace(self, **changes)

    def require_object(self) -> Prompts:
        """Return these prompts if they point at something.

        Raises
        ------
        PromptError
            If there is no prompt at all, or only points that exclude.
        """
        if self.is_empty:
            raise PromptError("No prompt is given; add a point, a box or a mask.")
        if not (self.has_include or self.box is not None or self.mask is not None or self.text):
            raise PromptError(
                f"Every point excludes ({len(self.points)} given); "
                "add a point that includes, or a box."
            )
        return self

    def check_inside(self, image_size: Sequence[int]) -> Prompts:
        """Return these prompts with the box clipped to the image.

        Parameters
        ----------
        image_size : sequence of int
            Extents of the image's spatial axes in pixels, ``(..., Y, X)``.

        Raises
        ------
        PromptError
            If the number of coordinates is not the image's, a point or the whole box lies
            outside, or a mask in image pixels has another size than the plane.
        """
        size = np.asarray(image_size, dtype=np.float64)
        shape = tuple(int(n) for n in image_size)
        if self.ndim is not None and self.ndim != len(shape):
            raise PromptError(
                f"Prompts need one coordinate for each of the image's {len(shape)} axes "
                f"{shape}, got {self.ndim}."
            )
        # A pixel reaches half a pixel around its centre, so the image spans -0.5 to size - 0.5.
        if len(self.points):
            outside = ((self.points < -0.5) | (self.points > size - 0.5)).any(axis=1)
            if outside.any():
                point = tuple(float(v) for v in self.points[outside][0])
                raise PromptError(
                    f"Points must lie inside the image of size {shape}, got {point}; "
                    "coordinates are (..., y, x) in pixels."
                )
        if self.mask is not None and self.mask.dtype == bool and self.mask.shape != shape[-2:]:
            raise PromptError(
                f"A mask in image pixels must have the plane's size {shape[-2:]}, "
                f"got {self.mask.shape}."
            )
        if self.box is None:
            return self
        clipped = np.clip(self.box, -0.5, size - 0.5)
        lost = (np.ptp(clipped, axis=0) == 0) & (np.ptp(self.box, axis=0) > 0)
        if (lost | (self.box[1] < -0.5) | (self.box[0] > size - 0.5)).any():
            raise PromptError(
                f"The box must overlap the image of size {shape}, got {self.box.tolist()}; "
                "coordinates are (..., y, x) in pixels."
            )
        return self.replace(box=clipped)


def _read_numbers(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Copy into float64; refuse what is ragged, not a number, or not finite."""
    try:
        raw = np.asarray(values)
    except ValueError as error:
        raise PromptError(f"{what} must have rows of one length; got rows that differ.") from error
    except (TypeError, RuntimeError) as error:
        raise PromptError(
            f"{what} must be numbers in memory, got a {type(values).__name__}."
        ) from error
    if raw.size and raw.dtype.kind not in "biuf":
        raise PromptError(f"{what} must be real numbers, got values of type {raw.dtype}.")
    numbers = np.array(raw, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise PromptError(f"{what} must be finite numbers, got NaN or infinity.")
    return numbers


def _read_points(points: ArrayLike, ndim: int) -> NDArray[np.float64]:
    """Return `(K, ndim)` float64; ``ndim`` shapes an empty list, which does not say."""
    coordinates = _read_numbers(points, "Points")
    if coordinates.size == 0:
        return np.empty((0, ndim))
    if coordinates.ndim != 2 or coordinates.shape[1] < 2:
        raise PromptError(
            f"Points must have shape (K, ndim), one row (..., y, x) a point, got "
            f"{coordinates.shape}; a single point is [(y, x)]."
        )
    return coordinates


def _read_labels(labels: ArrayLike | None, count: int) -> NDArray[np.int8]:
    """Return `(count,)` int8 of 1 and 0."""
    if labels is None:
        return np.full(count, INCLUDE, dtype=np.int8)
    values = _read_numbers(labels, "Labels of points")
    if values.shape != (count,):
        raise PromptError(
            f"There must be one label for each point, got labels of shape {values.shape} "
            f"for {count} points."
        )
    if not np.isin(values, (EXCLUDE, INCLUDE)).all():
        raise PromptError(
            f"Labels of points must be 1 (include) or 0 (exclude), got {values.tolist()}."
        )
    return values.astype(np.int8)


def _read_box(box: ArrayLike) -> NDArray[np.float64]:
    """Return two corners, `(2, ndim)` float64, the smaller first."""
    corners = _read_numbers(box, "A box")
    if corners.shape == (4,):
        corners = corners.reshape(2, 2)
    if corners.ndim != 2 or corners.shape[0] != 2 or corners.shape[1] < 2:
        raise PromptError(
            f"A box must be (y0, x0, y1, x1) or two corners of shape (2, ndim), got shape "
            f"{corners.shape}; one object has one box."
        )
    if (corners[0] > corners[1]).any():
        raise PromptError(
            f"A box must give its smaller corner first, got {corners.tolist()}; "
            "swap the coordinates that are turned round."
        )
    # In a volume a box may lie in one slice, so only two of its sides must have a length.
    if np.count_nonzero(np.ptp(corners, axis=0)) < 2:
        raise PromptError(f"The box {corners.tolist()} has no area; give two different corners.")
    return corners


def _read_mask(mask: ArrayLike) -> NDArray[np.float32] | NDArray[np.bool_]:
    """Return a copy: bool stays bool, logits become float32."""
    try:
        values = np.array(np.asarray(mask))
    except (TypeError, ValueError, RuntimeError) as error:
        raise PromptError(
            f"A mask must be an array in memory, (Y, X) bool or (h, w) logits, got a "
            f"{type(mask).__name__} that is none."
        ) from error
    if values.ndim != 2 or values.size == 0:
        raise PromptError(
            f"A mask must be two-dimensional, (Y, X) bool or (h, w) logits, got shape "
            f"{values.shape}; of several candidates give one, such as prediction.logits[0]."
        )
    if values.dtype == bool:
        if not values.any():
            raise PromptError("A mask in image pixels must mark at least one pixel, got none.")
        return values
    if values.dtype.kind != "f":
        raise PromptError(
            f"A mask must be bool (image pixels) or float (logits), got {values.dtype}; "
            "write mask > 0 for a label image."
        )
    with np.errstate(over="ignore"):
        logits = values.astype(np.float32)
    if not np.isfinite(logits).all():
        raise PromptError("The logits of a mask must be finite, got NaN or infinity.")
    return logits
