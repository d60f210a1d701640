"""Replays a session without a window: the same calls give the same labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_samwise.errors import Cancelled, InputError, JournalError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.plane import check_values
from napari_samwise.journal.decoding import Candidate, Decoding
from napari_samwise.journal.events import (
    Commit,
    Decode,
    Entry,
    FedBack,
    Frame,
    ImageIdentity,
)
from napari_samwise.journal.identity import identify
from napari_samwise.journal.ledger import PlaneMasks
from napari_samwise.journal.models import ModelLike, Models
from napari_samwise.journal.objects import CommittedPlane
from napari_samwise.journal.pixels import area_of, blocks_of, encode_part, shared_area
from napari_samwise.journal.player import Player, highest_id, make_labels
from napari_samwise.journal.reader import Journal, read_journal
from napari_samwise.journal.report import ReplayReport, compare, is_identical
from napari_samwise.predictor.plane_source import as_levels


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """The labels of a replay, and how they compare with the session's."""

    labels: Any
    report: ReplayReport


def replay(
    journal: str | Path | Journal,
    image: Any,
    *,
    model: ModelLike | None = None,
    axes: str | None = None,
    out: Any | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Any:
    """Run a recorded session again, on the same or another image, by the same or another model.

    With the models of the session the labels are those of the session to the last bit: every mask
    is decoded from the same prompts and the same earlier masks. Painting, deletion and undo are
    repeated as they were. By another model, of each commit's candidates the one that is most like
    the recorded object is taken.

    Parameters
    ----------
    journal : str or Path or Journal
        The file, or what ``read_journal`` gave.
    image : array-like or sequence of arrays
        Of the rank and spatial shape of the session's image, lazy or not; or the levels of a
        multiscale one, the finest first. If it is another image, percentiles are found anew.
    model : str or Path or SegmentationModel or Predictor, optional
        By default the models that the journal names.
    axes : str, optional
        One letter for each axis of the image; by default those of the session's image.
    out : array, optional
        Where labels are written: nothing but 0, the spatial shape; by default a new int32 array.
    progress : callable, optional
        Called with (done, total) in masks to decode.
    should_stop : callable, optional
        Asked before each.

    Returns
    -------
    ndarray
        int32, the image's shape without the channel axis; 0 is background; or ``out``.

    Raises
    ------
    JournalError
        If the journal is damaged, does not fit the image, or names a model that is not here.
    InputError
        If the image or the model cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    return replay_with_report(
        journal,
        image,
        model=model,
        axes=axes,
        out=out,
        progress=progress,
        should_stop=should_stop,
    ).labels


def replay_with_report(
    journal: str | Path | Journal,
    image: Any,
    *,
    model: ModelLike | None = None,
    axes: str | None = None,
    out: Any | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Replayed:
    """Run a recorded session again, and compare its objects with the recorded ones.

    As :func:`replay`, which gives the labels alone.
    """
    if not isinstance(journal, Journal | str | Path):
        raise InputError(
            f"A journal is a file or what read_journal gave, got {type(journal).__name__}."
        )
    recorded = journal if isinstance(journal, Journal) else read_journal(journal)
    levels = as_levels(image)
    check_values(levels[0])
    named = _name_axes(recorded.header.image, levels[0].shape, axes)
    labels = make_labels(recorded, out)
    if out is not None:
        _check_out(out, highest_id(recorded))
    run = _Run(recorded, levels, named, Models(model), labels)
    return run.run(progress, should_stop)


def _check_out(out: Any, highest: int) -> None:
    """Refuse what labels cannot be written into, or what would be taken for them."""
    dtype = np.dtype(out.dtype)
    if dtype.kind not in "iu" or highest > np.iinfo(dtype).max:
        raise InputError(
            f"Labels are written into an array of whole numbers up to {highest}, got {dtype}."
        )
    if isinstance(out, np.ndarray) and (not out.flags.writeable or out.any()):
        raise InputError(
            "The array for the labels must hold nothing but 0 and be open for writing; give "
            "np.zeros of the image's shape."
        )


class _Run:
    """One replay."""

    def __init__(
        self, journal: Journal, levels: list[Any], axes: Axes, models: Models, labels: Any
    ) -> None:
        self._entries = journal.entries
        self._levels = levels
        self._axes = axes
        self._models = models
        self._same_image = identify(levels, axes).digest == journal.header.image.digest
        self._auto: Intensity | None = None
        self._player = Player(labels)
        self._decoding = Decoding(levels, axes, models, self._intensity)
        self._answers: dict[int, tuple[Candidate, ...]] = {}
        self._scores: dict[int, float | None] = {}

    def run(
        self,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> Replayed:
        last_use = _last_uses(self._entries)
        done = 0
        for index, entry in enumerate(self._entries):
            event, masks = entry.event, None
            try:
                if isinstance(event, Decode) and event.number in last_use:
                    if should_stop is not None and should_stop():
                        raise Cancelled(f"Replay was stopped after {done} masks.")
                    self._decode(event, should_stop)
                    done += 1
                    if progress is not None:
                        progress(done, len(last_use))
                elif isinstance(event, Commit):
                    masks = self._masks(event)
                self._player.play(entry, masks)
            except InputError as error:
                raise JournalError(f"Line {entry.line} of the journal: {error}") from error
            for number in [n for n in self._answers if last_use[n] <= index]:
                del self._answers[number]
        return Replayed(self._player.ledger.labels, self._report())

    def _decode(self, event: Decode, should_stop: Callable[[], bool] | None) -> None:
        start = None
        if isinstance(event.start, FedBack):
            start = _pick(self._answers[event.start.decode], event.start.candidate).hint
        frame = self._player.frames[event.frame]
        self._answers[event.number] = self._decoding.decode(event, frame, start, should_stop)

    def _masks(self, event: Commit) -> PlaneMasks:
        """Return the masks of an object, and note what the model says of them."""
        chosen = [(self._player.frame_of(done), self._choose(done)) for done in event.planes]
        scores = [candidate.predicted_iou for _, candidate in chosen]
        mean = sum(scores) / len(scores) if scores else event.object.predicted_iou
        self._scores[id(event)] = mean
        return [(frame.plane, blocks_of(candidate.mask)) for frame, candidate in chosen]

    def _choose(self, done: CommittedPlane) -> Candidate:
        """Return the candidate that the user kept; of another model the one most like it."""
        found = self._answers[done.decode]
        frame = self._player.frame_of(done)
        if not self._same_image or self._models.is_same(frame):
            return _pick(found, done.candidate)
        return max(found, key=lambda candidate: _likeness(candidate, done))

    def _intensity(self, frame: Frame) -> Intensity:
        """Return the recorded intensity; on another image, percentiles of that one."""
        recorded = frame.intensity
        if self._same_image or recorded.policy != "auto":
            return recorded
        if self._auto is None:
            self._auto = resolve_intensity(self._levels[0], rgb=recorded.rgb, axes=self._axes)
        return self._auto

    def _report(self) -> ReplayReport:
        kept = sorted(self._player.ledger.objects.values(), key=lambda each: each.commit.id)
        rows = tuple(compare(each, self._scores[id(each.commit)]) for each in kept)
        frames = self._player.frames
        used = {self._player.decodes[p.decode].frame for each in kept for p in each.commit.planes}
        return ReplayReport(
            rows,
            same_image=self._same_image,
            same_model=all(self._models.is_same(frames[number]) for number in used),
            is_identical=all(is_identical(each) for each in kept),
        )


def _last_uses(entries: tuple[Entry, ...]) -> dict[int, int]:
    """Return the index of the last event that needs each decoding; clicks given up need none."""
    last_use: dict[int, int] = {}
    for index in range(len(entries) - 1, -1, -1):
        event = entries[index].event
        needed: list[int] = []
        if isinstance(event, Commit):
            needed = [plane.decode for plane in event.planes]
        elif isinstance(event, Decode) and isinstance(event.start, FedBack):
            needed = [event.start.decode] if event.number in last_use else []
        for number in needed:
            last_use.setdefault(number, index)
    return last_use


def _pick(found: tuple[Candidate, ...], rank: int) -> Candidate:
    """Return a candidate by its rank; the last one where a model gives fewer."""
    if not found:
        raise JournalError("the model finds no mask for these prompts.")
    return found[min(rank, len(found) - 1)]


def _likeness(candidate: Candidate, done: CommittedPlane) -> float:
    """Return the IoU of a candidate with the recorded pixels."""
    parts = [encode_part(block) for block in blocks_of(candidate.mask)]
    shared = shared_area(parts, done.parts)
    union = area_of(parts) + area_of(done.parts) - shared
    return shared / union if union else 1.0


def _name_axes(recorded: ImageIdentity, shape: Iterable[int], axes: str | None) -> Axes:
    """Name the axes of the image, and refuse one that the session does not fit."""
    extents = tuple(int(n) for n in shape)
    if axes is not None:
        named = parse_axes(axes)
    else:
        named = Axes(recorded.axes) if extents == recorded.shape else infer_axes(extents)
    if named.spatial_shape(extents) != recorded.spatial_shape:
        raise JournalError(
            f"The journal is of an image of shape {recorded.spatial_shape} without channels, got "
            f"{named.spatial_shape(extents)} (axes {named.names!r}); give the image of the "
            "session, or axes=."
        )
    return named
