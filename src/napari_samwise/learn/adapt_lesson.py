"""What a model answers about one object that is known, and how wrong that is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.learn.clicks import BoolImage
from napari_samwise.prompts import Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Answer(ABC):
    """What a model made of a prompt.

    Parameters
    ----------
    loss : Tensor
        With gradients.
    """

    loss: Tensor

    @abstractmethod
    def mask(self) -> BoolImage:
        """Draw the candidate with the highest predicted IoU, `(Y, X)`."""

    @abstractmethod
    def low_res_logits(self) -> NDArray[np.float32]:
        """Return its logits `(h, w)`, to be fed back."""


class Lesson(ABC):
    """One object on one plane.

    Attributes
    ----------
    truth : ndarray
        `(Y, X)` bool, the object.
    """

    truth: BoolImage

    @abstractmethod
    def ask(self, prompts: Prompts, *, first: bool) -> Answer:
        """Decode a prompt, and tell how wrong the masks and their predicted IoU are.

        Parameters
        ----------
        prompts : Prompts
            In pixels of the plane.
        first : bool
            Whether nothing was asked before: one prompt is ambiguous, several hardly are.
        """
