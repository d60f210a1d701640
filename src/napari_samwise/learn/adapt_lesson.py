"""What ``nano`` answers about one object that is known, and how wrong that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.learn.clicks import BoolImage
from napari_samwise.learn.losses import SCORE_WEIGHT, mask_loss, true_iou
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import paste_logits, paste_mask
from napari_samwise.model.nano_words import draw_in_window
from napari_samwise.prompts import Prompts

_SHARPNESS = 15.0
"""Of the softmax over predicted IoU; as where the score head is fitted (``score_fit.py``)."""
_FIRST_WEIGHTS, _LATER_WEIGHTS = (0.4, 1.0), (1.0, 0.5)
"""Of the single mask and of the three; as in training (``step.py``)."""
_MOSTLY_SEEN, _LEAST_CELLS = 0.7, 8
"""In a window that shows less of an object, or shows it smaller, no mask of it is taught."""


@dataclass(frozen=True, slots=True, eq=False)
class LessonAnswer:
    """What the model made of a prompt.

    Parameters
    ----------
    loss : Tensor
        With gradients.
    mask : ndarray
        `(Y, X)` bool, of the candidate with the highest predicted IoU.
    low_res_logits : ndarray
        `(h, w)` float32 of that candidate, to be fed back.
    """

    loss: Tensor
    mask: BoolImage
    low_res_logits: NDArray[np.float32]


class Lesson:
    """One object on one plane.

    Parameters
    ----------
    student : Nano
        Its decoder learns.
    features : mapping of str to Tensor
        Of the plane, from its encoder.
    truth : ndarray
        `(Y, X)` bool, the object.
    choice : float
        Weight of the IoU that a softmax over all candidates' predicted IoU would win.
    """

    def __init__(
        self, student: Nano, features: Mapping[str, Tensor], truth: BoolImage, choice: float
    ) -> None:
        self.truth = truth
        self._student, self._features, self._choice = student, features, choice
        self._pyramid = Pyramid((truth.shape[0], truth.shape[1]))
        self._boxed = BoxedMask.from_mask(truth)

    def ask(self, prompts: Prompts, *, first: bool) -> LessonAnswer:
        """Decode a prompt in all its windows, as in use.

        Masks are taught where a window shows the object, the best of the three alone; predicted
        IoU of all masks in all windows, for those compete, and that the right one wins.

        Parameters
        ----------
        prompts : Prompts
            In pixels of the plane.
        first : bool
            Whether nothing was asked before: one prompt is ambiguous, several hardly are.
        """
        windows, logits, score = self._student.decode_windows(
            self._features, prompts, self._pyramid
        )
        target, whole = self._targets(windows, logits.device)
        exact = true_iou(logits, target, whole)  # (W, 4)
        visible = target.sum((1, 2))
        taught = (visible >= _LEAST_CELLS) & (visible > _MOSTLY_SEEN * whole)
        if not taught.any():
            taught = visible == visible.max()
        each = mask_loss(logits[taught], target[taught])
        single_weight, three_weight = _FIRST_WEIGHTS if first else _LATER_WEIGHTS
        three = each[:, 1:].min(1).values.mean() + 0.1 * each[:, 1:].mean()
        won = (torch.softmax(_SHARPNESS * score.flatten(), 0) * exact.flatten()).sum()
        loss = single_weight * each[:, 0].mean() + three_weight * three
        loss = loss + SCORE_WEIGHT * ((score - exact) ** 2).mean() - self._choice * won
        window, candidate = divmod(int(score.argmax()), score.shape[1])
        best, place = logits[window, candidate].detach().cpu(), windows[window]
        mask = paste_mask(best, place, self._pyramid).numpy()
        return LessonAnswer(loss, mask, paste_logits(best, place, self._pyramid).numpy())

    def _targets(self, windows: list[Window], device: torch.device) -> tuple[Tensor, Tensor]:
        """Return `(W, 96, 96)` the share of each cell that the object covers, and its area."""
        drawn = [draw_in_window(self._boxed, window, self._pyramid) for window in windows]
        scales = [self._pyramid.scale(window.level) for window in windows]
        whole = [self._boxed.area * y * x / 4 for y, x in scales]
        return torch.from_numpy(np.stack(drawn)).to(device), torch.tensor(whole, device=device)
