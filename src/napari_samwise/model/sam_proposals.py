"""Masks of a SAM network in their boxes: only where a mask lies it is upscaled."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.geometry.resize import ResizeFrame
from napari_samwise.model.proposals import Proposals

_MARGIN_CELLS = 1.5
"""Two bilinear steps carry a positive logit this far, in cells of the low-resolution logits."""


@dataclass(frozen=True, slots=True, eq=False)
class SamProposals(Proposals):
    """Proposals over the network's square.

    Parameters
    ----------
    squares : Tensor
        `(M, s, s)` float32, logits over the whole square; ``low_res_logits`` are their part that
        the plane fills.
    frame : ResizeFrame
        The frame of the plane.
    """

    squares: Tensor
    frame: ResizeFrame

    def patch(self, index: int) -> LogitsPatch:
        """Return the logits of one mask over the plane."""
        cells = self.low_res_logits[index]
        cell = self.frame.model_size // self.squares.shape[-1] / min(self.frame.scale)
        return LogitsPatch(cells.cpu().numpy(), (0.0, 0.0), cell)

    def upscale(self, index: int) -> BoxedMask:
        """Return one mask in pixels of the plane."""
        return upscale_in_box(self.squares[index], self.frame)


def filled_part(squares: Tensor, frame: ResizeFrame) -> Tensor:
    """Return the part `(M, h, w)` of logits `(M, s, s)` that shows the plane, without padding."""
    factor = frame.model_size // squares.shape[-1]
    rows, columns = (-(-length // factor) for length in frame.input_size)
    return squares[:, :rows, :columns]


def upscale_in_box(low_res_logits: Tensor, frame: ResizeFrame) -> BoxedMask:
    """Scale one mask from the network's square to the plane, around its positive logits only.

    The same two bilinear steps as ``upscale_logits``, so the same mask.

    Parameters
    ----------
    low_res_logits : Tensor
        `(s, s)` float32, over the network's whole square.
    frame : ResizeFrame
        The frame of the plane.
    """
    factor = frame.model_size // low_res_logits.shape[-1]
    inside = low_res_logits > 0
    logits, offset = low_res_logits, []
    for axis in (0, 1):
        filled, extent = frame.input_size[axis], frame.image_size[axis]
        pixels = torch.arange(extent, dtype=torch.float32, device=logits.device)
        # Where the plane's pixels lie among those of the network's input, and among its cells.
        places = ((pixels + 0.5) * (filled / extent) - 0.5).clamp(0, filled - 1)
        cells = (places + 0.5) / factor - 0.5
        positive = torch.nonzero(inside.any(1 - axis))[:, 0].float()
        if not len(positive):
            return BoxedMask.from_mask(inside.new_zeros(0, 0).cpu().numpy())
        near = (cells > positive[0] - _MARGIN_CELLS) & (cells < positive[-1] + _MARGIN_CELLS)
        offset.append(int(near.int().argmax()))
        places = places[near]
        if not len(places):
            return BoxedMask.from_mask(inside.new_zeros(0, 0).cpu().numpy())
        logits = _resample(logits, axis, places, filled, factor)
    return BoxedMask.from_mask((logits > 0).cpu().numpy(), offset)


def _resample(logits: Tensor, axis: int, places: Tensor, filled: int, factor: int) -> Tensor:
    """Interpolate cells to input pixels, and those to ``places``, along one axis."""
    first, last = int(places[0]), min(int(places[-1]) + 1, filled - 1)
    fine = torch.arange(first, last + 1, dtype=torch.float32, device=logits.device)
    finer = _interpolate(logits, axis, ((fine + 0.5) / factor - 0.5).clamp(min=0))
    return _interpolate(finer, axis, places - first)


def _interpolate(values: Tensor, axis: int, places: Tensor) -> Tensor:
    """Sample linearly along one axis at fractional indices; the last value is repeated."""
    lower = places.floor()
    upper = (lower + 1).clamp(max=values.shape[axis] - 1)
    share = places - lower
    share = share[:, None] if axis == 0 else share[None, :]
    low, high = (values.index_select(axis, index.long()) for index in (lower, upper))
    return low + (high - low) * share
