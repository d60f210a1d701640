"""From one slice to the next: the prompts that carry an object, and the mask that goes on.

A click into the core of the last mask asks the model afresh what lies there; of its candidates
the one that fits both the model and the neighbour goes on. A mask prompt is the second opinion,
for slices where a click alone loses the object: a model follows an earlier mask even where the
object has ended, and is as sure of it as before, so it must not be the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.found import Found, core_point, iou
from napari_samwise.segment.volume.opened_slice import Candidate, Question, Slice

_SURE = 0.15
"""Predicted IoU times overlap from which nobody asks for a second opinion."""


def carry(here: Slice, last: Found) -> Found | None:
    """Find on a slice the object of which the neighbouring slice's mask is known.

    Parameters
    ----------
    here : Slice
        The slice to find it on.
    last : Found
        The object on the slice before; not empty.

    Returns
    -------
    Found or None
        The best candidate, None if all are empty.
    """
    best = None
    for candidates in _opinions(here, last):
        for mask, score in candidates:
            found = Found(mask, min(score, 1.0), iou(mask, last.mask), "carried")
            if mask.area and (best is None or _worth(found) > _worth(best)):
                best = found
        if best is not None and _worth(best) >= _SURE:
            break
    return best


def _opinions(here: Slice, last: Found) -> Iterator[list[Candidate]]:
    """Decode the prompts one after the other, as long as somebody asks."""
    click = Prompts([core_point(last.mask)])
    yield here.decode(Question(click, beside=last.mask))
    yield here.decode(Question(click, earlier=last.mask, beside=last.mask))


def _worth(found: Found) -> float:
    return found.predicted_iou * found.agreement
