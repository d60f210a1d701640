"""Filling the slices between those that are known, by shape alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.layer_files import snapshot
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.stacks.bench import Bench, Post
from napari_samwise.plugin.stacks.filled import Filled
from napari_samwise.plugin.stacks.label_edit import LabelEdit
from napari_samwise.plugin.stacks.way import Way
from napari_samwise.plugin.worker import Ticket

_OTHER_LABELS = "The objects are kept in other labels since it began; interpolate again."


def interpolate(masks: Mapping[int, BoxedMask]) -> dict[int, BoxedMask]:
    """Return masks for the slices between those given, by shape alone.

    Raises
    ------
    InputError
        If fewer than two slices are given, or there is none between them.
    """
    from napari_samwise.segment.volume.fuse import blend

    found = {}
    for first, last in itertools.pairwise(sorted(masks)):
        for index in range(first + 1, last):
            share = (index - first) / (last - first)
            found[index] = blend(masks[first], masks[last], share)
    if not found:
        where = {0: "on no slice", 1: "on one slice only"}.get(len(masks), "on neighbouring slices")
        raise InputError(
            f"There is nothing to fill: the object is {where}; give it on two slices that are "
            "apart."
        )
    return found


def interpolate_object(filled: Filled) -> Filled:
    """Return the object in work with the slices between those given drawn by shape alone."""
    between = interpolate(filled.given)
    return replace(filled, masks={**filled.given, **between}, confidence={})


def fill_gaps(bench: Bench, board: Board, session: Session, way: Way, label: int) -> None:
    """Fill between the slices on which an object of the labels is; one step of undo."""
    labels = session.labels

    def done(between: Mapping[int, BoxedMask]) -> None:
        if labels is not session.labels:
            board.say(_OTHER_LABELS, error=True)
            return
        edit = LabelEdit(session)
        try:
            for index, mask in between.items():
                edit.add(way.at(index), label, mask)
        except (InputError, OSError) as error:
            board.say(str(error), error=True)
        else:
            board.say(f"Object {label} was filled on {len(between)} slices.")
        edit.finish("interpolate", [])

    work = partial(_interpolate_label, snapshot(labels), way, label)
    bench.run("Interpolation", work, done=done)


def _interpolate_label(
    labels: Any, way: Way, label: int, ticket: Ticket, post: Post
) -> dict[int, BoxedMask]:
    """Find an object of the labels, and return its masks between."""
    found = {}
    count = way.count(labels.shape)
    for index in range(count):
        if ticket.should_stop():
            break
        mask = BoxedMask.from_mask(np.asarray(labels[way.at(index).index]) == label)
        if not mask.roi.is_empty:
            found[index] = mask
        ticket.report(index + 1, count)
    return interpolate(found)
