"""What painters paint on, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw


@dataclass(slots=True, eq=False)
class Canvas:
    """A picture in the making.

    Parameters
    ----------
    image : Tensor
        `(3, Y, X)` float32, nominally 0 to 1; a grey picture has three equal channels.
    labels : Tensor
        `(Y, X)` int32, 0 is background.
    classes : dict of int to str
        A word for every label.
    """

    image: Tensor
    labels: Tensor
    classes: dict[int, str]

    def add_layer(self, layer: Tensor, word: str | Sequence[str], *, over: bool = True) -> Tensor:
        """Label the objects of a layer.

        Parameters
        ----------
        layer : Tensor
            `(Y, X)` int, objects 1 to n (some may have no pixel), 0 elsewhere.
        word : str or sequence of str
            Of all objects, or of each: n words.
        over : bool
            Whether they hide the labels of earlier layers; otherwise they only fill background.

        Returns
        -------
        Tensor
            `(n,)` int64, the new labels.
        """
        count = int(layer.max()) if isinstance(word, str) else len(word)
        words = [word] * count if isinstance(word, str) else word
        first = len(self.classes) + 1
        painted = layer > 0 if over else (layer > 0) & (self.labels == 0)
        shifted = (layer + (first - 1)).to(torch.int32)
        self.labels = torch.where(painted, shifted, self.labels)
        self.classes.update(enumerate(words, first))
        return torch.arange(first, first + count, device=layer.device)


#: Paints a clean picture with its labels: ``(draw, size) -> canvas`` of `(size, size)`.
Painter: TypeAlias = Callable[[Draw, int], Canvas]


def blank(size: int, device: torch.device) -> Canvas:
    """Return an empty, black canvas of `(size, size)`."""
    image = torch.zeros((3, size, size), device=device)
    return Canvas(image, torch.zeros((size, size), dtype=torch.int32, device=device), {})


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A synthetic picture and its truth.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.
    labels : ndarray
        `(Y, X)` int32, one connected region a label, 0 is background.
    classes : mapping of int to str
        A word for every label.
    kind : str
        Key of ``SCENE_KINDS``.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    classes: Mapping[int, str]
    kind: str
