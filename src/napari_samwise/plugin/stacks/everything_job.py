"""Everything on a plane or in a stack, in a job's thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.encoder_hooks import watched
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.stacks.bench import Post
from napari_samwise.plugin.stacks.named import Named, make_chooser
from napari_samwise.plugin.stacks.scene import Scene, Seen
from napari_samwise.plugin.stacks.way import Way
from napari_samwise.plugin.worker import Ticket

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel
    from napari_samwise.segment.everything.candidates import Candidates
    from napari_samwise.segment.everything.options import EverythingOptions, Mode

_LOOSER = 0.5
"""Masks are kept from this share of a model's own thresholds on, for sliders to choose among."""
_BLOCK_PX = 1024


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the sliders say; see ``EverythingOptions``."""

    predicted_iou: float
    stability: float
    min_area: int

    @classmethod
    def of(cls, options: EverythingOptions) -> Thresholds:
        """Return those of some options."""
        return cls(options.predicted_iou, options.stability, options.min_area)

    def within(self, options: EverythingOptions) -> EverythingOptions:
        """Return options with these thresholds."""
        return replace(
            options,
            predicted_iou=self.predicted_iou,
            stability=self.stability,
            min_area=self.min_area,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """Which of the masks that were found shall be objects.

    Parameters
    ----------
    thresholds : Thresholds
        What the sliders say.
    text : str
        What the objects shall be; empty for anything.
    """

    thresholds: Thresholds
    text: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How objects were looked for.

    Parameters
    ----------
    mode : str
        Where the model clicks, one that is not ``"auto"``.
    precision : str
        In which it computed, such as ``"float32"``.
    """

    mode: Mode
    precision: str

    @classmethod
    def of(cls, model: SegmentationModel, options: EverythingOptions) -> Method:
        """Return what a model does when it is asked with these options."""
        from napari_samwise.segment.everything.mode import uses_distances, uses_seeds

        mode: Mode = "seeds" if uses_seeds(model, options.search) else "grid"
        if uses_distances(model, options.search):
            mode = "distances"
        return cls(mode, str(model.precision).removeprefix("torch."))


@dataclass(frozen=True, slots=True, eq=False)
class Harvest:
    """The masks that were decoded on a plane.

    Parameters
    ----------
    candidates : Candidates
        All that may pass.
    options : EverythingOptions
        What suits the model.
    method : Method
        How they were looked for.
    """

    candidates: Candidates
    options: EverythingOptions
    method: Method

    @property
    def usual(self) -> Thresholds:
        """The thresholds that suit the model."""
        return Thresholds.of(self.options)

    @property
    def lowest(self) -> Thresholds:
        """Worse masks were not kept."""
        least = self.candidates.options
        return Thresholds(least.predicted_iou, least.stability, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Objects on a part of a plane: numbers from 0, pixels, and predicted IoU of each number."""

    plane: Plane
    masks: tuple[tuple[int, BoxedMask], ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """What was found in a stack.

    Parameters
    ----------
    scores : tuple of float
        The mean predicted IoU of each object.
    thresholds : Thresholds
        What its masks passed.
    method : Method
        How they were looked for.
    """

    scores: tuple[float, ...]
    thresholds: Thresholds
    method: Method


def harvest(scene: Scene, ticket: Ticket, post: Post) -> Harvest:
    """Decode everything on the displayed plane; nothing is posted.

    Raises
    ------
    Cancelled
        If the ticket was stopped.
    InputError
        If the model or the image cannot be used.
    """
    from napari_samwise.segment.everything.defaults import default_options

    seen = scene.open(ticket)
    model = seen.predictor.model
    options = default_options(model)
    candidates = _search(scene, seen, scene.frame.plane, _loosen(options), ticket)
    return Harvest(candidates, options, Method.of(model, options))


def choose(
    found: Harvest, wish: Wish, scene: Scene, ticket: Ticket, post: Post
) -> tuple[float, ...]:
    """Post the objects that are wished for, block by block; return the predicted IoU of each.

    Raises
    ------
    Cancelled
        If the ticket was stopped before the first.
    InputError
        If worse masks are asked for than were kept, or the text cannot be read.
    """
    plane = scene.frame.plane
    chooser = make_chooser(wish.text, scene.open(ticket)) if wish.text else None
    named = None if chooser is None else Named(chooser, scene, plane)
    scores, blocks = _paint(found.candidates, wish.thresholds.within(found.options), named)
    post(Piece(plane, (), scores))
    for region, labels in blocks:
        if ticket.should_stop():
            break
        post(Piece(plane, tuple(_objects_of(labels, region)), scores))
    return scores


def harvest_stack(
    scene: Scene,
    way: Way,
    thresholds: Thresholds | None,
    text: str,
    ticket: Ticket,
    post: Post,
) -> Linked:
    """Find everything on all slices, link it, and post the objects slice by slice.

    Parameters
    ----------
    thresholds : Thresholds, optional
        By default those that suit the model.
    text : str
        What the objects shall be; empty for anything.

    Raises
    ------
    Cancelled
        If the ticket was stopped; nothing has been posted then.
    InputError
        If the model, the image or the text cannot be used.
    """
    from napari_samwise.segment.everything.defaults import default_options
    from napari_samwise.segment.volume.link import link_slices

    seen = scene.open(ticket)
    model = seen.predictor.model
    chooser = make_chooser(text, seen) if text else None
    usual = default_options(model)
    options = usual if thresholds is None else thresholds.within(usual)
    shape = scene.frame.source.shape
    count = way.count(shape)
    labels = np.zeros((count, *way.size(shape)), dtype=np.int32)
    first_pixels: list[tuple[int, int, float]] = []
    highest = 0
    for index in range(count):
        part = _PartTicket(ticket, index, count)
        plane = way.at(index)
        named = None if chooser is None else Named(chooser, scene, plane)
        scores, blocks = _paint(_search(scene, seen, plane, options, part), options, named)
        for region, block in blocks:
            labels[index][region.slices] = np.where(block > 0, block + highest, 0)
        ids, places = np.unique(labels[index], return_index=True)
        pairs = zip(ids.tolist(), places.tolist(), strict=True)
        first_pixels += [(index, at, scores[one - highest - 1]) for one, at in pairs if one]
        highest += len(scores)
    found = len(link_slices(labels, "ZYX"))
    of_object: dict[int, list[float]] = defaultdict(list)
    for index, place, score in first_pixels:
        of_object[int(labels[index].flat[place])].append(score)
    means = tuple(float(np.mean(of_object[one])) for one in range(1, found + 1))
    for index in range(count):
        whole = Roi((0, 0), way.size(shape))
        post(Piece(way.at(index), tuple(_objects_of(labels[index], whole)), means))
    return Linked(means, Thresholds.of(options), Method.of(model, options))


class _PartTicket(Ticket):
    """The ticket of one slice's work within that of all."""

    def __init__(self, whole: Ticket, index: int, count: int) -> None:
        super().__init__(lambda done, total: whole.report(index * total + done, count * total))
        self._whole = whole

    def should_stop(self) -> bool:
        """Tell whether all of it was asked to stop."""
        return self._whole.should_stop()


def _loosen(options: EverythingOptions) -> EverythingOptions:
    return replace(
        options,
        predicted_iou=_LOOSER * options.predicted_iou,
        stability=_LOOSER * options.stability,
        min_area=0,
    )


def _search(
    scene: Scene, seen: Seen, plane: Plane, options: EverythingOptions, ticket: Ticket
) -> Candidates:
    """Decode everything on a plane, as a whole or in frames."""
    from napari_samwise.segment.everything.candidate_store import MemoryStore
    from napari_samwise.segment.everything.candidates import Candidates
    from napari_samwise.segment.everything.filters import admit
    from napari_samwise.segment.everything.run import search_view
    from napari_samwise.segment.everything.view import FramedView, View, WholeView

    source, model = scene.frame.source, seen.predictor.model
    view: View
    if max(plane.size(source.shape)) > model.whole_px:
        view = FramedView(seen.predictor, source.open(plane), seen.intensity)
    else:
        pixels = source.read(plane)
        view = WholeView(seen.predictor, pixels, seen.intensity, options.search)
    store = MemoryStore()
    with watched(model, None, ticket.should_stop):
        search_view(
            view,
            model,
            options,
            store,
            refine=partial(admit, plane_size=view.plane_size, options=options),
            progress=ticket.report,
            should_stop=ticket.should_stop,
        )
    parts = tuple(store.get(index) for index in range(len(view.parts)))
    return Candidates(view.plane_size, parts, view.part_areas, options)


def _paint(
    candidates: Candidates, options: EverythingOptions, named: Named | None
) -> tuple[tuple[float, ...], Iterator[tuple[Roi, NDArray[np.int32]]]]:
    """Return the predicted IoU of the objects that pass, and the blocks that hold them."""
    from napari_samwise.segment.everything.choose import see
    from napari_samwise.segment.everything.filters import filter_candidates
    from napari_samwise.segment.everything.paint import paint

    passed = filter_candidates(candidates, options)
    table = passed.table()
    objects = see(table, np.arange(len(table)), options.min_visible)
    if named is not None and len(objects.masks):
        masks = [table.mask(index).boxed(passed.plane_size) for index in objects.masks.tolist()]
        objects = objects.take(named.choose(masks))
    scores = tuple(float(value) for value in table.predicted_iou[objects.masks])
    return scores, paint(table, objects, passed.plane_size, _BLOCK_PX)


def _objects_of(labels: NDArray[np.int32], region: Roi) -> Iterator[tuple[int, BoxedMask]]:
    """Yield the objects of a part of a plane, numbered from 0."""
    for number, box in enumerate(ndi.find_objects(labels)):
        if box is not None:
            offset = [a + part.start for a, part in zip(region.offset, box, strict=True)]
            yield number, BoxedMask.from_mask(labels[box] == number + 1, offset)
