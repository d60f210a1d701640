"""A session as the widget runs it, without a window, and what it writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.coco_rle import decode_rle
from napari_samwise.geometry.mask_blocks import Cuttable
from napari_samwise.intensity import resolve_intensity
from napari_samwise.journal.decoding import FedBackMask
from napari_samwise.journal.events import (
    Choose,
    Commit,
    Decode,
    Drawn,
    FedBack,
    Frame,
    ModelIdentity,
    Prompt,
)
from napari_samwise.journal.identity import identify
from napari_samwise.journal.objects import CommittedPlane, FilledPlane, ObjectRow
from napari_samwise.journal.pixels import area_of, blocks_of, take_free
from napari_samwise.journal.recorded_plane import RecordedPlane
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.predictor.content_key import digest_of
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts


class Clicker:
    """Drives a predictor as the widget does, and records what it did.

    Features are rounded by a store on disk, further clicks feed the shown mask back, and objects
    take the pixels that are free.
    """

    def __init__(self, image: Any, model: Any, folder: Path) -> None:
        self.image = image
        self.identity = identify(image, name="cells.tif")
        self.labels = np.zeros(self.identity.spatial_shape, np.int32)
        self.predictor = Predictor(model, store=EmbeddingStore(disk=DiskStore(folder / "store")))
        self.path = folder / "cells.tif.samwise.jsonl"
        self.journal = JournalWriter.begin([self.path], self.identity)
        self.intensity = resolve_intensity(image, rgb=self.identity.rgb)
        self.frames: dict[RecordedPlane, int] = {}
        self.count = 0
        self.open: dict[RecordedPlane, Any] = {}
        self.clicks: dict[RecordedPlane, int] = {}
        self.shown: dict[
            RecordedPlane, tuple[int, int, list[tuple[Cuttable, float, FedBackMask]]]
        ] = {}

    def prompt(self, *points: Sequence[float]) -> None:
        """Record a step of undo that places points in the last two axes."""
        ndim = self.labels.ndim
        placed = tuple(tuple(map(float, point)) for point in points)
        axes = ((ndim - 2, ndim - 1),) * len(points)
        self.journal.write(Prompt(placed, (1,) * len(points), axes))

    def decode(
        self,
        plane: RecordedPlane,
        points: Sequence[Sequence[float]] = (),
        labels: Sequence[int] = (),
        box: tuple[float, float, float, float] | None = None,
        drawn: Drawn | None = None,
        *,
        refine: bool = False,
    ) -> None:
        """Answer prompts, starting from the mask that is shown if ``refine``."""
        framed = self._open(plane)
        prompts = Prompts(points=points, labels=labels or None, box=box)
        start, event_start = None, drawn
        if refine:
            number, chosen, found = self.shown[plane]
            start, event_start = found[chosen][2], FedBack(number, chosen)
        if isinstance(framed, FramedPlane):
            prediction = framed.decode(prompts, earlier=start)
            found = list(
                zip(prediction.outlines, prediction.scores, prediction.outlines, strict=True)
            )
        else:
            if start is not None:
                prompts = prompts.replace(mask=start)
            if drawn is not None:
                prompts = prompts.replace(mask=whole_mask(drawn, framed.image_size))
            answer = self.predictor.decode(framed, prompts)
            masks = [BoxedMask.from_mask(mask) for mask in answer.masks]
            found = list(zip(masks, answer.scores, answer.logits, strict=True))
        self.journal.write(
            Decode(
                self.count,
                self.frames[plane],
                tuple(tuple(map(float, point)) for point in points),
                tuple(labels) or (1,) * len(points),
                box,
                event_start,
                tuple(float(score) for _, score, _ in found),
            )
        )
        self.shown[plane] = (self.count, 0, found)
        self.clicks[plane] = len(points) + (box is not None) + (drawn is not None)
        self.count += 1

    def choose(self, plane: RecordedPlane, rank: int) -> None:
        """Show another candidate."""
        number, _, found = self.shown[plane]
        self.journal.write(Choose(number, rank))
        self.shown[plane] = (number, rank, found)

    def commit(
        self, label: int, *planes: RecordedPlane, filled: tuple[FilledPlane, ...] = ()
    ) -> None:
        """Keep the shown masks of some planes as one object, with further pixels."""
        done, clicks = [], 0
        for plane in planes:
            number, chosen, found = self.shown.pop(plane)
            clicks += self.clicks[plane]
            parts = take_free(self.labels, plane, blocks_of(found[chosen][0]), label)
            done.append(CommittedPlane(number, chosen, parts))
        area = sum(area_of(each.parts) for each in (*done, *filled))
        row = ObjectRow(label, area, 0.5, self.predictor.model.name, clicks)
        self.journal.write(Commit(row, tuple(done), filled))

    def _open(self, plane: RecordedPlane) -> Any:
        if plane not in self.open:
            model = self.predictor.model
            frame_px = None
            if max(plane.size(self.labels.shape)) > model.whole_px:
                self.open[plane] = FramedPlane(
                    self.predictor, PlaneSource(self.image), self.intensity
                )
                frame_px = self.open[plane].lattice.frame_px
            else:
                pixels = self.image[plane.window(slice(None), slice(None))]
                self.open[plane] = self.predictor.encode(pixels, intensity=self.intensity)
            self.frames[plane] = len(self.frames)
            precision = str(model.precision).removeprefix("torch.")
            identity = ModelIdentity(model.name, digest_of(model), model.preprocessing, precision)
            self.journal.write(
                Frame(self.frames[plane], plane, identity, self.intensity, frame_px, True)
            )
        return self.open[plane]


def whole_mask(drawn: Drawn, size: tuple[int, int]) -> np.ndarray:
    """Return a drawn mask of single pixels in its plane."""
    mask = np.zeros(size, bool)
    (y, x), (height, width) = drawn.part.offset, drawn.part.size
    mask[y : y + height, x : x + width] = decode_rle(drawn.part.counts, drawn.part.size)
    return mask


@pytest.fixture
def clicker(tmp_path: Path) -> Callable[[Any, Any], Clicker]:
    """Make a session on an image by a model."""

    def make(image: Any, model: Any) -> Clicker:
        return Clicker(image, model, tmp_path)

    return make


@pytest.fixture(scope="session")
def nano() -> Any:
    """The built-in model, on one thread."""
    from napari_samwise.weights.load import load_model

    torch.set_num_threads(1)
    return load_model("nano", device="cpu")


@pytest.fixture(scope="session")
def cells() -> np.ndarray:
    """`(96, 128)` uint16, six discs of different brightness on an uneven ground."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:96, :128]
    image = 200 + 0.8 * rows + rng.normal(0, 12, rows.shape)
    for index, (y, x) in enumerate([(24, 24), (24, 64), (26, 104), (70, 24), (70, 66), (68, 104)]):
        inside = (rows - y) ** 2 + (columns - x) ** 2 < (12 + index) ** 2
        image[inside] += 300 + 120 * index
    return image.clip(0).astype(np.uint16)
