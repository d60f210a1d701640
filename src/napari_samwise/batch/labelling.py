"""The labels of one image: by everything mode, or by replaying a session."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_samwise.batch.at_hand import AT_HAND, ModelKey, model_of, share_cores
from napari_samwise.batch.job import Job, Replay
from napari_samwise.batch.recipe import Recipe
from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import CT_WINDOWS, Intensity, resolve_intensity
from napari_samwise.io.image_file import ImageFile

if TYPE_CHECKING:
    from napari_samwise.segment.everything.plan import Plan

MAX_IN_MEMORY_BYTES = 2**28
"""Larger label images are made on disk."""
_KEPT_BYTES = 2**28


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Labels, and how many objects they are.

    Parameters
    ----------
    labels : array-like
        Of the image's shape without the channel axis.
    objects : int
        How many.
    """

    labels: Any
    objects: int


def label_image(job: Job, file: ImageFile, zarr: Path | None) -> Labelled:
    """Segment one image as a job says.

    Parameters
    ----------
    job : Job
        The job.
    file : ImageFile
        The image, with one channel, or such as the encoder takes.
    zarr : Path or None
        Where to make labels on disk; None in memory.
    """
    if job.replay is not None:
        return _replay(job.replay, job, file)
    # Brings torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.segment.everything.generate import find_everything

    plan, recipe, only = make_plan(job, file), job.recipe, None
    if recipe.text is not None:
        from napari_samwise.segment.text.find import only_meant

        only = only_meant(plan, recipe.text)
    found = find_everything(plan, out=zarr, workers=job.frame_workers, link=recipe.link, only=only)
    return Labelled(found.labels, found.count)


def make_plan(job: Job, file: ImageFile) -> Plan:
    """Return what everything mode is about to do with an image."""
    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.predictor.store import EmbeddingStore
    from napari_samwise.segment.everything.plan import Plan

    recipe = job.recipe
    intensity = find_intensity(recipe, file)
    model = AT_HAND.model(everything_model(recipe))
    share_cores(job.threads)
    # No embedding is needed twice, but that of a plane whose objects are named.
    kept = 0 if recipe.text is None else _KEPT_BYTES
    predictor = Predictor(model, store=EmbeddingStore(kept))
    options = recipe.options_for(model, pixel_um2(file))
    return Plan.make(
        list(file.levels), predictor, file.axes, intensity, options, recipe.find.frame_px
    )


def everything_model(recipe: Recipe) -> ModelKey:
    """Return which model everything mode needs."""
    return ModelKey(
        recipe.model or "nano", recipe.device, recipe.precision, decoder=recipe.may_ask_distances
    )


def find_intensity(recipe: Recipe, file: ImageFile) -> Intensity:
    """Find how values of an image become brightness."""
    asked, axes = recipe.intensity, Axes(file.axes)
    resolve = partial(
        resolve_intensity, file.data, rgb=axes.channel is not None, axes=axes, may_be_blank=True
    )
    if not isinstance(asked, str):
        return resolve("contrast-limits", limits=asked)
    if asked in CT_WINDOWS:
        return resolve("window", window=asked)
    return resolve(asked)


def pixel_um2(file: ImageFile) -> float | None:
    """Return the area of a pixel of a plane; None where it is unknown."""
    if file.scale is None:
        return None
    axes = Axes(file.axes)
    return math.prod(file.scale[axis] for axis in axes.plane)


def _replay(replay: Replay, job: Job, file: ImageFile) -> Labelled:
    from napari_samwise.journal.replay import replay_with_report
    from napari_samwise.predictor.content_key import identity_of

    journal = AT_HAND.journal(replay.path, replay.digest)
    recipe, identity = job.recipe, model_of(journal)
    model = None
    if recipe.model is not None:
        model = AT_HAND.model(ModelKey(recipe.model, recipe.device, recipe.precision))
    elif identity is not None:
        recorded = AT_HAND.model(ModelKey(identity.name, recipe.device, identity.precision))
        same = (identity_of(recorded), recorded.preprocessing)
        # With other weights the journal's own look-up says what is wrong.
        model = recorded if same == (identity.digest, identity.preprocessing) else None
    share_cores(job.threads)
    done = replay_with_report(journal, list(file.levels), model=model, axes=file.axes)
    return Labelled(done.labels, len(done.report.objects))
