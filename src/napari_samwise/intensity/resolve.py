"""Finding an image's intensity map: once for the whole image or volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity.mapping import BLANK, MINMAX_PER_TILE, Intensity
from napari_samwise.intensity.plane import as_array, check_values
from napari_samwise.intensity.sample import is_constant, sample_values
from napari_samwise.intensity.windows import CT_WINDOWS

POLICIES = ("auto", "contrast-limits", MINMAX_PER_TILE, "window")
_PERCENTILES = (0.5, 99.8)
_STEP_NAMES = "TZVWUR"


def resolve_intensity(
    image: Any,
    policy: str = "auto",
    *,
    rgb: bool,
    limits: tuple[float, float] | None = None,
    window: str | tuple[float, float] | None = None,
    axes: Axes | None = None,
    may_be_blank: bool = False,
) -> Intensity:
    """Find how an image's values become 8 bits.

    Parameters
    ----------
    image : array-like
        `(..., Y, X)`, or `(..., Y, X, 3 or 4)` if ``rgb``; lazy arrays are read in small parts.
    policy : str
        ``"auto"``: percentiles 0.5 to 99.8 of all channels together; 8-bit RGB and float RGB
        within 0 to 1 stay as they are, since viewers show them unstretched.
        ``"contrast-limits"``: ``limits``, the layer's own.
        ``"minmax-per-tile"``: lowest to highest value of each plane and channel, as micro-sam's
        fine-tuned models were trained.
        ``"window"``: a window of computed tomography.
    rgb : bool
        Whether the image has a channel axis.
    limits : tuple of float, optional
        (low, high) for ``"contrast-limits"``.
    window : str or tuple of float, optional
        A name from ``CT_WINDOWS``, or (low, high), for ``"window"``.
    axes : Axes, optional
        Needed only where Y, X (and C) are not the last axes.
    may_be_blank : bool
        Whether an image with one value everywhere is none to refuse (``Intensity.is_blank``).

    Returns
    -------
    Intensity

    Raises
    ------
    ImageError
        If the image has no usable values or one value everywhere, or the policy is unknown or
        lacks its limits.
    """
    if policy not in POLICIES:
        raise ImageError(
            f"The intensity policy must be one of {', '.join(POLICIES)}, got {policy!r}."
        )
    source = as_array(image)
    shape = tuple(int(n) for n in source.shape)
    if axes is None:
        axes = _trailing_axes(shape, rgb)
    axes.validate(shape)
    check_values(source)
    values = sample_values(source, axes)
    if values.dtype.kind == "f" and not np.isfinite(values).any():
        raise ImageError(
            f"An image must have finite values, got only NaN or infinity (shape {shape})."
        )
    if is_constant(source, axes, values):
        if may_be_blank:
            return Intensity(BLANK, (float(values[0]),), (float(values[0]),), rgb)
        raise ImageError(
            f"An image must have at least two different values, got {values[0]} everywhere "
            f"(shape {shape}); there is nothing to segment in it."
        )
    if policy == MINMAX_PER_TILE:
        return Intensity(policy, (), (), rgb)
    if policy == "auto":
        low, high = _auto_limits(values, rgb)
    elif policy == "contrast-limits":
        low, high = _check_limits(limits, "limits")
    else:
        low, high = _window_limits(window)
    return Intensity(policy, (low,), (high,), rgb)


def _trailing_axes(shape: tuple[int, ...], rgb: bool) -> Axes:
    """Name the axes of `(..., Y, X[, C])`; the names in front do not matter here."""
    plane = "YXC" if rgb else "YX"
    steps = len(shape) - len(plane)
    if not 0 <= steps <= len(_STEP_NAMES):
        raise ImageError(
            f"An image must have at least the axes {plane!r} and not many more, got rank "
            f"{len(shape)} (shape {shape})."
        )
    return Axes(_STEP_NAMES[:steps] + plane)


def _auto_limits(values: NDArray[Any], rgb: bool) -> tuple[float, float]:
    """Return the limits of the ``auto`` policy for `(N,)` sampled values."""
    if values.dtype.kind == "b":
        return 0.0, 1.0
    if rgb and values.dtype == np.uint8:
        return 0.0, 255.0
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
        if rgb and values.min() >= 0 and values.max() <= 1:
            return 0.0, 1.0
    # "nearest" takes values that occur: interpolating between two huge floats may overflow.
    found = np.percentile(values.astype(np.float64), _PERCENTILES, method="nearest")
    low, high = float(found[0]), float(found[1])
    if low == high:
        # A few bright pixels on an even ground are an image too.
        return float(values.min()), float(values.max())
    return low, high


def _check_limits(limits: tuple[float, float] | None, name: str) -> tuple[float, float]:
    """Return (low, high) as finite floats in order."""
    pair = () if limits is None else tuple(float(v) for v in limits)
    if len(pair) != 2 or not np.isfinite(pair).all() or pair[0] > pair[1]:
        raise ImageError(
            f"This intensity policy needs {name}=(low, high), two finite numbers in order, in "
            f"resolve_intensity, got {limits!r}."
        )
    return pair[0], pair[1]


def _window_limits(window: str | tuple[float, float] | None) -> tuple[float, float]:
    """Return (low, high) of a named or given window."""
    if not isinstance(window, str):
        return _check_limits(window, "window")
    if window not in CT_WINDOWS:
        raise ImageError(
            f"The window must be one of {', '.join(CT_WINDOWS)} or (low, high), got {window!r}."
        )
    return CT_WINDOWS[window]
