"""From which sizes on labels are kept, and shown, otherwise than as one array in memory."""

from __future__ import annotations

import math

_MAX_PLANE_PX = 2**26
_MAX_VALUES = 2**31
_MAX_PREVIEW_PLANE_PX = 2**22
_MAX_PREVIEW_VALUES = 2**31


def fits_memory(shape: tuple[int, ...]) -> bool:
    """Tell whether labels of that shape are kept as one array.

    A viewer draws a plane of one array again as a whole whenever something in it changes.
    """
    return _plane_px(shape) <= _MAX_PLANE_PX and math.prod(shape) <= _MAX_VALUES


def fits_preview(shape: tuple[int, ...]) -> bool:
    """Tell whether a mask that follows the cursor is shown in one array of that shape."""
    plane_px = _plane_px(shape)
    return plane_px <= _MAX_PREVIEW_PLANE_PX and math.prod(shape) <= _MAX_PREVIEW_VALUES


def _plane_px(shape: tuple[int, ...]) -> int:
    return math.prod(sorted(shape)[-2:])
