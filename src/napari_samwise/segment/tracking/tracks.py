"""The value that tracking gives: labels in time, who descends from whom, and a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.segment.tracking.regions import read_regions
from napari_samwise.segment.tracking.sightings import Sightings

Graph = dict[int, list[int]]


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Objects in time; ``Tracks.from_labels`` makes one.

    Parameters
    ----------
    labels : array-like
        `(T, Y, X)` or `(T, Z, Y, X)` int32, an ndarray or an array on disk; an object has one id
        on all its frames, 0 is background.
    graph : mapping of int to list of int
        Id of a daughter -> the id of its mother, in a list, as in napari's Tracks layer.
    table : mapping of str to ndarray
        Columns with one row for each object on each frame, by id and then by frame: ``id`` and
        ``t``; the centroid in pixels as ``z`` (only in volumes), ``y`` and ``x``; ``area`` in
        pixels; ``predicted_iou``, NaN where no model drew the outline.
    """

    labels: Any
    graph: Mapping[int, list[int]]
    table: Mapping[str, NDArray[np.float64] | NDArray[np.int64]]

    @classmethod
    def from_labels(
        cls,
        labels: Any,
        graph: Mapping[int, list[int]] | None = None,
        predicted_iou: Mapping[tuple[int, int], float] | None = None,
    ) -> Tracks:
        """Measure labels whose ids are those of tracks.

        Parameters
        ----------
        labels : array-like
            `(T, Y, X)` or `(T, Z, Y, X)` int32; read block by block.
        graph : mapping of int to list of int, optional
            Daughter -> mother.
        predicted_iou : mapping of (int, int) to float, optional
            (id, frame) -> score.

        Raises
        ------
        InputError
            If the labels have another rank, or the graph names an object that is nowhere, or a
            daughter that is older than its mother's end.
        """
        if len(labels.shape) not in (3, 4):
            raise InputError(
                f"Tracks need labels (T, Y, X) or (T, Z, Y, X), got shape {labels.shape}."
            )
        scores = {} if predicted_iou is None else predicted_iou
        sightings = Sightings()
        for t in range(labels.shape[0]):
            for label, region in read_regions(labels, (t,)).items():
                sightings.add(label, t, region, scores.get((label, t), np.nan))
        return cls.from_sightings(labels, sightings, {} if graph is None else graph)

    @classmethod
    def from_sightings(
        cls, labels: Any, sightings: Sightings, graph: Mapping[int, list[int]]
    ) -> Tracks:
        """Make tracks of labels whose objects were noted as they were painted.

        Parameters
        ----------
        labels : array-like
            `(T, Y, X)` or `(T, Z, Y, X)` int32; not read.
        sightings : Sightings
            All that is in them.
        graph : mapping of int to list of int
            Daughter -> mother.

        Raises
        ------
        InputError
            If the graph contradicts them.
        """
        rows = [
            (label, t, *seen.centroid, seen.area, seen.predicted_iou)
            for label, t, seen in sightings
        ]
        names = ("id", "t", *"zyx"[4 - len(labels.shape) :], "area", "predicted_iou")
        values = np.array(rows, dtype=np.float64).reshape(-1, len(names))
        table: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {}
        for name, column in zip(names, values.T, strict=True):
            table[name] = column.astype(np.int64) if name in ("id", "t", "area") else column.copy()
        tracks = cls(labels, dict(graph), table)
        _check_graph(tracks)
        return tracks

    @property
    def axes(self) -> str:
        """Names of the labels' axes, ``"TYX"`` or ``"TZYX"``."""
        return "TYX" if len(self.labels.shape) == 3 else "TZYX"

    @property
    def spans(self) -> dict[int, tuple[int, int]]:
        """Id -> first and last frame."""
        ids, first = np.unique(self.table["id"], return_index=True)
        frames = self.table["t"]
        last = np.append(first, len(frames))[1:] - 1
        return {
            int(label): (int(frames[a]), int(frames[b]))
            for label, a, b in zip(ids, first, last, strict=True)
        }

    def to_napari(self) -> tuple[NDArray[np.float64], Graph]:
        """Return what ``viewer.add_tracks(data, graph=graph)`` takes.

        Returns
        -------
        data : ndarray
            `(N, 4)` float64, id, t, y, x; in volumes `(N, 5)`, id, t, z, y, x; in pixels.
        graph : dict of int to list of int
            Daughter -> its mother in a list.
        """
        columns = ["id", "t", *self.axes[1:].lower()]
        data = np.stack([self.table[name] for name in columns], axis=1).astype(np.float64)
        return data, {child: list(parents) for child, parents in self.graph.items()}


def _check_graph(tracks: Tracks) -> None:
    """Refuse a graph that the labels contradict."""
    spans = tracks.spans if tracks.graph else {}
    for child, parents in tracks.graph.items():
        for label in (child, *parents):
            if label not in spans:
                raise InputError(
                    f"The graph names the object {label}, which is on no frame; leave it out."
                )
        late = [parent for parent in parents if spans[parent][1] >= spans[child][0]]
        if late:
            raise InputError(
                f"A mother must end before its daughter begins, got object {late[0]} up to frame "
                f"{spans[late[0]][1]} and its daughter {child} from frame {spans[child][0]}."
            )
