"""How much the answers change when an image is turned, flipped, inverted or rescaled.

Clicks and boxes are chosen once, in the image as it is, and moved with it; the masks are brought
back before they are compared with the truth. So whatever differs is the model's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from napari_samwise.learn.clicks import BoolImage, deepest_point, tight_box
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import AS_IT_IS, iou, objects_to_score, spread_evenly
from napari_samwise.learn.scores import InvariancePlane, InvarianceScore
from napari_samwise.learn.summary import Summary, summarise
from napari_samwise.learn.transforms import AS_IS, TRANSFORMS, Transform
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

SMALLEST_SIDE_PX = 32
"""Planes of a smaller side cannot be halved: 16 pixels are the least that is encoded."""

_ALL = (AS_IS, *TRANSFORMS)


def score_invariance(
    predictor: Predictor,
    planes: Iterable[LabelledPlane],
    most_objects: int,
    *,
    progress: Callable[[str], None] | None = None,
) -> Iterator[InvariancePlane]:
    """Prompt the same objects in every plane as it is and in its changed ones.

    Parameters
    ----------
    predictor : Predictor
        The model under test; what it keeps in its store is its caller's to clear.
    planes : iterable of LabelledPlane
        What to test on; those with a side of fewer than 32 pixels are left out.
    most_objects : int
        So many objects a plane, evenly over their ids.
    progress : callable, optional
        Called with each plane's name.
    """
    for plane in planes:
        if progress is not None:
            progress(plane.name)
        ids = spread_evenly(objects_to_score(plane), most_objects)
        if not ids or min(plane.labels.shape) < SMALLEST_SIDE_PX:
            continue
        truths = [plane.labels == identity for identity in ids]
        # By transform, then by object, so that an image is encoded once.
        found = [_score_transform(predictor, plane, transform, truths) for transform in _ALL]
        objects = tuple(
            InvarianceScore(identity, *(tuple(ious) for ious in zip(*of_object, strict=True)))
            for identity, of_object in zip(ids, zip(*found, strict=True), strict=True)
        )
        yield InvariancePlane(plane.source, plane.name, objects)


def summarise_invariance(planes: Iterable[InvariancePlane]) -> dict[str, Summary]:
    """Return the mean IoU in the images as they are, and by how much each change changes it.

    Parameters
    ----------
    planes : iterable of InvariancePlane
        Of one model.

    Returns
    -------
    dict of str to Summary
        For the click and for the box; rows by source and the mean over sources, the intervals are
        those of the differences within objects.
    """
    scored = list(planes)
    return {title: summarise(scored, _measures(of)) for title, of in _PROMPTS.items()}


def _score_transform(
    predictor: Predictor, plane: LabelledPlane, transform: Transform, truths: list[BoolImage]
) -> list[tuple[float, float]]:
    """Return the IoU of click and box for every object."""
    size = (plane.labels.shape[0], plane.labels.shape[1])
    embedding = predictor.encode(transform.image(plane.image), intensity=AS_IT_IS)
    scores = []
    for truth in truths:
        asked = (
            Prompts(points=[transform.point(deepest_point(truth), size)]),
            Prompts(box=transform.box(tight_box(truth), size)),
        )
        click, box = (
            iou(transform.restore(predictor.decode(embedding, one, keep=1).masks[0], size), truth)
            for one in asked
        )
        scores.append((click, box))
    return scores


_Ious = Callable[[InvarianceScore], tuple[float, ...]]

_PROMPTS: dict[str, _Ious] = {"1 click": lambda score: score.click, "box": lambda score: score.box}


def _measures(of: _Ious) -> dict[str, Callable[[InvarianceScore], float]]:
    measures = {AS_IS.name: _first(of)}
    for index, transform in enumerate(TRANSFORMS, 1):
        measures[transform.name] = _change(of, index)
    return measures


def _first(of: _Ious) -> Callable[[InvarianceScore], float]:
    return lambda score: of(score)[0]


def _change(of: _Ious, index: int) -> Callable[[InvarianceScore], float]:
    return lambda score: of(score)[index] - of(score)[0]
