"""What to think of axes that a file does not name."""

from __future__ import annotations

from collections.abc import Sequence

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes, infer_axes

_MAX_CHANNELS = 4
"""An axis without a name that is longer than this holds slices or frames, not channels."""


def may_be_channels(extent: int) -> bool:
    """Tell whether an axis without a name may as well hold channels as slices."""
    return 1 < extent <= _MAX_CHANNELS


def guess_axes(shape: Sequence[int], name: str) -> Axes:
    """Guess axes where only one reading is likely.

    Parameters
    ----------
    shape : sequence of int
        Of the array.
    name : str
        Of the file, for the error.

    Raises
    ------
    ImageError
        If there is more than one reading; it asks for the axes.
    """
    try:
        guess = infer_axes(shape)
    except ImageError as error:
        raise _ask(shape, name) from error
    leading = (n for n, axis in zip(shape, guess.names, strict=True) if axis not in "YXC")
    if any(may_be_channels(n) for n in leading):
        raise _ask(shape, name)
    return guess


def _ask(shape: Sequence[int], name: str) -> ImageError:
    examples = {3: "ZYX or CYX", 4: "TZYX or ZCYX", 5: "TZCYX or TCZYX"}
    example = examples.get(len(shape), "two of them Y and X")
    return ImageError(
        f"'{name}' does not say what its axes are (rank {len(shape)}, shape {tuple(shape)}); name "
        f"them with --axes, in Python axes=, one letter each, for example {example}."
    )
