"""Other looks for a picture whose outlines stay: stains, sequences and textures it never had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.learn.noise import FloatImage

_TONE, _TEXTURE, _COLOUR = 0.15, 0.12, 0.25
"""Shares of pictures that get another tone curve, another texture, other colours."""

_KNOTS = (3, 8)
_SEEN_CONTRAST = 0.05


def restyle(rng: np.random.Generator, picture: FloatImage, *, grey: bool) -> FloatImage:
    """Change the look of a picture at random, and keep where everything lies.

    A tone curve that may turn back makes of one modality another, as contrasts differ between MR
    sequences; random filters (Xu et al. 2021, "Robust and generalizable visual representation
    learning via random convolutions") change textures; mixed colours are other stains.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    picture : ndarray
        `(3, Y, X)` float32, 0 to 1.
    grey : bool
        The three channels are the same, and stay so.

    Returns
    -------
    ndarray
        `(3, Y, X)` float32, 0 to 1; the picture itself where nothing was drawn.
    """
    if rng.random() < _TONE:
        picture = _if_seen(tone_curve(rng, picture), picture)
    if rng.random() < _TEXTURE:
        picture = _if_seen(random_filter(rng, picture, grey=grey), picture)
    if not grey and rng.random() < _COLOUR:
        picture = _if_seen(mix_colours(rng, picture), picture)
    return picture


def tone_curve(rng: np.random.Generator, picture: FloatImage) -> FloatImage:
    """Map brightness through a random curve between the straight line and a broken one.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    picture : ndarray
        `(3, Y, X)` float32, 0 to 1.
    """
    knots = np.linspace(0, 1, int(rng.integers(*_KNOTS)))
    drawn = rng.random(len(knots))
    if rng.random() < 0.6:
        drawn.sort()
    share = rng.uniform(0.4, 0.9)
    changed = np.interp(picture, knots, share * drawn + (1 - share) * knots)
    return np.asarray(changed, np.float32)


def random_filter(rng: np.random.Generator, picture: FloatImage, *, grey: bool) -> FloatImage:
    """Blend a picture with what a random filter of 3 or 5 pixels makes of it.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    picture : ndarray
        `(3, Y, X)` float32, 0 to 1.
    grey : bool
        Filter one channel for all three.
    """
    side = int(rng.choice([3, 5]))
    kernel = rng.standard_normal((side, side)).astype(np.float32) / side
    planes = picture[:1] if grey else picture
    filtered = np.stack([ndi.correlate(plane, kernel, mode="nearest") for plane in planes])
    low, high = np.percentile(filtered, (0.5, 99.5))
    stretched = np.clip((filtered - low) / max(high - low, 1e-6), 0, 1)
    share = rng.uniform(0.3, 0.9)
    return np.asarray(share * stretched + (1 - share) * picture, np.float32)


def mix_colours(rng: np.random.Generator, picture: FloatImage) -> FloatImage:
    """Mix the three channels, so that contrasts of colour stay and colours do not.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    picture : ndarray
        `(3, Y, X)` float32, 0 to 1.
    """
    matrix: NDArray[np.float64] = np.eye(3)[rng.permutation(3)] + rng.normal(0, 0.25, (3, 3))
    offset = (1 - matrix.sum(1)) * 0.5
    mixed = np.tensordot(matrix, picture, 1) + offset[:, None, None]
    return np.asarray(np.clip(mixed, 0, 1), np.float32)


def _if_seen(changed: FloatImage, picture: FloatImage) -> FloatImage:
    """Return the change, unless it flattened a picture that had contrast."""
    return changed if changed.std() >= min(_SEEN_CONTRAST, 0.5 * picture.std()) else picture
