"""From an image and a text to labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.generate import Only, find_everything
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.plan import Plan
from napari_samwise.segment.planes import Position
from napari_samwise.segment.text.choose import CONFIDENCE, Chooser
from napari_samwise.segment.text.query import parse


def segment_text(
    image: Any,
    text: str,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    *,
    intensity: Intensity | str = "auto",
    options: EverythingOptions | None = None,
    confidence: float = CONFIDENCE,
    out: Any = None,
    workers: int = 1,
    link: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Any:
    """Segment the objects that a text names, plane by plane.

    Everything mode finds objects, and those that the text means are kept. What an object is called
    is told by the model from its embedding: ``nano`` knows the words of ``model.vocabulary``.
    Adjectives such as *bright*, *round* or *large* are measured (``TRAITS``); with adjectives alone
    any model will do.

    Parameters
    ----------
    image : array-like or list of array-like
        As of ``segment_everything``.
    text : str
        Such as ``"bright round nuclei"``, ``"red blood cells and platelets"`` or
        ``"cells, not elongated"``; see ``parse``.
    model : str or Path or SegmentationModel or Predictor
        A name or path for ``load_model``, a loaded model, or a predictor with its store.
    axes : str, optional
        One letter for each axis of the image, such as ``"YX"``, ``"ZYX"`` or ``"YXC"``; guessed
        from the shape by default.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the whole image.
    options : EverythingOptions, optional
        Where to look and what to keep before the text is asked; by default what suits the model.
    confidence : float
        0 to 1, how likely a noun must be for an object, as a share of the likeliest word.
    out, workers, link, progress, should_stop
        As of ``segment_everything``.

    Returns
    -------
    array-like
        int32 ndarray of the image's shape without the channel axis, or what ``out`` asks for; 0 is
        background, ids run from 1.

    Raises
    ------
    ImageError, ModelNameError, InputError
        If the image, its axes, the model or the options cannot be used, if the text has a word
        that is not known, or if it asks for colours in a grey image.
    Cancelled
        If ``should_stop`` returned True.
    """
    if not 0 <= confidence <= 1:
        raise InputError(f"confidence must lie between 0 and 1, got {confidence}.")
    plan = Plan.make(image, model, axes, intensity, options)
    return find_everything(
        plan,
        out=out,
        workers=workers,
        link=link,
        only=only_meant(plan, text, confidence),
        progress=progress,
        should_stop=should_stop,
    ).labels


def only_meant(plan: Plan, text: str, confidence: float = CONFIDENCE) -> Only:
    """Return what tells which objects of a plane a text means, for ``find_everything``.

    Parameters
    ----------
    plan : Plan
        What everything mode is about to do.
    text, confidence
        As of ``segment_text``.

    Raises
    ------
    InputError
        If the text has a word that is not known.
    """
    query = parse(text, plan.predictor.model.vocabulary)
    chooser = Chooser(query, plan.predictor, plan.intensity, confidence)

    def only(position: Position, masks: Sequence[BoxedMask]) -> NDArray[np.bool_]:
        return chooser.choose(PlaneSource(plan.levels, plan.axes, position), masks)

    return only
