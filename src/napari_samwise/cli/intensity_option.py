"""The option ``--intensity``: how pixel values become what the encoder sees."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import CT_WINDOWS, Intensity, resolve_intensity

_NAMED = ("auto", "minmax-per-tile", *CT_WINDOWS)

INTENSITY_HELP = (
    "How values become brightness: auto (percentiles of the whole image), LOW,HIGH (your "
    "contrast limits), minmax-per-tile (as micro-sam's models were trained), or a CT window: "
    + ", ".join(CT_WINDOWS)
    + "."
)


def choose_intensity(text: str, image: Any, axes: Axes, *, may_be_blank: bool = False) -> Intensity:
    """Read ``--intensity`` and find the limits for an image.

    Parameters
    ----------
    text : str
        A policy, the name of a CT window, or ``"LOW,HIGH"``.
    image : array-like
        The whole image.
    axes : Axes
        Its axes.
    may_be_blank : bool
        Whether one value everywhere is an image too.

    Raises
    ------
    InputError
        The text is none of these.
    ImageError
        The image has no usable values.
    """
    resolve = partial(
        resolve_intensity,
        image,
        rgb=axes.channel is not None,
        axes=axes,
        may_be_blank=may_be_blank,
    )
    if text in CT_WINDOWS:
        return resolve("window", window=text)
    if text in _NAMED:
        return resolve(text)
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--intensity is one of {', '.join(_NAMED)}, or two numbers LOW,HIGH; got '{text}'."
        ) from None
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise InputError(
            f"--intensity LOW,HIGH takes two finite numbers, the smaller first; got '{text}'."
        )
    return resolve("contrast-limits", limits=(low, high))
