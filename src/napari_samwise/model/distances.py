"""Where each pixel lies within its object, as an instance decoder predicts it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Three maps of one plane, each `(Y, X)` float32 from 0 to 1.

    Parameters
    ----------
    foreground : Tensor
        Probability that the pixel belongs to an object.
    centre : Tensor
        Distance to the object's centre in parts of the farthest pixel's; 1 outside.
    boundary : Tensor
        1 at the object's boundary and outside, 0 at the pixel farthest from the boundary.
    """

    foreground: Tensor
    centre: Tensor
    boundary: Tensor
