"""Everything in an image: no prompts, from an image to labels."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import infer_axes, parse_axes
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.plane import as_array
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.defaults import default_options
from napari_samwise.segment.everything.distances import label_by_distances
from napari_samwise.segment.everything.filters import filter_candidates
from napari_samwise.segment.everything.find import find_candidates
from napari_samwise.segment.everything.labels import label_candidates
from napari_samwise.segment.everything.mode import uses_distances
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.planes import label_plane, read_plane


@dataclass(frozen=True, slots=True, eq=False)
class Everything:
    """What everything mode found in an image.

    Parameters
    ----------
    labels : ndarray
        int32, the image's shape without the channel axis; 0 is background.
    count : int
        Number of objects; their ids are 1 to this.
    options : EverythingOptions
        The thresholds that they passed.
    best_predicted_iou : float or None
        The highest predicted IoU of any mask that was decoded, kept or not; None where no mask
        was, in the mode "distances".
    """

    labels: NDArray[np.int32]
    count: int
    options: EverythingOptions
    best_predicted_iou: float | None


def segment_everything(
    image: Any,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    *,
    intensity: Intensity | str = "auto",
    options: EverythingOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> NDArray[np.int32]:
    """Segment every object of an image without prompts, plane by plane.

    ``nano`` clicks where it sees objects; models of micro-sam, named or with their decoder, tell
    objects apart by distances (Archit et al. 2025); other models click on the grid of the paper
    (Kirillov et al. 2023, appendix B). ``Search.mode`` chooses. Where clicks are made, masks that
    are sure and stable enough are kept, duplicates suppressed; where objects overlap, a pixel
    belongs to the one of higher predicted IoU.

    Parameters
    ----------
    image : array-like
        Planes, volumes or series of bool, integer or float; lazy arrays (Dask, Zarr) are read
        plane by plane.
    model : str or Path or SegmentationModel or Predictor
        A name or path for ``load_model``, a loaded model, or a predictor with its store.
    axes : str, optional
        One letter for each axis of the image, such as ``"YX"``, ``"TZYX"`` or ``"YXC"``; guessed
        from the shape by default.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the whole image.
    options : EverythingOptions, optional
        Where to click and what to keep; by default what suits the model (``default_options``).
    progress : callable, optional
        Called with (done, total) as decoding goes on.
    should_stop : callable, optional
        Asked between batches of clicks.

    Returns
    -------
    ndarray
        int32, the image's shape without the channel axis; 0 is background. Ids run from 1, plane
        by plane and by place within each. Planes are segmented on their own: an object that
        continues on the next plane has another id there.

    Raises
    ------
    ImageError, ModelNameError, InputError
        If the image, its axes, the model or the options cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    return find_everything(
        image,
        model,
        axes,
        intensity=intensity,
        options=options,
        progress=progress,
        should_stop=should_stop,
    ).labels


def find_everything(
    image: Any,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    *,
    intensity: Intensity | str = "auto",
    options: EverythingOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Everything:
    """Do as ``segment_everything``, and tell more than the labels."""
    source = as_array(image)
    named = infer_axes(source.shape) if axes is None else parse_axes(axes)
    spatial_shape = named.spatial_shape(source.shape)
    if not isinstance(intensity, Intensity):
        rgb = named.channel is not None and source.shape[named.channel] > 1
        intensity = resolve_intensity(source, intensity, rgb=rgb, axes=named)
    predictor = _as_predictor(model, options)
    chosen = default_options(predictor.model) if options is None else options

    labels = np.zeros(spatial_shape, dtype=np.int32)
    positions = list(itertools.product(*(range(spatial_shape[axis]) for axis in named.leading)))
    count = 0
    best: list[float] = []
    for index, position in enumerate(positions):
        of_plane, best_of_plane = _label_one(
            read_plane(source, named, position),
            predictor,
            intensity,
            chosen,
            _part_of(progress, index, len(positions)),
            should_stop,
        )
        target = label_plane(labels, named, position)
        target[...] = np.where(of_plane > 0, of_plane + count, 0)
        count += int(of_plane.max(initial=0))
        best += [] if best_of_plane is None else [best_of_plane]
    return Everything(labels, count, chosen, max(best, default=None))


def _as_predictor(
    model: str | Path | SegmentationModel | Predictor, options: EverythingOptions | None
) -> Predictor:
    """Return a predictor; of a name, with the instance decoder if it may be needed."""
    if isinstance(model, Predictor):
        return model
    if not isinstance(model, str | Path):
        return Predictor(model)
    # Reading and fetching weights is not needed by those who bring a model.
    from napari_samwise.weights.load import load_model

    return Predictor(load_model(model, decoder=options is None or options.search.may_ask_distances))


def _label_one(
    plane: NDArray[Any],
    predictor: Predictor,
    intensity: Intensity,
    options: EverythingOptions,
    progress: Callable[[int, int], None] | None,
    should_stop: Callable[[], bool] | None,
) -> tuple[NDArray[np.int32], float | None]:
    """Return the labels of one plane, and the highest predicted IoU if masks were decoded."""
    if uses_distances(predictor.model, options.search):
        labels = label_by_distances(
            plane,
            predictor,
            intensity=intensity,
            options=options,
            progress=progress,
            should_stop=should_stop,
        )
        return labels, None
    candidates = find_candidates(
        plane,
        predictor,
        intensity=intensity,
        options=options,
        progress=progress,
        should_stop=should_stop,
    )
    passed = filter_candidates(candidates, options)
    return label_candidates(passed, options.min_visible), candidates.best_predicted_iou


def _part_of(
    progress: Callable[[int, int], None] | None, index: int, planes: int
) -> Callable[[int, int], None] | None:
    """Return the progress of one plane as a part of the whole."""
    if progress is None:
        return None
    report = progress

    def report_plane(done: int, total: int) -> None:
        report(index * total + done, planes * total)

    return report_plane
