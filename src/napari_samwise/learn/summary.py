"""Scores of many planes as one row a source, with confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_samwise.learn.bootstrap import Statistic, interval, redraw
from napari_samwise.learn.everything_score import average_precision, count_totals
from napari_samwise.learn.scores import (
    CLICKS,
    CLICKS_TO_TARGET,
    TARGETS,
    ObjectScore,
    PlaneScore,
    clicks_to,
)

MEAN = "mean over sources"
"""Name of the last row."""
EVERYTHING_COLUMNS = ("AP@0.5", "mean AP", "precision", "recall")
WATERSHED_COLUMNS = ("watershed AP@0.5", "watershed mean AP")

_SEED = 0

Measure = Callable[[ObjectScore], float]

_Score = TypeVar("_Score")
_Score_co = TypeVar("_Score_co", covariant=True)


class Scored(Protocol[_Score_co]):
    """A plane with scores of its objects."""

    @property
    def source(self) -> str:
        """Its folder."""

    @property
    def plane(self) -> str:
        """Its name."""

    @property
    def objects(self) -> Sequence[_Score_co]:
        """One score an object."""


_Plane = TypeVar("_Plane", bound=Scored[object])


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """Means over the objects of one source, or the mean of such rows over sources.

    Parameters
    ----------
    source : str
        The folder.
    objects : int
        How many objects were scored.
    values : tuple of float
        One mean for each column.
    low, high : tuple of float
        Ends of their 95 % confidence intervals; NaN for a source of a single image.
    """

    source: str
    objects: int
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows under common titles.

    Parameters
    ----------
    columns : tuple of str
        Titles of the numbers of a row.
    rows : tuple of SourceSummary
        One a source, by name, and last the mean over sources; none if nothing was scored.
    """

    columns: tuple[str, ...]
    rows: tuple[SourceSummary, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model takes on some planes, in the median; NaN for what was not done.

    Parameters
    ----------
    encode_ms, decode_ms : float
        Milliseconds a plane and a prompt.
    everything_ms : float
        Milliseconds of everything mode a plane, without encoding.
    """

    encode_ms: float
    decode_ms: float
    everything_ms: float


def prompt_measures(clicks: int) -> dict[str, Measure]:
    """Return title and value of what is told of an object that was clicked so often.

    With ``CLICKS_TO_TARGET`` clicks that is also how many were needed for each of ``TARGETS``,
    where an object that never got there counts with all of them, and the share of those.
    """
    measures: dict[str, Measure] = {
        "1 click": lambda score: score.clicks[0],
        "3 clicks": lambda score: score.clicks[2],
        "5 clicks": lambda score: score.clicks[4],
        "best of 3": lambda score: score.best_of_three,
        "box": lambda score: score.box,
        "flood": lambda score: score.flood,
        "Otsu": lambda score: score.otsu,
    }
    if clicks > CLICKS:
        measures[f"{clicks} clicks"] = lambda score: score.clicks[-1]
    if clicks < CLICKS_TO_TARGET:
        return measures
    for target in TARGETS:
        measures[f"clicks to {target:.2f}"] = _clicks_needed(target)
        measures[f"never {target:.2f}"] = _failed(target)
    return measures


def click_measures(clicks: int) -> dict[str, Measure]:
    """Return title and value of the IoU after each click."""
    return {f"click {count + 1}": _after(count) for count in range(clicks)}


def summarise(
    planes: Iterable[Scored[_Score]], measures: Mapping[str, Callable[[_Score], float]]
) -> Summary:
    """Average what is told of objects: over those of a source, then over sources.

    Parameters
    ----------
    planes : iterable of Scored
        Of one model, such as ``PlaneScore``.
    measures : mapping of str to callable
        Title, and value of an object's score, as from ``prompt_measures``.
    """

    def totals(group: Sequence[Scored[_Score]]) -> NDArray[np.float64]:
        rows = [
            (*(of(score) for of in measures.values()), 1.0)
            for plane in group
            for score in plane.objects
        ]
        table: NDArray[np.float64] = np.array(rows, float).reshape(-1, len(measures) + 1)
        return np.asarray(table.sum(0), np.float64)

    return Summary(tuple(measures), _rows([p for p in planes if p.objects], totals, _mean))


def summarise_everything(planes: Iterable[PlaneScore]) -> Summary:
    """Return average precision by source; objects are counted over all planes of a source.

    Parameters
    ----------
    planes : iterable of PlaneScore
        Of one model; those without everything mode are left out.
    """

    def totals(group: Sequence[PlaneScore]) -> NDArray[np.float64]:
        found = [plane.everything for plane in group if plane.everything is not None]
        ours = count_totals(score.model for score in found)
        return np.concatenate([ours, count_totals(score.watershed for score in found), ours[-2:-1]])

    def statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        ours, watershed = np.split(sums[..., :-1], 2, axis=-1)
        classical = average_precision(watershed)[..., :2]
        return np.concatenate([average_precision(ours), classical], axis=-1)

    chosen = [plane for plane in planes if plane.everything is not None]
    return Summary(EVERYTHING_COLUMNS + WATERSHED_COLUMNS, _rows(chosen, totals, statistic))


def cost(planes: Sequence[PlaneScore]) -> Cost:
    """Return the median times of one model on these planes."""
    everything = [plane.everything for plane in planes if plane.everything is not None]
    return Cost(
        encode_ms=_median([plane.encode_ms for plane in planes]),
        decode_ms=_median([score.decode_ms for plane in planes for score in plane.objects]),
        everything_ms=_median([score.milliseconds for score in everything]),
    )


def costs_by_source(planes: Iterable[PlaneScore]) -> dict[str, tuple[int, Cost]]:
    """Return for every source, by name, how many planes there are and what they took."""
    groups = _by_source(planes)
    return {source: (len(group), cost(group)) for source, group in groups.items()}


def _rows(
    planes: Sequence[_Plane],
    totals: Callable[[Sequence[_Plane]], NDArray[np.float64]],
    statistic: Statistic,
) -> tuple[SourceSummary, ...]:
    """Return one row a source and their mean; the last of the totals is the number of objects."""
    rows, draws = [], []
    for index, (source, group) in enumerate(_by_source(planes).items()):
        images = np.array([totals(image) for image in _images(group)])
        # The same draws for every model, so that their rows can be compared.
        drawn = redraw(images, statistic, np.random.default_rng([_SEED, index]))
        draws.append(drawn)
        total = images.sum(0)
        low, high = interval(drawn if len(images) > 1 else np.full_like(drawn, np.nan))
        values = tuple(statistic(total).tolist())
        rows.append(SourceSummary(source, int(total[-1]), values, low, high))
    if rows:
        values = tuple(np.mean([row.values for row in rows], axis=0).tolist())
        objects = sum(row.objects for row in rows)
        rows.append(SourceSummary(MEAN, objects, values, *interval(np.mean(draws, axis=0))))
    return tuple(rows)


def _by_source(planes: Iterable[_Plane]) -> dict[str, list[_Plane]]:
    groups: dict[str, list[_Plane]] = {}
    for plane in planes:
        groups.setdefault(plane.source, []).append(plane)
    return dict(sorted(groups.items()))


def _images(group: Sequence[_Plane]) -> list[list[_Plane]]:
    """Group planes by stack, since those resemble each other; not if it is the only stack."""
    by_image: dict[str, list[_Plane]] = {}
    for plane in group:
        by_image.setdefault(plane.plane.rpartition(":")[0] or plane.plane, []).append(plane)
    return list(by_image.values()) if len(by_image) > 1 else [[plane] for plane in group]


def _mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = sums[..., :-1] / sums[..., -1:]
    return mean


def _median(values: Sequence[float]) -> float:
    return median(values) if values else float("nan")


def _after(index: int) -> Measure:
    return lambda score: score.clicks[index]


def _clicks_needed(target: float) -> Measure:
    return lambda score: float(clicks_to(score.clicks, target) or len(score.clicks))


def _failed(target: float) -> Measure:
    return lambda score: float(clicks_to(score.clicks, target) is None)
