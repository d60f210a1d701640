"""Simulated prompts, as in the SAM paper: a first point or box, then clicks in the error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

BoolImage = NDArray[np.bool_]


def deepest_point(mask: BoolImage) -> tuple[int, int]:
    """Return the (row, column) of the pixel farthest from the border of a mask.

    The border of the array counts as a border, so the point never lies on the rim of a cut object.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool, with at least one pixel set.
    """
    part, (top, left) = _cut_out(mask)
    depth = ndi.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), part.shape)
    return top + int(row), left + int(column)


def random_point(rng: np.random.Generator, mask: BoolImage) -> tuple[int, int]:
    """Return a random (row, column) of a mask, mostly away from its border where possible.

    Parameters
    ----------
    rng : Generator
        Source of the choice.
    mask : ndarray
        `(Y, X)` bool, with at least one pixel set.
    """
    part, (top, left) = _cut_out(mask)
    inner = ndi.binary_erosion(part) if rng.random() < 0.7 else part
    rows, columns = np.nonzero(inner if inner.any() else part)
    pick = int(rng.integers(len(rows)))
    return top + int(rows[pick]), left + int(columns[pick])


def error_point(truth: BoolImage, found: BoolImage) -> tuple[tuple[int, int], int] | None:
    """Return the next click of a patient user: the deepest point of the larger error.

    Parameters
    ----------
    truth : ndarray
        `(Y, X)` bool.
    found : ndarray
        `(Y, X)` bool.

    Returns
    -------
    ((row, column), label) or None
        Label 1 where something is missing, 0 where too much was taken; None without error.
    """
    missing, surplus = truth & ~found, found & ~truth
    if not missing.any() and not surplus.any():
        return None
    if missing.sum() >= surplus.sum():
        return deepest_point(missing), 1
    return deepest_point(surplus), 0


def random_error_point(
    rng: np.random.Generator, truth: BoolImage, found: BoolImage
) -> tuple[tuple[int, int], int] | None:
    """Return a click somewhere in the error, or the patient user's, half of the time each.

    Parameters
    ----------
    rng : Generator
        Source of the choice.
    truth, found : ndarray
        `(Y, X)` bool.

    Returns
    -------
    ((row, column), label) or None
        As ``error_point``.
    """
    if rng.random() < 0.5:
        return error_point(truth, found)
    error = truth ^ found
    if not error.any():
        return None
    point = random_point(rng, error)
    return point, int(truth[point])


def tight_box(mask: BoolImage) -> tuple[int, int, int, int]:
    """Return the (y0, x0, y1, x1) of the outermost pixels of a mask.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool, with at least one pixel set.
    """
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    return int(rows[0]), int(columns[0]), int(rows[-1]), int(columns[-1])


def box_prompt(mask: BoolImage) -> tuple[float, float, float, float]:
    """Return the tight box of a mask, widened where it is a line through pixel centres.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool, with at least one pixel set.
    """
    y0, x0, y1, x1 = tight_box(mask)
    return y0, x0, max(y1, y0 + 0.5), max(x1, x0 + 0.5)


def _cut_out(mask: BoolImage) -> tuple[BoolImage, tuple[int, int]]:
    """Return the part of a mask that has pixels, and where it begins: planes may be large."""
    y0, x0, y1, x1 = tight_box(mask)
    return mask[y0 : y1 + 1, x0 : x1 + 1], (y0, x0)
