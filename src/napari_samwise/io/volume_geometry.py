"""Where a medical volume lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VolumeGeometry:
    """How pixel indices map to millimetres, as ITK defines it.

    The axes are those of ITK, x first: the reverse of the array's.

    Parameters
    ----------
    spacing : tuple of float
        Millimetres between pixel centres along x, y, z.
    origin : tuple of float
        Millimetres; where the centre of the first pixel lies (left, posterior, superior).
    direction : tuple of float
        Row by row, the matrix whose columns are the directions of x, y, z.
    """

    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: tuple[float, ...]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.spacing)
