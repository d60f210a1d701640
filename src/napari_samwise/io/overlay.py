"""A picture of labels and prompts on their image, for looking at a result without a viewer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from napari_samwise.prompts import INCLUDE, Prompts

# Okabe and Ito 2008: told apart by colour-blind readers too.
_OBJECT_COLOURS = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (240, 228, 66),
    (204, 121, 167),
    (0, 114, 178),
    (213, 94, 0),
)
_INCLUDE_COLOUR, _EXCLUDE_COLOUR, _RIM_COLOUR = (0, 220, 90), (235, 45, 45), (255, 255, 255)
_FILL_WEIGHT = 0.3
_OUTLINE_PX, _POINT_RADIUS_PX = 2, 5


def draw_overlay(
    plane: NDArray[np.uint8],
    labels: NDArray[np.integer],
    prompts: Mapping[int, Prompts],
    *,
    zoom: int = 2,
) -> NDArray[np.uint8]:
    """Draw outlines of labels, points and boxes on a plane.

    Parameters
    ----------
    plane : ndarray
        `(Y, X, 3)` uint8, what the encoder saw.
    labels : ndarray
        `(Y, X)` integer, 0 is background.
    prompts : mapping of int to Prompts
        Two-dimensional, by label id; green points include, red ones exclude.
    zoom : int
        How many pixels of the picture one pixel of the image becomes.

    Returns
    -------
    ndarray
        `(Y * zoom, X * zoom, 3)` uint8.
    """
    large = plane.repeat(zoom, axis=0).repeat(zoom, axis=1).astype(np.float32)
    ids = np.asarray(labels).repeat(zoom, axis=0).repeat(zoom, axis=1)
    for label in np.unique(ids[ids > 0]):
        inside = ids == label
        colour = np.asarray(_colour(int(label)), dtype=np.float32)
        large[inside] += _FILL_WEIGHT * (colour - large[inside])
        large[_outline(inside)] = colour
    picture = Image.fromarray(large.astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for label, prompt in prompts.items():
        _draw_prompts(pen, prompt, _colour(label), zoom)
    return np.asarray(picture)


def _colour(label: int) -> tuple[int, int, int]:
    return _OBJECT_COLOURS[(label - 1) % len(_OBJECT_COLOURS)]


def _outline(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import binary_erosion

    return np.asarray(inside & ~binary_erosion(inside, iterations=_OUTLINE_PX, border_value=1))


def _draw_prompts(
    pen: ImageDraw.ImageDraw, prompt: Prompts, colour: tuple[int, int, int], zoom: int
) -> None:
    # A pixel's centre is a whole number in the data and lies half a pixel in on the picture.
    if prompt.box is not None:
        (y0, x0), (y1, x1) = (prompt.box + 0.5) * zoom
        pen.rectangle((x0, y0, x1, y1), outline=colour, width=_OUTLINE_PX)
    for (y, x), kind in zip((prompt.points + 0.5) * zoom, prompt.labels, strict=True):
        pen.ellipse(
            (
                x - _POINT_RADIUS_PX,
                y - _POINT_RADIUS_PX,
                x + _POINT_RADIUS_PX,
                y + _POINT_RADIUS_PX,
            ),
            fill=_INCLUDE_COLOUR if kind == INCLUDE else _EXCLUDE_COLOUR,
            outline=_RIM_COLOUR,
            width=1,
        )
