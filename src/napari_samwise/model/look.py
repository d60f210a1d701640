"""One look at a frame of a plane: what is seen there, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from napari_samwise.prompts import Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What ``propose`` decodes.

    Parameters
    ----------
    features : mapping of str to Tensor
        What ``encode_frame`` returned.
    image_size : tuple of int
        `(Y, X)` of the frame in pixels of the plane.
    prompts : Prompts
        Two-dimensional, in pixels of the plane from the frame's corner. Points that exclude may
        lie outside; a mask lies as ``logits_grid`` says.
    around : tuple of float, optional
        (y, x) of the middle of what shall be looked at; by default that of the prompts. Only
        models that look at less than a frame heed it.
    """

    features: Mapping[str, Tensor]
    image_size: tuple[int, int]
    prompts: Prompts
    around: tuple[float, float] | None = None

    @property
    def prompts_inside(self) -> Prompts:
        """The prompts without the points that lie outside of the frame."""
        points = self.prompts.points
        inside = ((points >= -0.5) & (points <= np.array(self.image_size) - 0.5)).all(axis=1)
        return self.prompts.replace(points=points[inside], labels=self.prompts.labels[inside])
