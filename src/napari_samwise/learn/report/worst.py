"""The objects that a model finds worst, and pictures of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage as ndi

from napari_samwise.learn.clicks import BoolImage, tight_box
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.scores import ObjectScore

WORST = 10

_TRUTH_COLOUR, _ANSWER_COLOUR, _CLICK_COLOUR = (0, 210, 90), (235, 45, 45), (255, 230, 0)
_OUTLINE_PX, _CLICK_RADIUS_PX = 2, 5
_MARGIN_PX = 24
"""Around the object, and never less than its own longest side."""
_PICTURE_PX = 480

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One object, cut out, and what a model made of the first click.

    Parameters
    ----------
    score : ObjectScore
        How it went.
    image : ndarray
        `(h, w, 3)` uint8, the object with its surroundings.
    truth, answer : ndarray
        `(h, w)` bool.
    click : tuple of int
        (row, column) in the cut-out.
    """

    score: ObjectScore
    image: NDArray[np.uint8]
    truth: BoolImage
    answer: BoolImage
    click: tuple[int, int]


class WorstObjects:
    """Remembers the objects of the lowest IoU after the first click.

    Parameters
    ----------
    most : int
        So many are kept.
    """

    def __init__(self, most: int = WORST) -> None:
        self._most = most
        self._cases: list[Case] = []

    @property
    def cases(self) -> tuple[Case, ...]:
        """The worst first."""
        return tuple(self._cases)

    def watch(
        self, plane: LabelledPlane, score: ObjectScore, answer: BoolImage, click: tuple[int, int]
    ) -> None:
        """Look at one answer, as ``evaluate_planes`` shows it.

        Parameters
        ----------
        plane : LabelledPlane
            Where the object is.
        score : ObjectScore
            How it went.
        answer : ndarray
            `(Y, X)` bool, the mask of the first click.
        click : tuple of int
            (row, column).
        """
        if len(self._cases) == self._most and score.clicks[0] >= self._cases[-1].score.clicks[0]:
            return
        self._cases.append(_cut_out(plane, score, answer, click))
        self._cases.sort(key=lambda case: case.score.clicks[0])
        del self._cases[self._most :]


def draw_case(case: Case) -> NDArray[np.uint8]:
    """Draw the outlines of truth (green) and answer (red), and the click (yellow).

    Parameters
    ----------
    case : Case
        What to draw.

    Returns
    -------
    ndarray
        `(h * zoom, w * zoom, 3)` uint8, enlarged by a whole number.
    """
    zoom = max(1, _PICTURE_PX // max(case.truth.shape))
    picture = _enlarge(case.image, zoom)
    truth, answer = _enlarge(case.truth, zoom), _enlarge(case.answer, zoom)
    # Inside and outside of the border, so that both are seen where they agree.
    picture[answer & ~ndi.binary_erosion(answer, iterations=_OUTLINE_PX)] = _ANSWER_COLOUR
    picture[ndi.binary_dilation(truth, iterations=_OUTLINE_PX) & ~truth] = _TRUTH_COLOUR
    drawn = Image.fromarray(picture)
    # A pixel's centre lies half a pixel in.
    y, x = ((place + 0.5) * zoom for place in case.click)
    ImageDraw.Draw(drawn).ellipse(
        (x - _CLICK_RADIUS_PX, y - _CLICK_RADIUS_PX, x + _CLICK_RADIUS_PX, y + _CLICK_RADIUS_PX),
        fill=_CLICK_COLOUR,
        outline=(0, 0, 0),
    )
    return np.asarray(drawn)


def _cut_out(
    plane: LabelledPlane, score: ObjectScore, answer: BoolImage, click: tuple[int, int]
) -> Case:
    truth = plane.labels == score.object_id
    y0, x0, y1, x1 = tight_box(truth)
    margin = max(_MARGIN_PX, y1 - y0, x1 - x0)
    top, left = max(0, y0 - margin), max(0, x0 - margin)
    window = (slice(top, y1 + margin + 1), slice(left, x1 + margin + 1))
    return Case(
        score=score,
        # Copies, because views would keep the whole planes alive.
        image=plane.image[window].copy(),
        truth=truth[window].copy(),
        answer=answer[window].copy(),
        click=(click[0] - top, click[1] - left),
    )


def _enlarge(pixels: NDArray[_Scalar], zoom: int) -> NDArray[_Scalar]:
    return pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)
