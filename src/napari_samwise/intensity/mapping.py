"""The map from pixel values to 8 bits, as a value: the same for every tile and slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError

MINMAX_PER_TILE = "minmax-per-tile"
BLANK = "blank"
_VALUES_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True)
class Intensity:
    """How pixel values become the 8-bit RGB plane that the encoder sees.

    Make one with :func:`resolve_intensity`.

    Parameters
    ----------
    policy : str
        The policy that found the limits; ``"blank"`` of an image with one value everywhere.
    low, high : tuple of float
        Values that become 0 and 255: one for all channels, or one for each of the three. Empty
        for ``"minmax-per-tile"``, which finds them anew in every plane.
    rgb : bool
        Whether planes have a last axis of channels.
    """

    policy: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    rgb: bool

    @property
    def is_blank(self) -> bool:
        """Whether the image has one value everywhere, so that there is nothing to be seen."""
        return self.policy == BLANK

    @property
    def token(self) -> str:
        """A short text that differs whenever the map does; for keys and journals."""
        limits = ",".join(f"{a!r}:{b!r}" for a, b in zip(self.low, self.high, strict=True))
        return f"{self.policy}[{limits}]{'rgb' if self.rgb else 'grey'}"

    def apply(self, plane: NDArray[Any]) -> NDArray[np.uint8]:
        """Map one plane, or any part of one.

        Parameters
        ----------
        plane : ndarray
            `(Y, X)`, or `(Y, X, 3)` or `(Y, X, 4)` if ``rgb``; alpha is dropped. NaN becomes
            ``low``, values beyond the limits are clipped.

        Returns
        -------
        ndarray
            `(Y, X, 3)` uint8, C-contiguous.

        Raises
        ------
        ImageError
            If the plane has channels and ``rgb`` is False, or the reverse.
        """
        if plane.ndim != (3 if self.rgb else 2):
            wanted = "(Y, X, 3) or (Y, X, 4)" if self.rgb else "(Y, X)"
            raise ImageError(
                f"This intensity was resolved for planes of shape {wanted}, got {plane.shape}; "
                "resolve it for this image."
            )
        channels = [plane[..., c] for c in range(3)] if self.rgb else [plane]
        if self.policy == MINMAX_PER_TILE:
            mapped = [_minmax(channel) for channel in channels]
        else:
            spread = 3 if len(self.low) == 1 else 1
            limits = list(zip(self.low * spread, self.high * spread, strict=True))
            mapped = [_stretch(c, *limit) for c, limit in zip(channels, limits, strict=False)]
        return np.stack(mapped if self.rgb else mapped * 3, axis=-1)


def _stretch(channel: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map `(Y, X)` of any dtype; 8- and 16-bit integers through a table, which is exact too."""
    if channel.dtype.kind == "b":
        channel = channel.view(np.uint8)
    if channel.dtype.kind not in "iu" or channel.dtype.itemsize > 2:
        # By rows, because the float64 copy of a whole large plane may not fit into memory.
        step = max(1, _VALUES_AT_ONCE // channel.shape[1])
        parts = (channel[row : row + step] for row in range(0, channel.shape[0], step))
        return np.concatenate([_stretch_values(part, low, high) for part in parts])
    # Indexed by bit pattern, so the sign and the byte order need no care.
    unsigned = np.dtype(f"u{channel.dtype.itemsize}")
    every_value = np.arange(2 ** (8 * unsigned.itemsize), dtype=unsigned).view(channel.dtype)
    table = _stretch_values(every_value, low, high)
    return np.take(table, channel.view(unsigned))


def _stretch_values(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map values to 0..255; where the limits coincide, below, at, above become 0, 128, 255."""
    if low == high:
        steps = np.where(values > high, 255, 128)
        return np.where((values < low) | np.isnan(values), 0, steps).astype(np.uint8)
    scaled = values.astype(np.float64)
    np.clip(scaled, low, high, out=scaled)
    np.nan_to_num(scaled, copy=False, nan=low)
    # Halved, because the span of two large floats may overflow.
    scaled *= 0.5
    scaled -= low * 0.5
    scaled /= high * 0.5 - low * 0.5
    scaled *= 255.0
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _minmax(channel: NDArray[Any]) -> NDArray[np.uint8]:
    """Map as micro-sam does for its fine-tuned models, in float32 and with truncation."""
    with np.errstate(over="ignore"):
        values = channel.astype(np.float32)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, dtype=np.uint8)
    lowest, highest = values[finite].min(), values[finite].max()
    values = np.clip(np.where(np.isnan(values), lowest, values), lowest, highest) - lowest
    return np.asarray(values / (values.max() + np.float32(1e-7)) * 255, dtype=np.uint8)
