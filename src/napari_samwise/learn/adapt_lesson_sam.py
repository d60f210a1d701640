"""What a network of the SAM family answers about one object that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from napari_samwise.geometry.resize import ResizeFrame
from napari_samwise.learn.adapt_lesson import Answer, Lesson
from napari_samwise.learn.clicks import BoolImage
from napari_samwise.learn.losses import mask_loss, prompt_loss, true_iou, won_iou
from napari_samwise.model.plane import upscale_logits
from napari_samwise.model.sam import Sam
from napari_samwise.model.sam_proposals import filled_part
from napari_samwise.prompts import Prompts


@dataclass(frozen=True, slots=True, eq=False)
class SamAnswer(Answer):
    """What the network made of a prompt.

    Parameters
    ----------
    square : Tensor
        `(s, s)` float32, logits of the candidate with the highest predicted IoU, over the
        network's whole square.
    frame : ResizeFrame
        The plane in it.
    """

    square: Tensor
    frame: ResizeFrame

    def mask(self) -> BoolImage:
        """See the base class."""
        inside: BoolImage = (upscale_logits(self.square[None], self.frame)[0] > 0).numpy()
        return inside

    def low_res_logits(self) -> NDArray[np.float32]:
        """See the base class."""
        logits: NDArray[np.float32] = self.square.numpy()
        return logits


class SamLesson(Lesson):
    """One object on one plane.

    Parameters
    ----------
    student : Sam
        Its mask decoder learns.
    features : mapping of str to Tensor
        Of the plane, from its encoder.
    truth : ndarray
        `(Y, X)` bool, the object.
    choice : float
        Weight of the IoU that a softmax over the candidates' predicted IoU would win.
    """

    def __init__(
        self, student: Sam, features: Mapping[str, Tensor], truth: BoolImage, choice: float
    ) -> None:
        self.truth = truth
        self._student, self._features, self._choice = student, features, choice
        self._size = (truth.shape[0], truth.shape[1])
        self._frame = ResizeFrame(self._size, student.config.model_size)

    def ask(self, prompts: Prompts, *, first: bool) -> SamAnswer:
        """Decode a prompt; see the base class.

        The single mask is taught, of the candidates the best; predicted IoU of all, and that the
        right one of those wins that compete: after a first prompt the candidates.
        """
        squares, score = self._student.draw_squares(self._features, self._size, prompts)
        logits = filled_part(squares, self._frame)[None]  # (1, 1 + M, h, w)
        target = self._target(squares.shape[-1]).to(logits.device)[None]
        exact = true_iou(logits, target, target.sum((1, 2)))
        loss = prompt_loss(mask_loss(logits, target), score[None], exact, first=first)
        if first:
            loss = loss - self._choice * won_iou(score[1:], exact[0, 1:])
        best = 1 + int(score[1:].argmax()) if first else 0
        return SamAnswer(loss, squares[best].detach().cpu(), self._frame)

    def _target(self, side: int) -> Tensor:
        """Return `(h, w)` the share of each cell of the logits that the object covers."""
        cover = torch.from_numpy(self.truth)[None, None].float()
        height, width = self._frame.input_size
        cover = F.interpolate(cover, (height, width), mode="bilinear", antialias=True)
        cell = self._frame.model_size // side
        cover = F.pad(cover, (0, -width % cell, 0, -height % cell))
        return F.avg_pool2d(cover, cell)[0, 0]
