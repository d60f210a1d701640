"""The value that every reader returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class ImageFile:
    """An image as a file stores it.

    Parameters
    ----------
    data : ndarray
        Of any dtype and rank; memory-mapped where the file allows, so that reading a plane of a
        large stack does not load the rest.
    axes : str
        One letter per axis of ``data``, e.g. ``"TZYX"`` or ``"YXC"``.
    scale : tuple of float or None
        Size of a pixel along every axis but ``C``: micrometres for ``Z``, ``Y`` and ``X``, 1 for
        any other; None where the file does not say.
    name : str
        The file's name without its folder.
    """

    data: np.ndarray
    axes: str
    scale: tuple[float, ...] | None
    name: str
