"""What ``nano`` answers about one object that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.learn.adapt_lesson import Answer, Lesson
from napari_samwise.learn.clicks import BoolImage
from napari_samwise.learn.losses import mask_loss, prompt_loss, true_iou, won_iou
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import paste_logits, paste_mask
from napari_samwise.model.nano_words import draw_in_window
from napari_samwise.prompts import Prompts

_MOSTLY_SEEN, _LEAST_CELLS = 0.7, 8
"""In a window that shows less of an object, or shows it smaller, no mask of it is taught."""


@dataclass(frozen=True, slots=True, eq=False)
class NanoAnswer(Answer):
    """What ``nano`` made of a prompt.

    Parameters
    ----------
    logits : Tensor
        `(96, 96)` float32 of the candidate with the highest predicted IoU.
    window : Window
        Where these lie.
    pyramid : Pyramid
        Of the plane.
    """

    logits: Tensor
    window: Window
    pyramid: Pyramid

    def mask(self) -> BoolImage:
        """See the base class."""
        return paste_mask(self.logits, self.window, self.pyramid).numpy()

    def low_res_logits(self) -> NDArray[np.float32]:
        """See the base class."""
        return paste_logits(self.logits, self.window, self.pyramid).numpy()


class NanoLesson(Lesson):
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

    def ask(self, prompts: Prompts, *, first: bool) -> NanoAnswer:
        """Decode a prompt in all its windows, as in use; see the base class.

        Masks are taught where a window shows the object, the best of the three alone; predicted
        IoU of all masks in all windows, for those compete, and that the right one wins.
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
        loss = prompt_loss(each, score, exact, first=first)
        loss = loss - self._choice * won_iou(score.flatten(), exact.flatten())
        window, candidate = divmod(int(score.argmax()), score.shape[1])
        best = logits[window, candidate].detach().cpu()
        return NanoAnswer(loss, best, windows[window], self._pyramid)

    def _targets(self, windows: list[Window], device: torch.device) -> tuple[Tensor, Tensor]:
        """Return `(W, 96, 96)` the share of each cell that the object covers, and its area."""
        drawn = [draw_in_window(self._boxed, window, self._pyramid) for window in windows]
        scales = [self._pyramid.scale(window.level) for window in windows]
        whole = [self._boxed.area * y * x / 4 for y, x in scales]
        return torch.from_numpy(np.stack(drawn)).to(device), torch.tensor(whole, device=device)
